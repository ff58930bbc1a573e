/** Route access: every route declares who may use it, which is checked before any of the body is read. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../lib/clock.ts";
import {
  type Authenticate,
  type Credentials,
  identify,
  type Principal,
  readToken,
  requireScope,
  type Scope,
  type SecretScope,
} from "../access/principal.ts";
import type { Limiter } from "../access/quotas/limiter.ts";
import { HttpError, notFound, protocolError } from "../net/http-error.ts";
import { originAllowed } from "../net/origin.ts";
import { hasOwnCookie, isFromOwnPage } from "../net/same-origin.ts";

/**
 * `public`: anybody; `user`: whoever `Authenticate` knows; `account`: of these, who signed in (no key, no token made of
 * one, no guest) or is the one local user; `admin`: who administers the server.
 */
type Access = "public" | "user" | "account" | "admin";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Access of the route; the server does not start with a route that declares none. */
    access?: Access;
    /** Scope that a user's credentials must have; default: `read` for GET, `erase` for DELETE, `talk` for all else. */
    scope?: Scope;
    /** Scope with which client secrets may use the route; `true`: the route's own; absent: they may not. */
    secrets?: SecretScope | true;
    /** False: for those with an account alone. */
    guests?: boolean;
    /** Codes for fields that the schema refuses, by place: `{ "params.id": "INVALID_SESSION_ID" }`. */
    invalid?: Readonly<Record<string, string>>;
    /** The field of a form that holds a file, where the route takes one in place of its JSON body. */
    upload?: string;
  }
  interface FastifyRequest {
    /** The authenticated principal; undefined on public routes. */
    principal: Principal | undefined;
  }
}

export interface AccessRules {
  readonly authenticate: Authenticate;
  /** True for a principal that administers the server. */
  readonly isAdmin: (principal: Principal) => boolean;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
  /** Public URL of this server, if configured; pages of that origin may use cookies. */
  readonly publicUrl?: string | undefined;
  /** Request limits; default: none. */
  readonly limiter?: Pick<Limiter, "arrive" | "request"> | undefined;
  /** Time to authenticate, ms. */
  readonly deadlineMs: number;
  /** True while the server is being stopped and takes no new work. */
  readonly draining: () => boolean;
  readonly clock: Clock;
}

/** A route as it was declared, one entry a method. */
export interface RouteAccess {
  readonly method: string;
  /** With its parameters: `/api/sessions/:id`. */
  readonly url: string;
  readonly access: Access | undefined;
}

/** Keeps a list of every route that is declared from here on, and refuses to start while one says no access. */
export function collectRoutes(app: FastifyInstance): readonly RouteAccess[] {
  const routes: RouteAccess[] = [];
  app.addHook("onRoute", (route) => {
    for (const method of [route.method].flat())
      routes.push({
        method,
        url: route.url,
        // Read late: whoever registers a package's routes says it for them, after this.
        get access() {
          return route.config?.access;
        },
      });
  });
  app.addHook("onReady", async () => {
    const silent = routes.filter(({ access }) => access === undefined);
    if (silent.length === 0) return;
    const names = silent.map(({ method, url }) => `${method} ${url}`).join(", ");
    throw new Error(`routes that do not say who may use them: ${names}`);
  });
  return routes;
}

/** Lets a request through to its route, or not, before any of its body is read. */
export function guardRoutes(app: FastifyInstance, rules: AccessRules): void {
  app.decorateRequest("principal", undefined);
  app.addHook("onRequest", async (request, reply) => {
    rules.limiter?.arrive(request.ip);
    if (request.is404) throw notFound();
    const { access } = request.routeOptions.config;
    if (access === "public") return;
    reply.header("cache-control", "no-store");
    if (rules.draining())
      throw new HttpError(503, "SERVER_DRAINING", "The server is being stopped.", { retryAfter: 5 });
    refuseForeignPages(request, rules);
    const principal = await authenticate(request, reply, rules);
    authorize(request, principal, rules);
    await rules.limiter?.request(principal);
    request.principal = principal;
  });
}

/** @throws HttpError: 403 for whom the route is not */
function authorize(request: FastifyRequest, principal: Principal, { isAdmin }: AccessRules): void {
  const { access, secrets, guests = true } = request.routeOptions.config;
  const { scope = scopeOf(request.method) } = request.routeOptions.config;
  if (access === "admin") {
    if (isAdmin(principal)) return;
    if (principal.role === "admin") requireScope(principal, "admin");
    throw new HttpError(403, "FORBIDDEN", "This is for whoever administers the server.");
  }
  const { via, secretId } = principal;
  const isSecret = secretId !== undefined;
  const hasAccount = via === undefined || via === "sign_in" || (isSecret && secrets !== undefined);
  if ((access === "account" && !hasAccount) || (!guests && via === "guest"))
    throw new HttpError(403, "ACCOUNT_REQUIRED", "This is for those who sign in.");
  if (!isSecret) return requireScope(principal, scope);
  if (secrets === undefined) throw new HttpError(403, "FORBIDDEN", "A client secret is not enough for this.");
  requireScope(principal, secrets === true ? (scope as SecretScope) : secrets);
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function scopeOf(method: string): Scope {
  if (isSafe(method)) return "read";
  return method === "DELETE" ? "erase" : "talk";
}

/**
 * A page of another site may send some requests without asking first: where nobody has to say who they are, that would be
 * enough. Names that are pointed at this machine were refused before (see `refuseOtherHosts`).
 * @throws HttpError 403
 */
export function refuseForeignPages(
  { headers: { origin, host } }: FastifyRequest,
  {
    allowedOrigins: allowed,
    loopbackOnly,
    publicUrl,
  }: Pick<AccessRules, "allowedOrigins" | "loopbackOnly" | "publicUrl">,
): void {
  if (!originAllowed({ origin, host, allowed, loopbackOnly, publicUrl }))
    throw new HttpError(403, "ORIGIN_NOT_ALLOWED", "Pages of this origin may not ask (see ALLOWED_ORIGINS).");
}

async function authenticate(
  request: FastifyRequest,
  reply: FastifyReply,
  rules: AccessRules,
): Promise<Principal> {
  const { authenticate, clock, deadlineMs } = rules;
  const credentials = readCredentials(request, reply, rules);
  const gone = new AbortController();
  const leave = () => gone.abort();
  // The answer's end, not the request's: that one closes as soon as it is read.
  reply.raw.once("close", leave);
  try {
    return await identify(authenticate, credentials, { clock, deadlineMs, gone: gone.signal });
  } finally {
    reply.raw.off("close", leave);
  }
}

/**
 * A browser sends cookies along whichever page asks: they count where it says that the page is ours. What changes nothing
 * is answered as if there were none, which shows another page nothing; all else with a cookie of ours is refused (CSRF).
 */
function readCredentials(
  request: FastifyRequest,
  reply: FastifyReply,
  { publicUrl }: AccessRules,
): Credentials {
  const { cookie, origin, host } = request.headers;
  const token = readToken(request.headers);
  const credentials = { token, remoteAddress: request.ip };
  if (token !== undefined) return credentials;
  const encrypted = request.protocol === "https";
  const site = request.headers["sec-fetch-site"];
  const fetchSite = typeof site === "string" ? site : undefined;
  if (isFromOwnPage({ origin, host, encrypted, publicUrl, fetchSite })) {
    const secure = encrypted || publicUrl?.startsWith("https:") === true;
    const keep = (kept: readonly string[]) => void reply.header("set-cookie", [...kept]);
    // Only with what makes nothing: a browser that keeps no cookies would not find what it made.
    return { ...credentials, cookie, secure, keep: isSafe(request.method) ? keep : undefined };
  }
  if (!isSafe(request.method) && hasOwnCookie(cookie))
    throw new HttpError(
      403,
      "ORIGIN_REQUIRED",
      "With a cookie this can be asked by this server's pages alone.",
    );
  return credentials;
}

/**
 * Returns the principal of a request, on a route that is not public.
 * @throws HttpError on a public one
 */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined)
    throw protocolError("invalid_credentials", "This path is for those who say who they are.");
  return request.principal;
}

/** Who may use a route: every route says so, and nothing of a request is read before it is settled. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../lib/clock.ts";
import { type Authenticate, identify, type Principal, Refused, readBearer } from "../admission.ts";
import { hostAllowed, originAllowed } from "../origin.ts";
import { notFound, Problem } from "./problem.ts";

/** `public`: anybody; `user`: whoever `Authenticate` knows; `admin`: of these, who administers the server. */
export type Access = "public" | "user" | "admin";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may use the route. The server does not start with a route that does not say. */
    access?: Access;
    /** Codes for fields that the schema refuses, by place: `{ "params.id": "INVALID_SESSION_ID" }`. */
    invalid?: Readonly<Record<string, string>>;
    /** The field of a form that holds a file, where the route takes one in place of its JSON body. */
    upload?: string;
  }
  interface FastifyRequest {
    /** Whoever asks; undefined on public routes. */
    principal: Principal | undefined;
  }
}

export interface AccessRules {
  readonly authenticate: Authenticate;
  /** Whether a principal administers the server. */
  readonly isAdmin: (principal: Principal) => boolean;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
  /** Time to authenticate, ms. */
  readonly deadlineMs: number;
  /** Whether the server is being stopped: it takes no new work then. */
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
    if (request.is404) throw notFound();
    const { access } = request.routeOptions.config;
    if (access === "public") return;
    reply.header("cache-control", "no-store");
    if (rules.draining())
      throw new Problem(503, "SERVER_DRAINING", "The server is being stopped.", { retryAfter: 5 });
    refuseForeignPages(request, rules);
    const principal = await authenticate(request, reply, rules);
    if (access !== "user" && !rules.isAdmin(principal))
      throw new Problem(403, "FORBIDDEN", "This is for whoever administers the server.");
    request.principal = principal;
  });
}

/**
 * A page of another site may send some requests without asking first, and a name pointed at this machine makes a page
 * of another site one of our own (DNS rebinding): where nobody has to say who they are, that would be enough.
 */
function refuseForeignPages(request: FastifyRequest, rules: AccessRules): void {
  const { origin, host } = request.headers;
  const { allowedOrigins: allowed, loopbackOnly } = rules;
  if (!originAllowed({ origin, host, allowed, loopbackOnly }))
    throw new Problem(403, "ORIGIN_NOT_ALLOWED", "Pages of this origin may not ask (see ALLOWED_ORIGINS).");
  if (!hostAllowed({ host, allowed, loopbackOnly }))
    throw new Problem(403, "HOST_NOT_ALLOWED", "This server has another name (see ALLOWED_ORIGINS).");
}

async function authenticate(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, clock, deadlineMs }: AccessRules,
): Promise<Principal> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  // The answer's end, not the request's: that one closes as soon as it is read.
  reply.raw.once("close", leave);
  try {
    const token = readBearer(request.headers.authorization);
    const credentials = { token, remoteAddress: request.ip };
    return await identify(authenticate, credentials, { clock, deadlineMs, gone: gone.signal });
  } finally {
    reply.raw.off("close", leave);
  }
}

/**
 * Whoever asks, on a route that is not public.
 * @throws Refused on a public one
 */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined)
    throw new Refused("invalid_credentials", "This path is for those who say who they are.");
  return request.principal;
}

/** The headers every answer carries, and which pages of other origins may read answers. */
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";
import { HttpError } from "../net/http-error.ts";
import { hostAllowed, originAllowed } from "../net/origin.ts";

type Policy = Readonly<Record<string, string[]>>;

/** Content Security Policy of pages and answers. `connect-src 'self'` includes WebSockets to the same host (CSP 3). */
const pagePolicy: Policy = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "script-src-attr": ["'none'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "media-src": ["'self'", "blob:"],
  "font-src": ["'self'"],
  "connect-src": ["'self'"],
  "worker-src": ["'self'"],
  "manifest-src": ["'self'"],
  "object-src": ["'none'"],
  "base-uri": ["'none'"],
  "frame-ancestors": ["'none'"],
  "form-action": ["'self'"],
};

/** For the pages of /docs, which write styles into themselves. */
export const docsPolicy = policyText({ ...pagePolicy, "style-src": ["'self'", "'unsafe-inline'"] });

const permissions = { "permissions-policy": "microphone=(self), camera=(), geolocation=()" };

/** For the few answers that are given before any hook has run. */
export const bareHeaders: Readonly<Record<string, string>> = {
  ...permissions,
  "content-security-policy": policyText(pagePolicy),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

function policyText(policy: Policy): string {
  return Object.entries(policy)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

export interface OriginRules {
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
  /** Public URL of this server (`https://coach.example.org`); undefined: not known. */
  readonly publicUrl?: string | undefined;
}

/** Sets the headers of every answer from here on, and answers what browsers ask before they ask (CORS). */
export async function secure(
  app: FastifyInstance,
  { allowedOrigins, loopbackOnly, publicUrl }: OriginRules,
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: pagePolicy },
    xFrameOptions: { action: "deny" },
    // A certificate made on the spot would lock people out of localhost for a year; it is for a proxy to say.
    strictTransportSecurity: false,
  });
  app.addHook("onRequest", async (_request, reply) => void reply.headers(permissions));
  app.addHook("onRoute", (route) => {
    // Where preflights for paths that are not there end; the package declares it itself.
    if (route.url === "*") route.config = { ...route.config, access: "public" };
  });
  await app.register(cors, {
    delegator: (request, callback) => {
      const { origin, host } = request.headers;
      const known =
        origin !== undefined &&
        originAllowed({ origin, host, allowed: allowedOrigins, loopbackOnly, publicUrl });
      callback(null, {
        origin: known,
        methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allowedHeaders: ["Authorization", "Content-Type", "If-None-Match", "Range", "X-Request-Id"],
        exposedHeaders: ["Accept-Ranges", "Content-Range", "ETag", "Location", "Retry-After", "X-Request-Id"],
        strictPreflight: false,
        maxAge: 600,
      });
    },
  });
}

/** Paths that may be asked under any host name: health checks and scrapers use names of their own. */
const anyName = ["/health", "/metrics"];

/**
 * Refuses requests that call this server by a name it does not have. A page whose name was pointed here (DNS rebinding)
 * would otherwise be one of this server's own to the browser, on public routes, too.
 */
export function refuseOtherHosts(app: FastifyInstance, rules: OriginRules): void {
  const { allowedOrigins: allowed, loopbackOnly, publicUrl } = rules;
  app.addHook("onRequest", async ({ headers: { host }, routeOptions }) => {
    if (anyName.includes(routeOptions.url ?? "") || hostAllowed({ host, allowed, loopbackOnly, publicUrl }))
      return;
    throw new HttpError(
      403,
      "HOST_NOT_ALLOWED",
      "This server has another name (see PUBLIC_URL and ALLOWED_ORIGINS).",
    );
  });
}

/** Refuses encoded bodies: decompressed, a few bytes could become gigabytes. */
export function refuseEncoded(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ headers }) => {
    const encoding = headers["content-encoding"];
    if (encoding === undefined || encoding.toLowerCase() === "identity") return;
    throw new HttpError(415, "UNSUPPORTED_ENCODING", "A body must come as it is, without Content-Encoding.", {
      headers: { "accept-encoding": "identity" },
    });
  });
}

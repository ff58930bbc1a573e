/** The headers every answer carries, and which pages of other origins may read answers. */
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";
import { originAllowed } from "../origin.ts";

type Policy = Readonly<Record<string, string[]>>;

const pagePolicy: Policy = {
  "default-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "media-src": ["'self'", "blob:"],
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
};

function policyText(policy: Policy): string {
  return Object.entries(policy)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

export interface OriginRules {
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
}

/** Sets the headers of every answer from here on, and answers what browsers ask before they ask (CORS). */
export async function secure(
  app: FastifyInstance,
  { allowedOrigins, loopbackOnly }: OriginRules,
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
        origin !== undefined && originAllowed({ origin, host, allowed: allowedOrigins, loopbackOnly });
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

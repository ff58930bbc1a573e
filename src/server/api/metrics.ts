/** `GET /metrics`, for Prometheus: figures of the whole server, so that not everybody may read them. */
import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { hashSecret } from "../../lib/ids.ts";
import { readBearer } from "../access/principal.ts";
import type { App } from "../http/typed-app.ts";
import { isLoopback } from "../net/addresses.ts";
import { notFound, protocolError } from "../net/http-error.ts";
import { hostAllowed } from "../net/origin.ts";
import type { Metrics } from "../operations/metrics.ts";

export interface MetricsRoutes {
  readonly metrics: Pick<Metrics, "read">;
  /** Token that a scraper must show; undefined: only this machine may read, and only where the server listens on loopback alone. */
  readonly metricsToken?: string | undefined;
  readonly loopbackOnly: boolean;
}

/** Declares `GET /metrics`, which also answers while the server is being stopped. */
export function metricsRoutes(app: App, { metrics, metricsToken, loopbackOnly }: MetricsRoutes): void {
  const wanted = metricsToken === undefined ? undefined : digestOf(metricsToken);
  app.get("/metrics", {
    schema: { hide: true },
    // Settled below: whoever scrapes is no user of the coach.
    config: { access: "public" },
    onRequest: async (request) => {
      if (wanted === undefined) {
        if (!loopbackOnly || !comesFromHere(request)) throw notFound();
        return;
      }
      // Hashes are of one length, which the comparison needs.
      if (!timingSafeEqual(digestOf(readBearer(request.headers.authorization) ?? ""), wanted))
        throw protocolError("invalid_credentials", "The metrics are for who has METRICS_TOKEN.");
    },
    handler: async (_request, reply) => {
      const { contentType, text } = await metrics.read();
      return reply.header("cache-control", "no-store").type(contentType).send(text);
    },
  });
}

function digestOf(token: string): Buffer {
  return Buffer.from(hashSecret(token), "hex");
}

/** No page of a browser, and nobody behind a proxy on this machine, whose address is this machine's as well. */
function comesFromHere({ ip, headers }: FastifyRequest): boolean {
  const passedOn = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];
  if (headers.origin !== undefined || passedOn.some((name) => headers[name] !== undefined)) return false;
  return isLocal(ip) && hostAllowed({ host: headers.host, allowed: [], loopbackOnly: true });
}

function isLocal(ip: string): boolean {
  return isLoopback(ip.replace(/^::ffff:/, ""));
}

/** The server's health, name and first page. */

import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { named } from "../http/common-schemas.ts";
import { answer } from "../http/envelope.ts";
import type { Pages } from "../http/page-files.ts";
import type { App } from "../http/typed-app.ts";
import { judgeHealth, type ReadHealth } from "../operations/health.ts";
import { healthSchema } from "../operations/health-schema.ts";
import { sendFile } from "./page.ts";

const greetingSchema = z
  .object({ message: z.literal("Kuku Coach API"), version: z.string() })
  .meta(named("Greeting", { message: "Kuku Coach API", version: "0.1.0" }));

export interface ServiceRoutes {
  readonly pages: Pages;
  readonly version: string;
  readonly draining: () => boolean;
  /** True while an administrator drains the node; default: never. */
  readonly emptied?: (() => boolean) | undefined;
  /** Default: nothing is asked, and all is well. */
  readonly health: ReadHealth | undefined;
  readonly clock: Clock;
}

/** `GET /health`, `GET /`. */
export function serviceRoutes(
  app: App,
  { pages, version, draining, emptied, health, clock }: ServiceRoutes,
): void {
  app.get("/health", {
    schema: {
      operationId: "getHealth",
      tags: ["Service"],
      summary: "Health",
      description: "Whether the server lives and takes work, and how its parts are.",
      response: {
        200: answer("It takes work, if perhaps with a part that is not well.", healthSchema),
        503: answer("It is being stopped and takes no new work.", healthSchema),
      },
    },
    config: { access: "public" },
    handler: async (_request, reply) => {
      reply.header("cache-control", "no-store");
      if (draining() || emptied?.()) return reply.code(503).send({ status: "draining" as const });
      return judgeHealth(health, clock);
    },
  });

  app.get("/", {
    schema: {
      operationId: "getRoot",
      tags: ["Service"],
      summary: "Name and version",
      description: "Name and version; the practice page for a browser, which asks for `text/html`.",
      response: { 200: answer("Name and version, or the page.", greetingSchema) },
    },
    config: { access: "public" },
    handler: async (request, reply) => {
      reply.header("vary", [reply.getHeader("vary"), "Accept"].flat().filter(Boolean).join(", "));
      const file = request.headers.accept?.includes("text/html") ? await pages.read("/") : undefined;
      if (file) return sendFile(request, reply, file);
      return { message: "Kuku Coach API" as const, version };
    },
  });
}

/** The plain HTTP face by itself, with routes of a test's own beside the real ones; asked without a socket. */
import { createServer } from "node:http";
import { manualClock } from "../../../src/lib/clock.ts";
import { type ServerRoutes, serverRoutes } from "../../../src/server/app/routes.ts";
import { type Http, type HttpOptions, openHttp } from "../../../src/server/http/open-http.ts";
import { openPages } from "../../../src/server/http/page-files.ts";
import type { App } from "../../../src/server/http/typed-app.ts";
import { openLog } from "../../../src/server/logging/log.ts";

export interface Face extends Http {
  /** Every line logged so far. */
  readonly logged: Record<string, unknown>[];
}

export interface FaceOptions extends Partial<Omit<HttpOptions, "routes">>, Partial<ServerRoutes> {
  /** Declares routes beside the server's own. */
  readonly moreRoutes?: (app: App) => void | Promise<void>;
}

/** Opens it: on loopback, everybody the user `ann`, nobody an administrator, nothing being stopped. */
export async function openFace(options: FaceOptions = {}): Promise<Face> {
  const logged: Record<string, unknown>[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line)) });
  const { server = createServer(), moreRoutes, ...given } = options;
  const settings = {
    log,
    clock: manualClock(),
    version: "1.2.3",
    realtimePath: "/v1/realtime",
    pages: openPages("."),
    authenticate: async () => ({ id: "ann" }),
    isAdmin: () => false,
    allowedOrigins: [],
    loopbackOnly: true,
    deadlineMs: 10_000,
    draining: () => false,
    health: undefined,
    ...given,
  };
  const routes = async (app: App) => {
    await serverRoutes(settings)(app);
    await moreRoutes?.(app);
  };
  const http = await openHttp({ ...settings, server, routes });
  server.on("request", http.answer);
  return { ...http, logged };
}

/** One server on one port, with HTTP and the WebSocket, from listening to the end of the last connection. */
import type { Server as HttpServer } from "node:http";
import { join } from "node:path";
import type { CoachOptions } from "../../coach/coach.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { SessionsOf } from "../../store/store.ts";
import { type Authenticate, administers, localUser, type Principal } from "../access/principal.ts";
import { capConnections } from "../access/quotas/connection-cap.ts";
import type { Limiter } from "../access/quotas/limiter.ts";
import type { Config } from "../config/config.ts";
import type { FindSession, OpenSession } from "../conversations/session-opening.ts";
import { Listener } from "../http/listener.ts";
import { type Http, openHttp } from "../http/open-http.ts";
import { openPages } from "../http/page-files.ts";
import type { RouteAccess } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import type { Logger } from "../logging/log.ts";
import { isLoopback, type TrustProxy, trustProxies } from "../net/addresses.ts";
import type { HttpError } from "../net/http-error.ts";
import type { ReadHealth } from "../operations/health.ts";
import type { Metrics } from "../operations/metrics.ts";
import { Gateway } from "../realtime/gateway.ts";
import { serverRoutes } from "./routes.ts";

/** Path of the WebSocket. */
const realtimePath = "/v1/realtime";

/** Limit of upgrades of one address under authentication at once, where the sessions of an address are limited. */
const mostAdmittingPerAddress = 32;

export interface ServerOptions {
  readonly config: Pick<Config, "host" | "port" | "tls" | "allowedOrigins" | "limits"> &
    Partial<Pick<Config, "telemetry" | "access">>;
  readonly log: Logger;
  readonly openSession: OpenSession;
  /** Finds sessions for sockets that return or join; absent: no session outlives its socket. */
  readonly findSession?: FindSession;
  /** Reads the open actions of a user's earlier sessions. */
  readonly remember?: (of: SessionsOf) => Promise<CoachOptions["memory"]>;
  /** Returns the reason why no new session can be opened now. */
  readonly refusal?: (persona: string, principal: Principal) => HttpError | undefined;
  readonly findPersona: (name: string, ownerId: string) => string | undefined;
  readonly defaultPersona: string;
  /** Version of this package. */
  readonly version: string;
  /** Default: all clients are the one local user. */
  readonly authenticate?: Authenticate;
  /** Default: whose role it is, with credentials that are for it. */
  readonly isAdmin?: (principal: Principal) => boolean;
  /** Reads the health of the parts; default: nothing is read. */
  readonly health?: ReadHealth;
  /** Counts requests and connections, and is read at `/metrics`; default: nothing is counted. */
  readonly metrics?: Metrics | undefined;
  /** Declares routes beside the server's own, each with its `access`. */
  readonly routes?: (app: App) => void | Promise<void>;
  /** Whether an administrator has it take no sessions; default: never. */
  readonly draining?: () => boolean;
  /** Ends the responses that last, called when the server is being stopped. */
  readonly endStreams?: () => void;
  /** Limits of requests and sessions; default: none. */
  readonly limiter?: Limiter;
  readonly clock?: Clock;
  /** The port, where it is taken already; default: it is taken now. */
  readonly listener?: Listener;
  /** Folder that holds `web/`, `src/` and `dist/`; default: this package's. */
  readonly root?: string;
}

export interface RunningServer {
  /** The actual port, also where 0 was asked for. */
  readonly port: number;
  /** URL, such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Open connections. */
  readonly connections: number;
  /** Every route with who may use it. */
  readonly routes: readonly RouteAccess[];
  /** Drains and closes; resolves once nothing is left. Calling again waits for the same end. */
  stop(): Promise<void>;
}

/**
 * Listens, and answers until stopped.
 * @throws ConfigError when the address or the certificate cannot be used
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config } = options;
  const trustProxy = trustProxies(config.access?.trustProxy ?? []);
  const gateway = openGateway(options, trustProxy);
  options.metrics?.watchConnections(() => gateway.connections);
  let stopping: Promise<void> | undefined;
  const listener = options.listener ?? (await Listener.listen(config));
  const { server, port } = listener;
  capConnections(server, {
    sessions: config.access?.perAddress.sessionsAtOnce,
    trustProxy,
  });
  const draining = () => stopping !== undefined;
  const http = await openFace(options, server, trustProxy, draining).catch(async (error: unknown) => {
    await listener.close();
    throw error;
  });
  listener.answer(http.answer, (request, socket, head) => gateway.upgrade(request, socket, head));
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const stop = async () => {
    const { drainDeadlineMs } = config.limits;
    options.endStreams?.();
    await Promise.all([gateway.drain(drainDeadlineMs), http.letEnd(drainDeadlineMs)]);
    await listener.close();
    await http.close();
  };
  return {
    port,
    url: `${config.tls ? "https" : "http"}://${host}:${port}`,
    get connections() {
      return gateway.connections;
    },
    routes: http.routes,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** What the socket and the HTTP side are told alike. */
function commonOf({ config, ...options }: ServerOptions, trustProxy: TrustProxy | undefined) {
  return {
    ...options,
    clock: options.clock ?? systemClock,
    authenticate: options.authenticate ?? localUser,
    allowedOrigins: config.allowedOrigins,
    loopbackOnly: isLoopback(config.host),
    publicUrl: config.access?.publicUrl,
    trustProxy,
  };
}

function openGateway(options: ServerOptions, trustProxy: TrustProxy | undefined): Gateway {
  const { access, limits } = options.config;
  return new Gateway({
    ...commonOf(options, trustProxy),
    path: realtimePath,
    limits,
    mostAdmittingPerAddress:
      access?.perAddress.sessionsAtOnce === undefined ? undefined : mostAdmittingPerAddress,
    onRefused: options.metrics?.onRefused,
  });
}

function openFace(
  options: ServerOptions,
  server: HttpServer,
  trustProxy: TrustProxy | undefined,
  draining: () => boolean,
): Promise<Http> {
  const { config, metrics } = options;
  const common = commonOf(options, trustProxy);
  return openHttp({
    ...common,
    server,
    isAdmin: options.isAdmin ?? administers,
    deadlineMs: config.limits.authenticationDeadlineMs,
    draining,
    onAnswered: metrics?.onAnswered,
    async routes(app) {
      await serverRoutes({
        ...common,
        realtimePath,
        pages: openPages(options.root ?? join(import.meta.dirname, "../../..")),
        draining,
        emptied: options.draining,
        health: options.health,
        metricsToken: config.telemetry?.metricsToken,
      })(app);
      await options.routes?.(app);
    },
  });
}

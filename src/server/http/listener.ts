/** The server's listening socket, with its timeouts and limits. */
import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type Config, ConfigError } from "../config/config.ts";
import { faultOf } from "./request-framing.ts";

/** Longest time for a request to arrive in full, ms: the largest upload over a slow mobile link. */
const uploadMs = 120_000;
/** Longest time an HTTP connection may be idle with its answer unread, ms. WebSockets have timers of their own. */
const stillMs = 180_000;
/** Interval of the check for late connections, ms. */
const lookMs = 1000;
/** Longest request line and headers, bytes. */
const maxHeaderSize = 16 * 1024;
/** Connections beyond the sessions: pages, requests, and upgrades under way. */
const besideSessions = 1000;

/**
 * Opens it, without listening yet. A connection that sends nothing, or its headers too slowly, is closed after
 * `authenticationDeadlineMs`.
 * @throws ConfigError where the certificate cannot be used
 */
export function openListener({ tls, limits }: Pick<Config, "tls" | "limits">): Server {
  const headersTimeout = Math.ceil(limits.authenticationDeadlineMs);
  const options = {
    headersTimeout,
    requestTimeout: Math.max(headersTimeout, uploadMs),
    connectionsCheckingInterval: lookMs,
    maxHeaderSize,
    noDelay: true,
    shouldUpgradeCallback: isUpgrade,
  };
  const server = tls ? openSecure(tls, options) : createHttpServer(options);
  server.timeout = stillMs;
  server.maxConnections = limits.maxSessions * 2 + besideSessions;
  return server;
}

function openSecure(tls: NonNullable<Config["tls"]>, options: { readonly headersTimeout: number }): Server {
  try {
    return createHttpsServer({ ...options, ...tls, handshakeTimeout: options.headersTimeout });
  } catch (error) {
    throw new ConfigError(
      `TLS_CERT, TLS_KEY: cannot be used (${(error as NodeJS.ErrnoException).code ?? "not a PEM pair"})`,
    );
  }
}

/** True for a request that may be upgraded; others are answered as plain HTTP. */
function isUpgrade(request: IncomingMessage): boolean {
  const { upgrade, "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  // A body before a socket's first frame would be read as one.
  const bodyless = /^0+$/.test(length) && encoding === undefined;
  return upgrade?.toLowerCase() === "websocket" && bodyless && faultOf(request) === undefined;
}

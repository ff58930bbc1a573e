/** The server's listening socket, with its timeouts and limits, and what answers there. */
import { rm } from "node:fs/promises";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Config, ConfigError } from "../config/config.ts";
import { refuseUpgrade } from "../net/raw-response.ts";
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

/** Answers a request in place of the server. False: it does not. */
type Divert = (...request: Parameters<RequestListener>) => boolean;
type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const starting = {
  status: 503,
  code: "STARTING",
  message: "The server is starting; try again in a moment.",
  retryAfter: 1,
};

/**
 * Server of a port, listened on or with its connections handed over. Until somebody answers there, every request and upgrade is
 * answered 503 `STARTING`.
 */
export class Listener {
  readonly server: Server;
  readonly #port: number | undefined;
  #onRequest: RequestListener = ({ socket }) => refuseUpgrade(socket, starting);
  #adopt: (request: IncomingMessage) => void = () => {};
  #divert: Divert = () => false;
  #onUpgrade: UpgradeListener = (_request, socket) => refuseUpgrade(socket, starting);

  private constructor(server: Server, port?: number) {
    this.server = server;
    this.#port = port;
    server.on("request", (request, response) => {
      // The sockets of a file have no address.
      if (request.socket.remoteAddress === undefined) this.#adopt(request);
      else if (this.#divert(request, response)) return;
      this.#onRequest(request, response);
    });
    server.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** @throws ConfigError when the address, the port or the certificate cannot be used */
  static async listen(config: Pick<Config, "host" | "port" | "tls" | "limits">): Promise<Listener> {
    const listener = new Listener(openListener(config));
    await listen(listener.server, config.host, config.port);
    return listener;
  }

  /**
   * Opens one that is handed the connections of `port` by the process that has it, and listens on the socket file `path`
   * for processes beside this one: Node watches a server's connections for their deadlines only while it listens.
   * @throws ConfigError when the certificate or the path cannot be used
   */
  static async handed(
    config: Pick<Config, "tls" | "limits">,
    {
      port,
      path,
      adopt,
    }: {
      readonly port: number;
      readonly path: string;
      /** Called with each request that another process passes on. */
      readonly adopt: (request: IncomingMessage) => void;
    },
  ): Promise<Listener> {
    const listener = new Listener(openListener(config), port);
    listener.#adopt = adopt;
    await rm(path, { force: true });
    const { server } = listener;
    await new Promise<void>((resolve, reject) => {
      server.once("error", ({ code, message }: NodeJS.ErrnoException) =>
        reject(new ConfigError(`WORKERS: no socket can be made at ${path} (${code ?? message})`)),
      );
      server.listen({ path }, resolve);
    });
    return listener;
  }

  /**
   * Opens one that only ever answers 503 `STARTING`, and only on connections that it is handed.
   * @throws ConfigError when the certificate cannot be used
   */
  static unheard(config: Pick<Config, "tls" | "limits">): Listener {
    return new Listener(openListener(config));
  }

  /** Most connections of one server: sessions, and what is beside them. */
  static mostConnections({ limits }: Pick<Config, "limits">): number {
    return limits.maxSessions * 2 + besideSessions;
  }

  /** The actual port, also where 0 was asked for. */
  get port(): number {
    return this.#port ?? (this.server.address() as AddressInfo).port;
  }

  /** Answers on a connection that was accepted elsewhere. */
  take(socket: Socket): void {
    this.server.emit("connection", socket);
  }

  /** Answers requests and upgrades from now on. */
  answer(onRequest: RequestListener, onUpgrade: UpgradeListener): void {
    this.#onRequest = onRequest;
    this.#onUpgrade = onUpgrade;
  }

  /** Has requests that come from clients offered to `divert` first. */
  divert(divert: Divert): void {
    this.#divert = divert;
  }

  /** Lets go of the port and of every connection. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

/**
 * Takes a port.
 * @throws ConfigError when it, or the address, cannot be used
 */
export function listen(server: NetServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(explain(error, host, port));
    server.once("error", onError);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

/** Names the setting at fault, whatever the reason. */
function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): ConfigError {
  if (code === "EADDRINUSE")
    return new ConfigError(`PORT: ${port} is in use on ${host}; choose another, or 0`);
  if (code === "EACCES") return new ConfigError(`PORT: ${port} may not be used by this user`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new ConfigError(`HOST: ${host} is no address of this machine`);
  return new ConfigError(`HOST, PORT: ${host} and ${port} cannot be listened on (${code ?? message})`);
}

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
  server.maxConnections = Listener.mostConnections({ limits });
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

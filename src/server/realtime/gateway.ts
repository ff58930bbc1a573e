/** Step 1 of a turn: admits WebSocket upgrades, opens or joins a session for each, and drains connections at the stop. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Server, WebSocketServer } from "ws";
import type { CoachOptions } from "../../coach/coach.ts";
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { SessionType } from "../../protocol/session-config.ts";
import type { LiveSession, Session } from "../../session/session.ts";
import type { SessionsOf } from "../../store/store.ts";
import { type Authenticate, identify, ownSessions, type Principal } from "../access/principal.ts";
import { openCounts } from "../access/quotas/concurrent-counts.ts";
import type { Lease, Limiter } from "../access/quotas/limiter.ts";
import type { Limits } from "../config/config.ts";
import type { FindSession, NamedSession, OpenSession } from "../conversations/session-opening.ts";
import { nameRequest } from "../http/request-log.ts";
import type { Logger } from "../logging/log.ts";
import { clientAddress, countedAddress, type TrustProxy } from "../net/addresses.ts";
import { HttpError, protocolError } from "../net/http-error.ts";
import { refuseUpgrade } from "../net/raw-response.ts";
import { Connection } from "./connection.ts";
import { type ConnectionSweeper, openConnectionSweeper } from "./connection-sweeper.ts";
import { mostMessagePieces } from "./message-errors.ts";
import { NotifyingSocket } from "./notifying-socket.ts";
import { ReceiveBudget } from "./receiving.ts";
import { SessionRates } from "./session-rates.ts";
import {
  type AdmissionRules,
  choosePersona,
  chooseSessionType,
  readUpgrade,
  type UpgradeParameters,
} from "./upgrade-request.ts";

export interface GatewayOptions extends AdmissionRules {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticate: Authenticate;
  readonly openSession: OpenSession;
  /** Finds existing sessions; absent: no session outlives its socket. */
  readonly findSession?: FindSession | undefined;
  /** Reads the memory of a new session; must neither throw nor take long. */
  readonly remember?: ((of: SessionsOf) => Promise<CoachOptions["memory"]>) | undefined;
  /** Returns the reason why no new session can be opened now; undefined: one can. */
  readonly refusal?: ((persona: string, principal: Principal) => HttpError | undefined) | undefined;
  /** Limits of requests and sessions; default: none. */
  readonly limiter?: Pick<Limiter, "arrive" | "begin"> | undefined;
  /** Limit of upgrades of one address under authentication at once; default: none. */
  readonly mostAdmittingPerAddress?: number | undefined;
  /** Proxies that are believed about a client's address; default: none. */
  readonly trustProxy?: TrustProxy | undefined;
  /** Called for each refused upgrade with the code of its response. */
  readonly onRefused?: ((code: string) => void) | undefined;
}

/** Interval at which a drain looks for sessions that are no longer busy, ms. */
const drainTickMs = 50;
/** Time that a client has to answer a close frame, ms. */
const closeTimeoutMs = 3000;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #wss: Server<typeof NotifyingSocket>;
  readonly #budget: ReceiveBudget;
  readonly #rates: SessionRates;
  readonly #connections = new Set<Connection>();
  readonly #sweeper: ConnectionSweeper;
  /** Sub-protocol that each response names; a token among the offers is never echoed. */
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  /** Upgrades under authentication, each with the controller that ends it. */
  readonly #admitting = new Set<AbortController>();
  readonly #admittingFrom = openCounts();
  #draining = false;
  #whenEmpty: (() => void) | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#sweeper = openConnectionSweeper(options.clock, options.log, this.#connections);
    const socketOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      WebSocket: NotifyingSocket,
      // Twice our own limit: a message between the two is read and refused; on one beyond it `ws` closes, unread.
      maxPayload: options.limits.maxMessageBytes * 2,
      maxFragments: mostMessagePieces,
      maxBufferedChunks: mostMessagePieces,
      closeTimeout: closeTimeoutMs,
      handleProtocols: (_offers: Set<string>, request: IncomingMessage) =>
        this.#subprotocols.get(request) ?? false,
    };
    this.#budget = new ReceiveBudget(options.limits.maxReceivingBytes);
    this.#rates = new SessionRates(options.limits);
    this.#wss = new WebSocketServer(socketOptions);
    this.#wss.on("wsClientError", (error, socket) =>
      answerUpgrade(socket, protocolError("upgrade_required", `${error.message}.`, { status: 400 })),
    );
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Handles an HTTP upgrade: answers with a socket or an HTTP error. Never throws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const name = nameRequest(request);
    // Until the socket is handed on, its failure needs no report.
    const ignore = () => socket.destroy();
    socket.on("error", ignore);
    this.#admit(request, socket)
      .then((admitted) => {
        const { asked } = admitted;
        if (asked.subprotocol !== undefined) this.#subprotocols.set(request, asked.subprotocol);
        socket.off("error", ignore);
        let joined = false;
        this.#wss.handleUpgrade(request, socket, head, (ws) => {
          joined = true;
          this.#join(ws, socket, name, admitted);
        });
        if (!joined) admitted.lease?.release();
      })
      .catch((error: unknown) => this.#refuse(socket, name, error));
  }

  /**
   * Refuses new connections, announces the stop to clients, closes idle sessions at once and busy ones after their reply
   * or after `deadlineMs`. Resolves once no connection is left.
   */
  drain(deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#draining = true;
    const until = clock.now() + deadlineMs;
    for (const admission of this.#admitting) admission.abort(drainRefusal());
    for (const connection of this.#connections) connection.announceGoingAway(deadlineMs);
    return new Promise((resolve) => {
      let cancel: CancelTimer | undefined;
      this.#whenEmpty = () => {
        cancel?.();
        resolve();
      };
      const look = () => {
        const late = clock.now() >= until;
        for (const connection of this.#connections) if (late || !connection.session?.busy) connection.drain();
        cancel = late ? clock.after(closeTimeoutMs, cut) : clock.after(drainTickMs, look);
      };
      const cut = () => {
        for (const connection of this.#connections) connection.terminate();
      };
      if (this.#connections.size === 0) resolve();
      else look();
    });
  }

  async #admit(request: IncomingMessage, socket: Duplex): Promise<Admitted> {
    const { limits, limiter, clock, authenticate } = this.#options;
    if (this.#draining) throw drainRefusal();
    const address = clientAddress(request, this.#options.trustProxy);
    limiter?.arrive(address);
    const asked = readUpgrade(request, this.#options);
    if (this.#connections.size + this.#admitting.size >= limits.maxSessions)
      throw protocolError("overloaded", "The server has as many sessions as it may have.", { retryAfter: 5 });
    const from = countedAddress(address);
    const { mostAdmittingPerAddress: most = Number.POSITIVE_INFINITY } = this.#options;
    if (!this.#admittingFrom.take(from, most))
      throw protocolError("rate_limit_exceeded", "Too many connections of this address are being admitted.", {
        retryAfter: 1,
      });
    const gone = new AbortController();
    const leave = () => gone.abort();
    socket.once("close", leave);
    this.#admitting.add(gone);
    try {
      const credentials = { ...asked.credentials, remoteAddress: address };
      const principal = await identify(authenticate, credentials, {
        clock,
        deadlineMs: limits.authenticationDeadlineMs,
        gone: gone.signal,
        needs: "talk",
      });
      const persona = choosePersona(asked, principal, this.#options);
      const found = asked.names && (await this.#find(asked.names, principal, { address, type: asked.type }));
      const type = found ? found.state.type : chooseSessionType(asked, principal);
      const refusal = found ? undefined : this.#options.refusal?.(persona, principal);
      if (refusal) throw refusal;
      // Memory is for `kuku.v1` alone: a plain client leads its own conversation.
      const asks = !found && asked.extension && type === "realtime";
      const memory = asks ? await this.#options.remember?.(ownSessions(principal)) : undefined;
      const lease = found ? undefined : await limiter?.begin(principal, address);
      if (this.#draining || gone.signal.aborted) {
        lease?.release();
        throw drainRefusal();
      }
      return { asked, principal, persona, type, found, memory, lease };
    } finally {
      this.#admittingFrom.give(from);
      this.#admitting.delete(gone);
      socket.off("close", leave);
    }
  }

  async #find(
    named: NamedSession,
    principal: Principal,
    from: Parameters<FindSession>[2],
  ): Promise<LiveSession> {
    const { findSession } = this.#options;
    if (!findSession) throw protocolError("session_not_found", "Sessions do not outlive their sockets here.");
    return findSession(named, principal, from);
  }

  #refuse(socket: Duplex, request: string, error: unknown): void {
    const { log, onRefused } = this.#options;
    const known = error instanceof HttpError;
    const refused = known ? error : protocolError("internal_error", "Something went wrong on the server.");
    const { status, protocolCode: code } = refused;
    if (known) log.info({ request, status, code }, "upgrade refused");
    else log.error({ request, err: error }, "upgrade failed");
    onRefused?.(code);
    answerUpgrade(socket, refused);
  }

  #join(ws: NotifyingSocket, socket: Duplex, request: string, admitted: Admitted): void {
    const { limits, clock, log, openSession } = this.#options;
    const { asked, principal, persona, type, found, memory, lease } = admitted;
    const { extension, beta, names, unfollowed } = asked;
    const onClosed = (closed: Connection) => this.#left(closed);
    const connection = new Connection({
      ws,
      socket,
      extension,
      beta,
      limits,
      clock,
      log,
      budget: this.#budget,
      onClosed,
    });
    this.#connections.add(connection);
    this.#sweeper.start();
    try {
      if (found) {
        // Attached first, so that the client's answers find the session.
        this.#attach(connection, found);
        const seen = names && "seen" in names ? names.seen : undefined;
        found.join(connection, { extended: extension, seen });
      } else {
        const opening = { link: connection, principal, persona, type, extension, memory, lease };
        this.#attach(connection, openSession(opening));
      }
      const joined = found !== undefined;
      const session = connection.session?.id;
      const told = { request, session, persona, type, extension, beta, joined };
      log.info(unfollowed.length > 0 ? { ...told, unfollowed } : told, "connection opened");
    } catch (error) {
      lease?.release();
      connection.fault(error);
    }
  }

  #attach(connection: Connection, session: Session): void {
    const now = this.#options.clock.now();
    connection.attach(session, this.#rates.join(session.id, now));
    // Closed before it was attached.
    if (!this.#connections.has(connection)) this.#rates.leave(session.id, now);
  }

  #left(connection: Connection): void {
    this.#connections.delete(connection);
    if (connection.session) this.#rates.leave(connection.session.id, this.#options.clock.now());
    if (this.#connections.size > 0) return;
    this.#sweeper.stop();
    this.#whenEmpty?.();
  }
}

interface Admitted {
  readonly asked: UpgradeParameters;
  readonly principal: Principal;
  /** A persona's id. */
  readonly persona: string;
  readonly type: SessionType;
  /** The session that the request named. */
  readonly found: LiveSession | undefined;
  readonly memory: CoachOptions["memory"];
  /** Lease of a new session. */
  readonly lease: Lease | undefined;
}

function answerUpgrade(socket: Duplex, { status, protocolCode: code, message, retryAfter }: HttpError): void {
  refuseUpgrade(socket, { status, code, message, retryAfter });
}

function drainRefusal(): HttpError {
  return protocolError("server_draining", "The server is being stopped.", { retryAfter: 5 });
}

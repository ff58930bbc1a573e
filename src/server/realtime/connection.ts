/** Steps 2 and 9 of a turn: one socket and one session, joined; encodes what goes out, and sees the socket's end. */
import { yieldToEventLoop } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import type { CancelReason } from "../../lib/scope.ts";
import { toBetaEvent } from "../../protocol/beta-events.ts";
import { type CloseCode, closeCodes } from "../../protocol/close-codes.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { Link, OutgoingAudio } from "../../session/link.ts";
import type { Session } from "../../session/session.ts";
import type { Logger } from "../logging/log.ts";
import type { SessionRate } from "../net/rate-limit.ts";
import { Arrivals } from "./arrivals.ts";
import { Heartbeat } from "./heartbeat.ts";
import {
  errorBody,
  type Found,
  internalError,
  saidBeforeClose,
  saidBeforeRefusal,
  tooMuchAtOnce,
} from "./message-errors.ts";
import { MessageReceiver, type MessageReceiverOptions } from "./message-receiver.ts";
import type { NotifyingSocket } from "./notifying-socket.ts";
import { binaryMessage, type DeltaEncoder, deltaEncoder } from "./outgoing-messages.ts";
import { SocketWriter } from "./socket-writer.ts";

/** Most bytes of a close frame's reason (RFC 6455). */
const longestReason = 123;

export interface ConnectionOptions extends MessageReceiverOptions {
  readonly log: Logger;
  /** Called once, when the socket is closed. */
  readonly onClosed: (connection: Connection) => void;
}

/** One client's connection, and the session's link to it. */
export class Connection implements Link {
  readonly #options: ConnectionOptions;
  readonly #ws: NotifyingSocket;
  readonly #writer: SocketWriter;
  readonly #receiver: MessageReceiver;
  readonly #heartbeat: Heartbeat;
  readonly #arrivals = new Arrivals();
  readonly #encodeDelta: DeltaEncoder;
  #session: Session | undefined;
  #closing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#ws = options.ws;
    this.#encodeDelta = deltaEncoder(options.beta ? "response.audio.delta" : "response.output_audio.delta");
    const now = options.clock.now();
    this.#writer = new SocketWriter(options.ws, options.socket, options.limits);
    this.#receiver = new MessageReceiver(options, {
      sendError: (fault) => this.#error(fault),
      fail: (code, reason) => this.#shut(code, reason, "failed"),
      fault: (error) => this.fault(error),
      evict: () => this.#evict(),
      answersRead: () => this.#writer.pressure.answersRead(options.clock.now()),
    });
    options.ws.onRefusal = (code) => this.#refusedBySocket(code);
    this.#heartbeat = new Heartbeat(options.limits.pingIntervalMs, now);
    // Registered before a session exists, so that no end is missed.
    options.ws.on("error", (error) => this.#socketFailed(error));
    options.ws.on("close", (code) => this.#socketClosed(code));
  }

  /** Joins a session to the socket: from now on messages flow both ways. `rate`: what its client may still send. */
  attach(session: Session, rate: SessionRate): void {
    this.#session = session;
    this.#receiver.attach(session, rate);
    this.#ws.on("pong", (payload) => {
      this.#heartbeat.answered();
      this.#arrivals.answered(payload);
    });
    if (this.#closing) session.leave(this);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  // Link: called by the session.

  send(event: ServerEvent): void {
    if (event.type === "session.created" || event.type === "session.updated")
      this.#receiver.configure(event.session.audio.input);
    this.#encode(event);
  }

  sendAudio(audio: OutgoingAudio): void {
    if (this.#closing) return;
    const message = this.#options.extension ? binaryMessage(audio) : this.#encodeDelta(audio, newId("event"));
    // An engine that never waits makes the whole reply in one round of the event loop: its first frame goes ahead.
    this.#write(message, audio.startSample === 0);
  }

  writable(): Promise<void> | undefined {
    return this.#closing ? undefined : this.#writer.pressure.writable(this.#options.clock.now());
  }

  whenArrived(onArrived: () => void): void {
    if (!this.#closing) this.#writer.ping(this.#arrivals.expect(onArrived));
  }

  close(code: CloseCode, reason: string): void {
    const said = saidBeforeClose.get(code);
    if (said) this.#error(said);
    this.#shut(code, reason);
  }

  // Called by the gateway.

  /** Called about once a second: pings the client, and finds clients that are gone or read too slowly. */
  tick(now: number): void {
    if (this.#closing) return;
    // A pong would lie unread in a paused socket.
    if (this.#receiver.paused) this.#heartbeat.answered();
    if (this.#writer.pressure.tooSlow(now)) this.#slowConsumer();
    const due = this.#closing ? undefined : this.#heartbeat.beat(now);
    if (due === "ping") this.#ws.ping();
    if (due === "lost") {
      this.#options.log.info({ session: this.#session?.id }, "no answer to pings");
      this.#ws.terminate();
    }
  }

  /** Tells a `kuku.v1` client that the server stops in `deadlineMs`. */
  announceGoingAway(deadlineMs: number): void {
    if (!this.#options.extension) return;
    this.send({ type: "kuku.going_away", event_id: newId("event"), deadline_ms: Math.round(deadlineMs) });
  }

  /** Closes for the server's own stop. */
  drain(): void {
    this.#shut(closeCodes.serviceRestart.code, "server is restarting", "draining");
  }

  /** Destroys the socket, when a close frame has gone unanswered. */
  terminate(): void {
    this.#ws.terminate();
  }

  // The socket.

  #error(fault: Found): void {
    this.#encode({ type: "error", event_id: newId("event"), error: errorBody(fault) });
  }

  #encode(event: ServerEvent): void {
    const told = this.#options.beta ? toBetaEvent(event) : event;
    if (told) this.#write(JSON.stringify(told));
  }

  #write(message: string | Buffer, atOnce = false): void {
    if (!this.#closing && !this.#writer.write(message, atOnce)) this.#slowConsumer();
  }

  #slowConsumer(): void {
    this.#shut(closeCodes.slowConsumer.code, "reads too slowly");
    this.#session?.leave(this);
  }

  /** Closes the socket; with `why` the session ends with it. */
  #shut(code: CloseCode, reason: string, why?: CancelReason): void {
    if (this.#closing) return;
    this.#receiver.end();
    this.#closing = true;
    this.#ws.close(code, reason.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, longestReason));
    this.#writer.pressure.release();
    if (why) this.#session?.end(why);
  }

  /** Sends the error that explains why `ws` is about to close. */
  #refusedBySocket(code: CloseCode): void {
    const said = this.#closing ? undefined : saidBeforeRefusal(code, this.#options.limits);
    if (said) this.#error(said);
  }

  /** Closes to make room for other large messages. The session waits for the client to return, as after any loss. */
  #evict(): void {
    this.#error(tooMuchAtOnce);
    this.#shut(closeCodes.tryAgainLater.code, "too many large messages");
    this.#session?.leave(this);
    // The received part of the message stays in memory as long as the socket.
    this.#ws.pause();
    void yieldToEventLoop().then(() => this.#ws.terminate());
  }

  #socketFailed(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    this.#options.log.debug({ session: this.#session?.id, code }, "socket failed");
  }

  #socketClosed(code: number): void {
    // The session gets audio from before the end: a returning client sends on from there.
    this.#receiver.end();
    // A client that closes normally does not come back.
    const done = !this.#closing && code === closeCodes.normal.code;
    this.#closing = true;
    this.#writer.pressure.release();
    this.#options.log.info({ session: this.#session?.id, code }, "connection closed");
    this.#options.onClosed(this);
    if (done) this.#session?.end("client_gone");
    this.#session?.leave(this);
  }

  /** Ends the session for an internal error. */
  fault(error: unknown): void {
    this.#options.log.error({ session: this.#session?.id, err: error }, "session failed");
    this.#error(internalError);
    this.#shut(closeCodes.internalError.code, "internal error", "failed");
  }
}

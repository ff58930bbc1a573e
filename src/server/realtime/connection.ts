/** Steps 2 and 9 of a turn: one socket and one session. Decodes, limits and encodes messages, and decides nothing else. */
import type { Duplex } from "node:stream";
import type { RawData } from "ws";
import { type Clock, yieldToEventLoop } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import type { CancelReason } from "../../lib/scope.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import { type CloseCode, closeCodes } from "../../protocol/close-codes.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { Link, OutgoingAudio } from "../../session/link.ts";
import type { Session } from "../../session/session.ts";
import type { Limits } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";
import type { AudioVerdict, SessionRate } from "../net/rate-limit.ts";
import { AudioIntake } from "./audio-intake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { eventIdOf, type Incoming, readBase64, readText } from "./incoming-messages.ts";
import {
  audioTooFast,
  binaryNeedsExtension,
  errorBody,
  type Found,
  internalError,
  messageTooLarge,
  oddAudio,
  saidBeforeClose,
  saidBeforeRefusal,
  tooManyBadMessages,
  tooManyMessages,
  tooMuchAtOnce,
} from "./message-errors.ts";
import type { NotifyingSocket } from "./notifying-socket.ts";
import { binaryMessage, deltaEncoder } from "./outgoing-messages.ts";
import { type ReceiveBudget, Receiving } from "./receiving.ts";
import { SocketWriter } from "./socket-writer.ts";

/** Most bytes of a close frame's reason (RFC 6455). */
const longestReason = 123;

export interface ConnectionOptions {
  readonly ws: NotifyingSocket;
  /** The stream under `ws`. */
  readonly socket: Duplex;
  /** Whether `kuku.v1` was agreed on. */
  readonly extension: boolean;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Logger;
  /** Shared by all connections. */
  readonly budget: ReceiveBudget;
  /** Called once, when the socket is closed. */
  readonly onClosed: (connection: Connection) => void;
}

/** One client's connection, and the session's link to it. */
export class Connection implements Link {
  readonly #options: ConnectionOptions;
  // Copies of options that every chunk needs: with many sessions each step to another object is a wait for memory.
  readonly #clock: Clock;
  readonly #extension: boolean;
  readonly #maxMessageBytes: number;
  readonly #ws: NotifyingSocket;
  readonly #writer: SocketWriter;
  readonly #heartbeat: Heartbeat;
  readonly #encodeDelta = deltaEncoder();
  #session: Session | undefined;
  /** Of the session, set with it: no message comes before. */
  #rate!: SessionRate;
  readonly #receiving: Receiving;
  readonly #intake = new AudioIntake((bytes) => this.#passAudio(bytes));
  #closing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#extension = options.extension;
    this.#maxMessageBytes = options.limits.maxMessageBytes;
    this.#ws = options.ws;
    const now = options.clock.now();
    this.#writer = new SocketWriter(options.ws, options.socket, options.limits);
    this.#receiving = new Receiving(options.ws, options.socket, options.budget, () => this.#evicted());
    options.ws.onRefusal = (code) => this.#refusedBySocket(code);
    this.#heartbeat = new Heartbeat(options.limits.pingIntervalMs, now);
    // Registered before a session exists, so that no end is missed.
    options.ws.on("error", (error) => this.#socketFailed(error));
    options.ws.on("close", (code) => this.#socketClosed(code));
  }

  /** Joins a session to the socket: from now on messages flow both ways. `rate`: what its client may still send. */
  attach(session: Session, rate: SessionRate): void {
    this.#session = session;
    this.#rate = rate;
    const ws = this.#ws;
    // A bug in handling a message ends this session; the process and other sessions go on.
    ws.on("message", (data, isBinary) => {
      try {
        this.#receive(data, isBinary);
      } catch (error) {
        this.fault(error);
      }
    });
    ws.on("pong", () => this.#heartbeat.answered());
    ws.on("ping", () => this.#allow(this.#rate.event(this.#options.clock.now())));
    if (this.#closing) session.leave(this);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  // Link: called by the session.

  send(event: ServerEvent): void {
    if (event.type === "session.created" || event.type === "session.updated")
      this.#intake.configure(event.session.audio.input);
    this.#write(JSON.stringify(event));
  }

  sendAudio(audio: OutgoingAudio): void {
    if (this.#closing) return;
    this.#write(this.#options.extension ? binaryMessage(audio) : this.#encodeDelta(audio, newId("event")));
  }

  writable(): Promise<void> | undefined {
    return this.#closing ? undefined : this.#writer.pressure.writable(this.#options.clock.now());
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
    if (this.#receiving.paused) this.#heartbeat.answered();
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

  // Incoming messages.

  #receive(data: RawData, isBinary: boolean): void {
    this.#receiving.complete();
    if (this.#closing) return;
    const message = data as Buffer;
    if (message.length > this.#maxMessageBytes) this.#refuseLength(message.length);
    else if (isBinary) this.#receiveBinary(message);
    else this.#receiveText(message);
  }

  #receiveBinary(bytes: Buffer): void {
    if (this.#extension) this.#receiveAudio(bytes, undefined);
    else if (this.#allow(this.#rate.event(this.#clock.now())))
      this.#badMessage(binaryNeedsExtension, closeCodes.unsupportedData.code);
  }

  #refuseLength(bytes: number): void {
    this.#error(messageTooLarge(this.#options.limits, bytes));
    if (this.#rate.refused(this.#clock.now()) === "abuse") this.#closeForAbuse();
  }

  #receiveText(message: Buffer): void {
    if (!this.#allow(this.#rate.text(message.length, this.#clock.now()))) return;
    const read = readText(message, this.#options.limits.maxEventBytes);
    if (read.ok && read.event.type === "input_audio_buffer.append")
      this.#receiveBase64(read.event.audio, read.event.event_id);
    else if (this.#allow(this.#rate.event(this.#clock.now()), eventIdOf(read))) this.#receiveEvent(read);
  }

  #receiveEvent(read: Incoming): void {
    if (read.ok) {
      this.#rate.readable();
      if (!this.#allowAudioOf(read.event)) return;
      this.#intake.flush();
      const behind = this.#session?.receive(read.event);
      if (behind) this.#receiving.pauseUntil(behind);
    } else if (read.code === "invalid_json") this.#badMessage(read, closeCodes.tooManyBadMessages.code);
    else {
      this.#rate.readable();
      this.#error(read);
    }
  }

  /** Counts audio in an item like streamed audio. */
  #allowAudioOf(event: ClientEvent): boolean {
    const ms = this.#intake.msIn(event);
    return ms === 0 || this.#allow(this.#rate.audio(ms, this.#clock.now()), event.event_id);
  }

  #receiveBase64(audio: string, eventId: string | undefined): void {
    const decoded = readBase64(audio, eventId);
    if (decoded.ok) this.#receiveAudio(decoded.bytes, eventId);
    else if (this.#allow(this.#rate.audio(0, this.#clock.now()), eventId)) this.#error(decoded);
  }

  #receiveAudio(bytes: Buffer, eventId: string | undefined): void {
    const verdict = this.#rate.audio(this.#intake.msOf(bytes.length), this.#clock.now());
    if (!this.#allow(verdict, eventId)) return;
    this.#rate.readable();
    if (!this.#intake.isWhole(bytes.length)) this.#error(oddAudio(bytes.length, eventId));
    else if (bytes.length > 0) this.#intake.take(bytes);
  }

  #passAudio(bytes: Uint8Array): void {
    const taken = this.#session?.receiveAudio(bytes);
    if (taken) this.#receiving.pauseUntil(taken);
  }

  /** Whether the message may pass. Otherwise sends the error, and closes once the abuse has lasted too long. */
  #allow(verdict: AudioVerdict, eventId?: string): boolean {
    if (verdict === "ok") return true;
    if (this.#closing) return false;
    const { limits } = this.#options;
    this.#error(verdict === "too_fast" ? audioTooFast(limits, eventId) : tooManyMessages(limits, eventId));
    if (verdict === "abuse") this.#closeForAbuse();
    return false;
  }

  #closeForAbuse(): void {
    this.#shut(closeCodes.rateExceeded.code, "too fast for too long", "failed");
  }

  /** Answers an unreadable message with an error, and closes after many in a row. */
  #badMessage(fault: Found, code: CloseCode): void {
    this.#error(fault);
    if (this.#rate.unreadable() < this.#options.limits.maxBadMessages) return;
    this.#error(tooManyBadMessages);
    this.#shut(code, "too many bad messages", "failed");
  }

  // The socket.

  #error(fault: Found): void {
    this.#write(JSON.stringify({ type: "error", event_id: newId("event"), error: errorBody(fault) }));
  }

  #write(message: string | Buffer): void {
    if (!this.#closing && !this.#writer.write(message)) this.#slowConsumer();
  }

  #slowConsumer(): void {
    this.#shut(closeCodes.slowConsumer.code, "reads too slowly");
    this.#session?.leave(this);
  }

  /** Closes the socket; with `why` the session ends with it. */
  #shut(code: CloseCode, reason: string, why?: CancelReason): void {
    if (this.#closing) return;
    this.#intake.flush();
    this.#closing = true;
    this.#ws.close(code, reason.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, longestReason));
    this.#writer.pressure.release();
    this.#receiving.end();
    if (why) this.#session?.end(why);
  }

  /** Sends the error that explains why `ws` is about to close. */
  #refusedBySocket(code: CloseCode): void {
    const said = this.#closing ? undefined : saidBeforeRefusal(code, this.#options.limits);
    if (said) this.#error(said);
  }

  /** Closes to make room for other large messages. The session waits for the client to return, as after any loss. */
  #evicted(): void {
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
    if (!this.#closing) this.#intake.flush();
    // A client that closes normally does not come back.
    const done = !this.#closing && code === closeCodes.normal.code;
    this.#closing = true;
    this.#writer.pressure.release();
    this.#receiving.end();
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

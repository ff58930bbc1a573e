/** Steps 2 and 9 of a turn: one socket and one session. It decodes, limits, encodes and minds the buffer; it decides nothing. */
import type { Duplex } from "node:stream";
import type { RawData } from "ws";
import { type Clock, yieldToEventLoop } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import type { CancelReason } from "../../lib/scope.ts";
import { defaultAudioFormat } from "../../protocol/audio-format.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import { type CloseCode, closeCodes } from "../../protocol/close-codes.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { Link, OutgoingAudio } from "../../session/link.ts";
import type { Session } from "../../session/session.ts";
import type { Limits } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";
import { type AudioVerdict, type ConnectionRate, connectionRate } from "../net/rate-limit.ts";
import { BackPressure } from "./back-pressure.ts";
import { ChunkCoalescer, pieceMs } from "./chunk-coalescer.ts";
import { Heartbeat } from "./heartbeat.ts";
import {
  type AudioWeight,
  audioLength,
  audioWeight,
  eventIdOf,
  type Incoming,
  readBase64,
  readText,
} from "./incoming-messages.ts";
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
import { binaryMessage, deltaEncoder } from "./outgoing-messages.ts";
import { type ReceiveBudget, Receiving } from "./receiving.ts";
import type { ToldSocket } from "./told-socket.ts";

/** Most bytes of a close frame's reason (RFC 6455). */
const longestReason = 123;

export interface ConnectionOptions {
  readonly ws: ToldSocket;
  /** The stream under `ws`, for its `drain`. */
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

/** One client's connection; the session's way out. */
export class Connection implements Link {
  readonly #options: ConnectionOptions;
  // What every chunk needs stands here itself: with many sessions each step to another object is a wait for memory.
  readonly #clock: Clock;
  readonly #extension: boolean;
  readonly #maxMessageBytes: number;
  readonly #ws: ToldSocket;
  readonly #rate: ConnectionRate;
  readonly #pressure: BackPressure;
  readonly #heartbeat: Heartbeat;
  readonly #encodeDelta = deltaEncoder();
  #session: Session | undefined;
  #weight: AudioWeight = audioWeight(defaultAudioFormat);
  readonly #receiving: Receiving;
  readonly #gathering = new ChunkCoalescer((bytes) => this.#hear(bytes));
  #closing = false;
  /** Whether what is sent waits for the rest of this go of the event loop. */
  #corked = false;
  /** Messages in a row that could not be read at all. */
  #badMessages = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#extension = options.extension;
    this.#maxMessageBytes = options.limits.maxMessageBytes;
    this.#ws = options.ws;
    const now = options.clock.now();
    this.#rate = connectionRate(options.limits, now);
    this.#pressure = new BackPressure(options.ws, options.socket, options.limits);
    this.#receiving = new Receiving(options.ws, options.socket, options.budget, () => this.#evicted());
    options.ws.onRefusal = (code) => this.#refusedBySocket(code);
    this.#heartbeat = new Heartbeat(options.limits.pingIntervalMs, now);
    // Before a session exists, so that no end is missed.
    options.ws.on("error", (error) => this.#socketFailed(error));
    options.ws.on("close", (code) => this.#socketClosed(code));
  }

  /** Joins a session to the socket: from here on messages flow both ways. */
  attach(session: Session): void {
    this.#session = session;
    const ws = this.#ws;
    // A bug behind a message ends this session; the process and the other sessions go on.
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

  // The session's way out.

  send(event: ServerEvent): void {
    if (event.type === "session.created" || event.type === "session.updated")
      this.#adopt(event.session.audio.input);
    this.#write(JSON.stringify(event));
  }

  /** How input is weighed and gathered, from the session's own words. */
  #adopt({ format, turn_detection }: SessionConfig["audio"]["input"]): void {
    this.#weight = audioWeight(format);
    this.#gathering.pieceBytes = turn_detection === null ? this.#weight.bytesPerMs * pieceMs : 0;
  }

  sendAudio(audio: OutgoingAudio): void {
    if (this.#closing) return;
    this.#write(this.#options.extension ? binaryMessage(audio) : this.#encodeDelta(audio, newId("event")));
  }

  writable(): Promise<void> | undefined {
    return this.#closing ? undefined : this.#pressure.writable(this.#options.clock.now());
  }

  close(code: CloseCode, reason: string): void {
    const said = saidBeforeClose.get(code);
    if (said) this.#error(said);
    this.#shut(code, reason);
  }

  // What the gateway asks of it.

  /** Called about once a second: pings, and looks for clients that are gone or do not read. */
  tick(now: number): void {
    if (this.#closing) return;
    // An answer to a ping would lie unread.
    if (this.#receiving.paused) this.#heartbeat.answered();
    if (this.#pressure.tooSlow(now)) this.#slowConsumer();
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

  /** Cuts the socket without a word, when a close frame has gone unanswered. */
  terminate(): void {
    this.#ws.terminate();
  }

  // The way in.

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
    if (this.#rate.refused(this.#clock.now()) === "abuse") this.#abused();
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
      this.#badMessages = 0;
      if (!this.#allowAudioOf(read.event)) return;
      this.#gathering.flush();
      this.#session?.receive(read.event);
    } else if (read.code === "invalid_json") this.#badMessage(read, closeCodes.tooManyBadMessages.code);
    else {
      this.#badMessages = 0;
      this.#error(read);
    }
  }

  /** Audio in an item is audio all the same. */
  #allowAudioOf(event: ClientEvent): boolean {
    const bytes = (audioLength(event) * 3) / 4;
    if (bytes === 0) return true;
    return this.#allow(this.#rate.audio(bytes / this.#weight.bytesPerMs, this.#clock.now()), event.event_id);
  }

  #receiveBase64(audio: string, eventId: string | undefined): void {
    const decoded = readBase64(audio, eventId);
    if (decoded.ok) this.#receiveAudio(decoded.bytes, eventId);
    else if (this.#allow(this.#rate.audio(0, this.#clock.now()), eventId)) this.#error(decoded);
  }

  #receiveAudio(bytes: Buffer, eventId: string | undefined): void {
    const weight = this.#weight;
    const verdict = this.#rate.audio(bytes.length / weight.bytesPerMs, this.#clock.now());
    if (!this.#allow(verdict, eventId)) return;
    this.#badMessages = 0;
    if (weight.bytesPerSample === 2 && bytes.length % 2 !== 0) this.#error(oddAudio(bytes.length, eventId));
    else if (bytes.length > 0) this.#gathering.take(bytes);
  }

  #hear(bytes: Uint8Array): void {
    const heard = this.#session?.receiveAudio(bytes);
    if (heard) this.#receiving.pauseUntil(heard);
  }

  /** True: the message may pass. Otherwise says why not, and closes when this has gone on too long. */
  #allow(verdict: AudioVerdict, eventId?: string): boolean {
    if (verdict === "ok") return true;
    if (this.#closing) return false;
    const { limits } = this.#options;
    this.#error(verdict === "too_fast" ? audioTooFast(limits, eventId) : tooManyMessages(limits, eventId));
    if (verdict === "abuse") this.#abused();
    return false;
  }

  #abused(): void {
    this.#shut(closeCodes.rateExceeded.code, "too fast for too long", "failed");
  }

  /** A message that could not be read at all: an error, and after many in a row the end. */
  #badMessage(fault: Found, code: CloseCode): void {
    this.#error(fault);
    if (++this.#badMessages < this.#options.limits.maxBadMessages) return;
    this.#error(tooManyBadMessages);
    this.#shut(code, "too many bad messages", "failed");
  }

  // The socket.

  #error(fault: Found): void {
    this.#write(JSON.stringify({ type: "error", event_id: newId("event"), error: errorBody(fault) }));
  }

  #write(message: string | Buffer): void {
    if (this.#closing || this.#ws.readyState !== this.#ws.OPEN) return;
    // What waited before counts, not this message: one large answer to a client that reads is no offence.
    if (this.#pressure.overflows()) this.#slowConsumer();
    else {
      this.#gather();
      this.#ws.send(message);
    }
  }

  /** What is sent in one go of the event loop leaves in one system call: a reply's first frame has many events before it. */
  #gather(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#options.socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#options.socket.uncork();
    });
  }

  #slowConsumer(): void {
    this.#shut(closeCodes.slowConsumer.code, "reads too slowly");
    this.#session?.leave(this);
  }

  /** Closes the socket; with `why` the session ends with it. */
  #shut(code: CloseCode, reason: string, why?: CancelReason): void {
    if (this.#closing) return;
    this.#gathering.flush();
    this.#closing = true;
    this.#ws.close(code, reason.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, longestReason));
    this.#pressure.release();
    this.#receiving.end();
    if (why) this.#session?.end(why);
  }

  /** `ws` is about to close for what came in. */
  #refusedBySocket(code: CloseCode): void {
    const said = this.#closing ? undefined : saidBeforeRefusal(code, this.#options.limits);
    if (said) this.#error(said);
  }

  /** Its large message had to make room. The session waits for it to come back, as after any loss. */
  #evicted(): void {
    this.#error(tooMuchAtOnce);
    this.#shut(closeCodes.tryAgainLater.code, "too many large messages");
    this.#session?.leave(this);
    // What has come of the message stays in memory as long as the socket does.
    this.#ws.pause();
    void yieldToEventLoop().then(() => this.#ws.terminate());
  }

  #socketFailed(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    this.#options.log.debug({ session: this.#session?.id, code }, "socket failed");
  }

  #socketClosed(code: number): void {
    // What came before the end was heard: a client that comes back sends on from there.
    if (!this.#closing) this.#gathering.flush();
    // Whoever says that they are done does not come back.
    const done = !this.#closing && code === closeCodes.normal.code;
    this.#closing = true;
    this.#pressure.release();
    this.#receiving.end();
    this.#options.log.info({ session: this.#session?.id, code }, "connection closed");
    this.#options.onClosed(this);
    if (done) this.#session?.end("client_gone");
    this.#session?.leave(this);
  }

  /** Ends the session for a fault of ours. */
  fault(error: unknown): void {
    this.#options.log.error({ session: this.#session?.id, err: error }, "session failed");
    this.#error(internalError);
    this.#shut(closeCodes.internalError.code, "internal error", "failed");
  }
}

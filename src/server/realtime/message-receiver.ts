/** Step 2 of a turn: what one client sends, limited, decoded and passed to its session. */
import type { Duplex } from "node:stream";
import type { Clock } from "../../lib/clock.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import { type CloseCode, closeCodes } from "../../protocol/close-codes.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { Session } from "../../session/session.ts";
import type { Limits } from "../config/config.ts";
import type { AudioVerdict, SessionRate } from "../net/rate-limit.ts";
import { AudioIntake } from "./audio-intake.ts";
import { eventIdOf, type Incoming, readBase64, readText } from "./incoming-messages.ts";
import {
  audioTooFast,
  binaryNeedsExtension,
  type Found,
  messageTooLarge,
  oddAudio,
  tooManyBadMessages,
  tooManyMessages,
} from "./message-errors.ts";
import type { NotifyingSocket } from "./notifying-socket.ts";
import { type ReceiveBudget, Receiving } from "./receiving.ts";

export interface MessageReceiverOptions {
  readonly ws: NotifyingSocket;
  /** The stream under `ws`. */
  readonly socket: Duplex;
  /** Whether `kuku.v1` was agreed on. */
  readonly extension: boolean;
  /** Whether the client speaks the vendor's beta; default false. */
  readonly beta?: boolean | undefined;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Shared by all connections. */
  readonly budget: ReceiveBudget;
}

/** Ways to answer the client. */
interface Client {
  sendError(fault: Found): void;
  /** Closes the socket and ends the session as failed. */
  fail(code: CloseCode, reason: string): void;
  /** Ends the session for an error in handling a message. */
  fault(error: unknown): void;
  /** Closes the socket, whose large message has no room any more. */
  evict(): void;
  /** Resolves once the client has read enough of its answers to be given more; undefined: it has. */
  answersRead(): Promise<void> | undefined;
}

export class MessageReceiver {
  // Copies of options: with many sessions each step to another object is a wait for memory.
  readonly #ws: NotifyingSocket;
  readonly #clock: Clock;
  readonly #extension: boolean;
  readonly #beta: boolean;
  readonly #limits: Limits;
  readonly #maxMessageBytes: number;
  readonly #client: Client;
  readonly #receiving: Receiving;
  readonly #intake = new AudioIntake((bytes) => this.#passAudio(bytes));
  // Set by `attach`: no message comes before.
  #session!: Session;
  #rate!: SessionRate;
  #ended = false;
  /** Messages of the same read behind one whose answers the client has yet to read; undefined: it has read them. */
  #held: (readonly [message: Buffer, isBinary: boolean])[] | undefined;

  constructor(
    { ws, socket, extension, beta = false, limits, clock, budget }: MessageReceiverOptions,
    client: Client,
  ) {
    this.#ws = ws;
    this.#clock = clock;
    this.#extension = extension;
    this.#beta = beta;
    this.#limits = limits;
    this.#maxMessageBytes = limits.maxMessageBytes;
    this.#client = client;
    this.#receiving = new Receiving(ws, socket, budget, () => client.evict());
  }

  /** Passes messages to this session from now on. `rate`: what its client may still send. */
  attach(session: Session, rate: SessionRate): void {
    this.#session = session;
    this.#rate = rate;
    this.#ws.on("message", (data, isBinary) => {
      this.#receiving.complete();
      if (this.#held) this.#held.push([data as Buffer, isBinary]);
      else this.#receive(data as Buffer, isBinary);
    });
    this.#ws.on("ping", () => this.#allow(this.#rate.event(this.#clock.now())));
  }

  /** Takes over the session's input settings. */
  configure(input: SessionConfig["audio"]["input"]): void {
    this.#intake.configure(input);
  }

  /** True while reading is paused, since the session or the client is behind. */
  get paused(): boolean {
    return this.#receiving.paused;
  }

  /** Passes on the audio it still has; later messages are ignored. Calling it again does nothing. */
  end(): void {
    this.#intake.flush();
    this.#ended = true;
    this.#receiving.end();
  }

  #receive(message: Buffer, isBinary: boolean): void {
    if (this.#ended) return;
    try {
      if (message.length > this.#maxMessageBytes) this.#refuseLength(message.length);
      else if (isBinary) this.#receiveBinary(message);
      else this.#receiveText(message);
    } catch (error) {
      // A bug in handling a message ends this session; the process and other sessions go on.
      this.#client.fault(error);
    }
  }

  /** Reads and handles nothing more until the client has read its answers. */
  #awaitReading(): void {
    const read = this.#client.answersRead();
    if (!read) return;
    this.#held = [];
    this.#receiving.pauseUntil(read);
    void read.then(() => this.#receiveHeld());
  }

  #receiveHeld(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    while (!this.#held && held.length > 0) this.#receive(...held.shift()!);
    if (this.#held) this.#held = held;
  }

  #receiveBinary(bytes: Buffer): void {
    if (this.#extension) this.#receiveAudio(bytes, undefined);
    else if (this.#allow(this.#rate.event(this.#clock.now())))
      this.#badMessage(binaryNeedsExtension, closeCodes.unsupportedData.code);
  }

  #refuseLength(bytes: number): void {
    this.#client.sendError(messageTooLarge(this.#limits, bytes));
    if (this.#rate.refused(this.#clock.now()) === "abuse") this.#closeForAbuse();
  }

  #receiveText(message: Buffer): void {
    if (!this.#allow(this.#rate.text(message.length, this.#clock.now()))) return;
    const read = readText(message, this.#limits.maxEventBytes, this.#beta);
    if (read.ok && read.event.type === "input_audio_buffer.append")
      this.#receiveBase64(read.event.audio, read.event.event_id);
    else if (this.#allow(this.#rate.event(this.#clock.now()), eventIdOf(read))) this.#receiveEvent(read);
  }

  #receiveEvent(read: Incoming): void {
    this.#handleEvent(read);
    this.#awaitReading();
  }

  #handleEvent(read: Incoming): void {
    if (read.ok) {
      this.#rate.readable();
      if (!this.#allowAudioOf(read.event)) return;
      this.#intake.flush();
      const behind = this.#session.receive(read.event);
      if (behind) this.#receiving.pauseUntil(behind);
    } else if (read.code === "invalid_json") this.#badMessage(read, closeCodes.tooManyBadMessages.code);
    else {
      this.#rate.readable();
      this.#client.sendError(read);
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
    else if (this.#allow(this.#rate.audio(0, this.#clock.now()), eventId)) this.#client.sendError(decoded);
  }

  #receiveAudio(bytes: Buffer, eventId: string | undefined): void {
    const verdict = this.#rate.audio(this.#intake.msOf(bytes.length), this.#clock.now());
    if (!this.#allow(verdict, eventId)) return;
    this.#rate.readable();
    if (!this.#intake.isWhole(bytes.length)) this.#client.sendError(oddAudio(bytes.length, eventId));
    else if (bytes.length > 0) this.#intake.take(bytes);
  }

  #passAudio(bytes: Uint8Array): void {
    const taken = this.#session.receiveAudio(bytes);
    if (taken) this.#receiving.pauseUntil(taken);
  }

  /** Whether the message may pass. Otherwise sends the error, and closes once the abuse has lasted too long. */
  #allow(verdict: AudioVerdict, eventId?: string): boolean {
    if (verdict === "ok") return true;
    if (this.#ended) return false;
    const limits = this.#limits;
    this.#client.sendError(
      verdict === "too_fast" ? audioTooFast(limits, eventId) : tooManyMessages(limits, eventId),
    );
    if (verdict === "abuse") this.#closeForAbuse();
    return false;
  }

  #closeForAbuse(): void {
    this.#client.fail(closeCodes.rateExceeded.code, "too fast for too long");
  }

  /** Answers an unreadable message with an error, and closes after many in a row. */
  #badMessage(fault: Found, code: CloseCode): void {
    this.#client.sendError(fault);
    if (this.#rate.unreadable() < this.#limits.maxBadMessages) return;
    this.#client.sendError(tooManyBadMessages);
    this.#client.fail(code, "too many bad messages");
  }
}

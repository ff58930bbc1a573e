/** A session's connection over one socket after another; reconnects by itself where the server allows it. */
import { closeCodes } from "../protocol/close-codes.ts";
import type { ServerEvent } from "../protocol/server-events.ts";
import type { CancelTimer, ClientClock } from "./clock.ts";
import { backOffMs, type Closing, isLost, readClosing } from "./closing.ts";
import { Inbox } from "./inbox.ts";
import { Outbox, type Outgoing, type Taken } from "./outbox.ts";
import { bytesOfPcm } from "./pcm-bytes.ts";
import type { ReplyAudio } from "./playout.ts";
import { Pump } from "./pump.ts";
import { parseEvent, sampleRateOf, sortedJson } from "./received-events.ts";
import { abandon, finalPrefix, listenTo, type OpenSocket, type Socket } from "./socket.ts";

/** `lost`: for good. */
export type ConnectionState = "connected" | "reconnecting" | "lost";

export interface LineOptions {
  /** URL of the first socket, query included. */
  readonly address: string;
  readonly offers: readonly string[];
  readonly openSocket: OpenSocket;
  readonly clock: ClientClock;
  /** Longest wait for a socket that comes back to be let in, ms. */
  readonly timeoutMs: number;
  /** Input audio beyond which a socket counts as full, bytes. */
  readonly maxBufferedBytes: number;
  /** In order, each once. */
  onEvent(event: ServerEvent): void;
  /** With `kuku.v1`; numbered as the client counts responses, each sample once. */
  onAudio(audio: ReplyAudio): void;
  onState(state: ConnectionState): void;
  /** Called once at the end. `failure`: why a first socket never opened, where the platform tells. */
  onOver(closing: Closing, failure: string | undefined): void;
}

/** A reply audio message, decoded. */
export type DecodeFrame = (message: Uint8Array) => ReplyAudio | undefined;

/** Error codes that a repeated event may get because the server took it the first time. */
const toldTwice: ReadonlySet<string> = new Set([
  "input_audio_buffer_commit_empty",
  "conversation_already_has_active_response",
  "response_cancel_not_active",
  "item_create_invalid_item_id",
  "item_delete_invalid_item_id",
]);
const openState = 1;
/** After the time a server that goes away has given itself, ms. */
const farewellMs = 2_000;
/** Longest time to ask for a session that ended by a server fault, ms: browsers do not report that it is gone. */
const doubtfulMs = 5_000;

interface Away {
  readonly since: number;
  readonly closing: Closing;
  attempts: number;
}

/** The client's side of one session, over one socket after another. */
export class Line {
  readonly outbox = new Outbox();
  readonly #options: LineOptions;
  readonly #decode: DecodeFrame;
  readonly #inbox = new Inbox();
  readonly #pump: Pump;
  #socket!: Socket;
  #resumable: { token: string; graceMs: number } | undefined;
  /** True from `session.created` on. */
  #begun = false;
  #closedHere = false;
  #away: Away | undefined;
  #over = false;
  #timer: CancelTimer | undefined;
  /** A server that knows only what is stored tells the session anew: set until it has begun to. */
  #taken: { inputMs: number } | undefined;
  /** The session's configuration as last told, as JSON. */
  #session = "";
  /** Ids of events that the present server was sent again. */
  #again = new Set<string>();

  /**
   * Opens the first socket.
   * @throws DOMException, SyntaxError where the address is none
   */
  constructor(options: LineOptions, decode: DecodeFrame) {
    this.#options = options;
    this.#decode = decode;
    this.#pump = new Pump({
      outbox: this.outbox,
      clock: options.clock,
      isFull: () => this.#socket.bufferedAmount > options.maxBufferedBytes,
      send: (outgoing) => this.#send(outgoing),
    });
    this.#use(options.openSocket(options.address, options.offers));
  }

  /** The sub-protocol agreed on. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  get isOpen(): boolean {
    return this.#begun && !this.#away && !this.#over && this.#socket.readyState === openState;
  }

  /** True while audio and events handed in can still reach the session. */
  get isAlive(): boolean {
    const connected = this.#away !== undefined || this.#socket.readyState === openState;
    return !this.#over && !this.#closedHere && connected;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** True when every entry of the outbox is sent. */
  get isCaughtUp(): boolean {
    return !this.#away && !this.outbox.waiting;
  }

  /** Sends what waits, as far as the socket takes it. */
  run(): void {
    this.#pump.run();
  }

  /** Past the outbox, for a server that cannot resume. */
  sendPlain(text: string): void {
    if (this.#socket.readyState === openState) this.#socket.send(text);
  }

  /** Closes from this side, with 1000. */
  close(): void {
    this.#closedHere = true;
    this.#stopWaiting();
    this.#pump.stop();
    if (!this.#away) return this.#socket.close(1000);
    abandon(this.#socket);
    this.#away = undefined;
    this.#end(readClosing(1000, ""));
  }

  #send(outgoing: Outgoing): void {
    if (outgoing.type === "audio") return this.#socket.send(bytesOfPcm(outgoing.pcm));
    if (outgoing.again && outgoing.event.event_id) this.#again.add(outgoing.event.event_id);
    this.#socket.send(JSON.stringify(outgoing.event));
  }

  #wait(ms: number, then: () => void): void {
    this.#timer?.();
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined;
      then();
    });
  }

  #stopWaiting(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #end(closing: Closing, failure?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWaiting();
    this.#pump.stop();
    this.#options.onOver(closing, failure);
  }

  // Reconnection.

  #use(next: Socket): void {
    this.#socket = next;
    listenTo(next, {
      onOpen() {},
      onText: (text) => this.#read(text),
      onBytes: (bytes) => {
        const decoded = this.#decode(bytes);
        const piece = decoded && this.#inbox.audio(decoded);
        if (piece) this.#options.onAudio(piece);
      },
      onClose: (code, reason, failure) => this.#lose(readClosing(code, reason), failure),
    });
  }

  /** The socket is gone, or never came. */
  #lose(closing: Closing, failure?: string): void {
    this.#pump.stop();
    this.#stopWaiting();
    if (this.#away) {
      if (failure?.startsWith(finalPrefix)) return this.#giveUp(this.#away);
      return this.#reconnect(this.#away);
    }
    if (!this.#begun || this.#closedHere || !this.#resumable || !isLost(closing))
      return this.#end(closing, failure);
    this.#away = { since: this.#options.clock.now(), closing, attempts: 0 };
    this.#options.onState("reconnecting");
    if (!this.#over) this.#reconnect(this.#away);
  }

  #giveUp({ closing }: Away): void {
    this.#options.onState("lost");
    this.#end(closing);
  }

  #reconnect(gone: Away): void {
    const { address, offers, openSocket, timeoutMs, clock } = this.#options;
    const { token, graceMs } = this.#resumable ?? { token: "", graceMs: 0 };
    const longestMs = gone.closing.code === closeCodes.internalError.code ? doubtfulMs : graceMs;
    const left = gone.since + Math.min(graceMs, longestMs) - clock.now();
    const ms = backOffMs(gone.attempts++, token);
    if (ms >= left) return this.#wait(Math.max(0, left), () => this.#giveUp(gone));
    this.#wait(ms, () => {
      this.#use(openSocket(returnAddress(address, { resume: token, ...this.#inbox.seen() }), offers));
      this.#wait(Math.min(timeoutMs, left - ms), () => this.#drop());
    });
  }

  /** Gives a socket up on which nothing comes any more and which does not say so. */
  #drop(): void {
    abandon(this.#socket);
    this.#lose(readClosing(1006, ""));
  }

  #resume(taken: Taken): void {
    this.outbox.resume(taken);
    // Answers to what was sent again may still come from the same server, never from the one before it.
    if (!taken.complete) this.#again = new Set();
    this.#away = undefined;
    this.#options.onState("connected");
    this.#pump.start();
  }

  // Events.

  #read(text: string): void {
    const event = parseEvent(text);
    if (!event || !this.#inbox.event(event)) return;
    this.#notice(event);
    if (event.type === "error" && this.#isToldTwice(event)) return;
    this.#options.onEvent(event);
  }

  #notice(event: ServerEvent): void {
    switch (event.type) {
      case "session.created":
      case "session.updated":
        return this.#noticeSession(event);
      case "kuku.resumable":
        this.#resumable = { token: event.token, graceMs: event.grace_ms };
        return;
      case "kuku.resumed":
        this.#stopWaiting();
        // A session that was being told anew when that socket was lost in turn is told on.
        if (event.complete && !this.#taken)
          this.#resume({
            complete: true,
            inputMs: event.input_audio_ms,
            lastEvent: event.last_client_event_id,
          });
        else this.#taken = { inputMs: event.input_audio_ms };
        return;
      case "kuku.going_away":
        if (this.#resumable && !this.#away) this.#wait(event.deadline_ms + farewellMs, () => this.#drop());
        return;
      case "response.created":
        this.outbox.answered("response.create");
    }
  }

  #noticeSession(event: Extract<ServerEvent, { type: "session.created" | "session.updated" }>): void {
    const now = sortedJson({ ...event.session, expires_at: undefined });
    const taken = this.#taken;
    if (taken) this.#resume({ complete: false, inputMs: taken.inputMs, changed: now !== this.#session });
    else if (event.type === "session.updated") this.outbox.answered("session.update");
    else this.outbox.rate = sampleRateOf(event.session);
    this.#taken = undefined;
    this.#session = now;
    if (this.#begun || event.type !== "session.created") return;
    this.#begun = true;
    this.outbox.prefix = `c_${event.event_id}`;
    this.#pump.start();
  }

  #isToldTwice({ error }: Extract<ServerEvent, { type: "error" }>): boolean {
    return toldTwice.has(error.code ?? "") && this.#again.has(error.event_id ?? "");
  }
}

/** The first address, with what a socket that comes back says in place of which session to join. */
function returnAddress(first: string, seen: Record<string, string>): string {
  const address = new URL(first);
  address.searchParams.delete("session_id");
  for (const [name, value] of Object.entries(seen)) address.searchParams.set(name, value);
  return address.href;
}

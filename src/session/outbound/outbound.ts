/** The session's way out: to the socket that is there, to whoever else listens, and, kept a while, to one that comes back. */

import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { TurnUsage } from "../../ports/usage.ts";
import type { CloseCode } from "../../protocol/close-codes.ts";
import type { KukuPlayback } from "../../protocol/kuku-events.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { ReplyOutcome } from "../events.ts";
import type { Link, OutgoingAudio } from "../link.ts";
import { type AudioPosition, maxAudioBytes, type OutboundMessage, ReplayBuffer } from "./replay-buffer.ts";

/** A reply that has come to its end, told behind its `response.done`. */
export interface ReplySummary {
  readonly responseId: string;
  /** The user's item it answers, if any. */
  readonly itemId: string | undefined;
  /** Names the turn it answers as the log does; undefined: it answers nothing that was heard or typed. */
  readonly turnId: string | undefined;
  readonly outcome: ReplyOutcome;
  /** Time of its end: wall clock, ms. */
  readonly at: number;
  /** From the end of the turn it answers, or else from its announcement, to its own end, ms. */
  readonly tookMs: number;
  /** Audio that was sent of it, ms. */
  readonly audioMs: number;
  /** The figures of `kuku.latency`, ms by name. */
  readonly latency?: Readonly<Record<string, number>>;
  /** Charged usage of its engines. */
  readonly usage?: TurnUsage;
  /** In the currency of the prices; absent where one is not known. */
  readonly cost?: number;
}

/** An utterance of a transcription session that has its transcript, or will have none. */
export interface TranscriptionSummary {
  readonly itemId: string;
  /** Names the turn as the log does; undefined: the item came whole, or another was committed meanwhile. */
  readonly turnId: string | undefined;
  readonly outcome: "completed" | "failed";
  /** Time of the transcript: wall clock, ms. */
  readonly at: number;
  /** `endpoint_ms`, `transcript_ms`, as of `kuku.latency`; empty where the turn's times are not known. */
  readonly latency: Readonly<Record<string, number>>;
  /** Charged usage of its engines. */
  readonly usage?: TurnUsage;
  /** In the currency of the prices; absent where one is not known. */
  readonly cost?: number;
}

/** Someone beside the socket: a request that waits for its reply, a recording. Never throws, never blocks. */
export interface Listener {
  event?(event: ServerEvent): void;
  audio?(audio: OutgoingAudio): void;
  replyClosed?(replied: ReplySummary): void;
  transcribed?(transcription: TranscriptionSummary): void;
  /** Audio of the user's microphone. */
  userAudio?(pcm: Int16Array, rate: SampleRate): void;
  /** The client says how far its speaker is. */
  played?(responseId: string, playedMs: number): void;
  /** The session has ended; nothing comes any more. */
  closed?(): void;
  /** A request that waits for a whole reply: while it listens, nothing of a reply waits for a socket or a speaker. */
  readonly awaitsReply?: boolean;
}

/** Position of a client that comes back. */
export interface ReceivedPosition {
  /** The last event it got; empty: none. */
  readonly lastEvent: string;
  readonly audioFrom?: AudioPosition;
}

/**
 * Time that audio is kept of an attached client that does not report playback, where its socket does not tell sooner that
 * it has arrived, ms.
 */
const arrivedMs = 15_000;

export interface OutboundOptions {
  readonly clock: Clock;
  /**
   * Asked for each `response.done`: something it must wait for (what was said is being stored), and all that comes after
   * it waits too. Undefined: nothing.
   */
  readonly durable?: () => Promise<void> | undefined;
  /** Whether what was sent is kept for a socket that comes back. */
  readonly keepsReplay: boolean;
  /**
   * Whether the session ends unless a lost socket comes back, so that a reply may wait for that socket, no longer than
   * the session lives. False: the session serves requests too, and no reply waits for a socket that may never come.
   */
  readonly endsWithoutSocket: boolean;
}

type QueuedMessage = (
  | OutboundMessage
  | { readonly type: "close"; readonly code: CloseCode; readonly reason: string }
  | { readonly type: "reply_closed"; readonly summary: ReplySummary }
) & {
  /** Not for the socket that is attached now. */
  readonly skipsLink?: boolean;
  /** Told once more to a new socket: listeners have had it. */
  readonly again?: boolean;
};

/** The session's output queue: socket, listeners and replay buffer get each message in the same order. */
export class Outbound {
  readonly #options: OutboundOptions;
  readonly #replay: ReplayBuffer | undefined;
  readonly #listeners = new Set<Listener>();
  #link: Link | undefined;
  #ended = false;
  /** The end has been delivered to link and listeners. */
  #closed = false;
  /** Set while a `response.done` waits to be durable: it and all that was sent since, in order. */
  #queue: QueuedMessage[] | undefined;
  /** Resolves once the queue is released. */
  #released: Promise<void> | undefined;
  /** Resolves once a socket or an awaiting listener takes what is sent. */
  #taken = Promise.withResolvers<void>();
  #expiry: CancelTimer | undefined;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#replay = options.keepsReplay ? new ReplayBuffer() : undefined;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** Whether a listener awaits a whole reply. */
  get awaited(): boolean {
    for (const { awaitsReply } of this.#listeners) if (awaitsReply) return true;
    return false;
  }

  send(event: ServerEvent): void {
    this.#put({ type: "event", event });
  }

  sendAudio(audio: OutgoingAudio): void {
    this.#put({ type: "audio", audio });
  }

  /** Sends an event that tells a new socket of what others know. */
  retell(event: ServerEvent): void {
    this.#put({ type: "event", event, again: true });
  }

  /** Sends the audio of a response that is kept, for it was not heard, to a new socket. */
  retellAudio(responseId: string): void {
    for (const audio of this.#replay?.audioOf(responseId) ?? [])
      this.#put({ type: "audio", audio, again: true });
  }

  /** Tells listeners of a reply's end, behind all that was sent. */
  replyClosed(summary: ReplySummary): void {
    this.#put({ type: "reply_closed", summary });
  }

  /** Drops what waits for a `response.done` to be durable, and that with it: neither socket nor listeners get it. */
  drop(): void {
    this.#queue = undefined;
    this.#released = undefined;
  }

  /** Closes the socket, behind all that was sent. */
  close(code: CloseCode, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#put({ type: "close", code, reason });
  }

  /**
   * Back-pressure as `Link.writable`. Without a link: a promise once enough is kept, where the session ends unless a
   * socket comes back and no listener awaits the reply; resolves with the next socket, such a listener, or the end.
   */
  writable(): Promise<void> | undefined {
    if (this.#released) return this.#released;
    if (this.#link) return this.#link.writable();
    if (!this.#options.endsWithoutSocket || this.#ended || this.awaited) return undefined;
    if (!this.#replay || this.#replay.audioBytes < maxAudioBytes / 2) return undefined;
    return this.#taken.promise;
  }

  /** Calls `about` with each listener, for what comes in. */
  notify(about: (listener: Listener) => void): void {
    for (const listener of this.#listeners) about(listener);
  }

  /**
   * Puts a socket in the place of the one before, which is left as it is. `fromStart`: the client is told the session
   * from its beginning, so that queued messages are not sent to it.
   */
  attach(link: Link, fromStart = false): void {
    if (fromStart) this.#queue = this.#queue?.map((message) => ({ ...message, skipsLink: true }));
    this.#link = link;
    this.#taken.resolve();
  }

  /** Takes the socket away. False: it was replaced before. */
  detach(link: Link): boolean {
    if (this.#link !== link) return false;
    this.#link = undefined;
    this.#taken = Promise.withResolvers();
    return true;
  }

  /** Messages that a client has missed, in order; undefined where that is no longer known. */
  missed({ lastEvent, audioFrom }: ReceivedPosition): readonly OutboundMessage[] | undefined {
    return this.#replay?.since(lastEvent, audioFrom);
  }

  /** Sends earlier messages again, to the attached socket alone. */
  replay(messages: readonly OutboundMessage[]): void {
    for (const message of messages) this.#sendToLink(message);
    this.#awaitArrival();
  }

  /** Takes the client's word on how far it has played a response: audio that was played is not kept for a replay. */
  notePlayback({ response_id, played_ms, state }: KukuPlayback): void {
    this.#replay?.heard(response_id, played_ms, state === "ended");
    if (state === "playing") this.notify((listener) => listener.played?.(response_id, played_ms));
  }

  /** Adds a listener; returns the way to remove it. */
  listen(listener: Listener): () => void {
    if (this.#closed) listener.closed?.();
    else this.#listeners.add(listener);
    if (listener.awaitsReply) this.#taken.resolve();
    return () => {
      if (this.#listeners.delete(listener) && listener.awaitsReply) this.#taken = Promise.withResolvers();
    };
  }

  #put(message: QueuedMessage): void {
    if (this.#queue) {
      this.#queue.push(message);
      return;
    }
    const isDone = message.type === "event" && message.event.type === "response.done";
    const wait = isDone ? this.#options.durable?.() : undefined;
    if (!wait) return this.#deliver(message);
    this.#queue = [message];
    const release = () => this.#release();
    this.#released = wait.then(release, release);
  }

  #release(): void {
    const waiting = this.#queue ?? [];
    this.#queue = undefined;
    this.#released = undefined;
    // The first is the `response.done` that waited; another one behind it waits anew.
    const [first, ...rest] = waiting;
    if (first) this.#deliver(first);
    for (const message of rest) this.#put(message);
  }

  #deliver(message: QueuedMessage): void {
    if (message.type === "reply_closed") {
      for (const listener of this.#listeners) listener.replyClosed?.(message.summary);
      return;
    }
    if (message.type === "close") return this.#deliverClose(message.code, message.reason);
    const isKept = message.again && message.type === "audio";
    if (this.#replay && !isKept) addToReplay(this.#replay, message, this.#link === undefined);
    if (message.type === "audio") this.#expireLater();
    if (!message.skipsLink) this.#sendToLink(message);
    if (message.type === "event" && message.event.type === "response.done") this.#awaitArrival();
    if (message.again) return;
    for (const listener of this.#listeners)
      if (message.type === "audio") listener.audio?.(message.audio);
      else listener.event?.(message.event);
  }

  #deliverClose(code: CloseCode, reason: string): void {
    this.#expiry?.();
    this.#link?.close(code, reason);
    for (const listener of this.#listeners) listener.closed?.();
    this.#listeners.clear();
    this.#closed = true;
    this.#taken.resolve();
  }

  #sendToLink(message: OutboundMessage): void {
    if (message.type === "audio") this.#link?.sendAudio(message.audio);
    else this.#link?.send(message.event);
  }

  /** Has the replay buffer let go of what was sent so far, once the socket that is there has it. */
  #awaitArrival(): void {
    const replay = this.#replay;
    const link = this.#link;
    if (!replay || !link?.whenArrived) return;
    const { count } = replay;
    link.whenArrived(() => {
      if (this.#link === link) replay.arrived(count);
    });
  }

  #expireLater(): void {
    const replay = this.#replay;
    if (!replay || this.#expiry) return;
    const { count } = replay;
    this.#expiry = this.#options.clock.after(arrivedMs, () => {
      this.#expiry = undefined;
      // Without a socket nothing arrives; what is left waits for the next one.
      if (this.#link && replay.expire(count) && replay.audioBytes > 0) this.#expireLater();
    });
  }
}

/** A cancelled reply's audio is not played on, nor that of one that was told to stop. */
function addToReplay(replay: ReplayBuffer, sent: OutboundMessage, detached: boolean): void {
  if (sent.type === "event") {
    const { event } = sent;
    if (event.type === "kuku.playback.clear") replay.cut(event.response_id);
    if (event.type === "response.done" && event.response.status === "cancelled")
      replay.cut(event.response.id ?? "");
  }
  replay.add(sent, detached);
}

/** The session's way out: to the socket that is there, to whoever else listens, and, kept a while, to one that comes back. */

import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { TurnUsage } from "../../ports/usage.ts";
import type { CloseCode } from "../../protocol/close-codes.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { ReplyOutcome } from "../events.ts";
import type { Link, OutgoingAudio } from "../link.ts";
import {
  type AudioPosition,
  maxAudioBytes,
  type OutboundMessage,
  openReplayBuffer,
  type ReplayBuffer,
} from "./replay-buffer.ts";

/** A reply that has come to its end, told behind its `response.done`. */
export interface ReplySummary {
  readonly responseId: string;
  /** The user's item it answers, if any. */
  readonly itemId: string | undefined;
  /** Names the turn it answers as the log does; undefined: it answers nothing that was heard or typed. */
  readonly turnId: string | undefined;
  readonly outcome: ReplyOutcome;
  /** When it ended: wall-clock time, ms. */
  readonly at: number;
  /** From the end of the turn it answers, or else from its announcement, to its own end, ms. */
  readonly tookMs: number;
  /** Audio that was sent of it, ms. */
  readonly audioMs: number;
  /** The figures of `kuku.latency`, ms by name. */
  readonly latency?: Readonly<Record<string, number>>;
  /** What its engines charged for. */
  readonly usage?: TurnUsage;
  /** In the currency of the prices; absent where one is not known. */
  readonly cost?: number;
}

/** Someone beside the socket: a request that waits for its reply, a recording. Never throws, never blocks. */
export interface Listener {
  event?(event: ServerEvent): void;
  audio?(audio: OutgoingAudio): void;
  replyClosed?(replied: ReplySummary): void;
  /** Of the user's microphone. */
  userAudio?(pcm: Int16Array, rate: SampleRate): void;
  /** The client says how far its speaker is. */
  played?(responseId: string, playedMs: number): void;
  /** The session has ended; nothing comes any more. */
  closed?(): void;
  /** A request that waits for a whole reply: while it listens, nothing of a reply waits for a socket or a speaker. */
  readonly awaitsReply?: boolean;
}

/** What a client that comes back has. */
export interface ReceivedPosition {
  /** The last event it got; empty: none. */
  readonly lastEvent: string;
  readonly audioFrom?: AudioPosition;
}

/** How long audio is kept of an attached client that does not report what it plays: it has arrived by then, ms. */
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

export interface Outbound {
  send(event: ServerEvent): void;
  sendAudio(audio: OutgoingAudio): void;
  /**
   * As a link's. Without a link: a promise once enough is kept, where the session ends unless a socket comes back and no
   * listener awaits the reply; it resolves with the next socket, with such a listener, or with the session's end.
   */
  writable(): Promise<void> | undefined;
  /** Whether a listener awaits a whole reply. */
  readonly awaited: boolean;
  /** Tells listeners of what comes in. */
  notify(about: (listener: Listener) => void): void;
  /** Tells listeners, behind all that was sent. */
  replyClosed(replied: ReplySummary): void;
  /** Ends the socket, behind all that was sent. */
  close(code: CloseCode, reason: string): void;
  /**
   * Puts a socket in the place of the one before, which is left as it is. `extended`: it speaks `kuku.v1`. `anew`: it is
   * told the session from its beginning, so that what still waits is past for it.
   */
  attach(link: Link, extended: boolean, anew?: boolean): void;
  /** The socket is gone. False: it was replaced before. */
  detach(link: Link): boolean;
  /** What a client has missed, or undefined where that is no longer known. */
  missed(seen: ReceivedPosition): readonly OutboundMessage[] | undefined;
  /** Sends to the attached socket alone what was sent before. */
  replay(sent: readonly OutboundMessage[]): void;
  /** What the listener has heard need not be kept. */
  heard(responseId: string, playedMs: number, over: boolean): void;
  /** Returns the way to stop. */
  listen(listener: Listener): () => void;
  readonly link: Link | undefined;
}

type Out = (
  | OutboundMessage
  | { readonly type: "close"; readonly code: CloseCode; readonly reason: string }
  | { readonly type: "replied"; readonly replied: ReplySummary }
) & {
  /** Not for the socket that is there now. */
  readonly past?: boolean;
};

/** Opens the way out of one session. */
export function openOutbound(options: OutboundOptions): Outbound {
  const { clock } = options;
  const retained = options.keepsReplay ? openReplayBuffer() : undefined;
  const listeners = new Set<Listener>();
  let link: Link | undefined;
  let extended = false;
  let ended = false;
  /** And that was told. */
  let closed = false;
  /** Set while a `response.done` waits; what was sent since, in order. */
  let held: Out[] | undefined;
  let released: Promise<void> | undefined;
  /** Resolved once somebody takes what is sent. */
  let taken = Promise.withResolvers<void>();
  const awaited = () => {
    for (const { awaitsReply } of listeners) if (awaitsReply) return true;
    return false;
  };

  let forgetting: CancelTimer | undefined;
  const forgetLater = () => {
    if (!retained || forgetting) return;
    const { count } = retained;
    forgetting = clock.after(arrivedMs, () => {
      forgetting = undefined;
      // Without a socket nothing arrives; what is left waits for the next one.
      if (link && retained.arrived(count) && retained.audioBytes > 0) forgetLater();
    });
  };

  const toLink = (sent: OutboundMessage) => {
    if (!link) return;
    if (sent.type === "audio") link.sendAudio(sent.audio);
    else if (extended || !isExtension(sent.event)) link.send(sent.event);
  };
  const deliver = (out: Out) => {
    if (out.type === "replied") {
      for (const listener of listeners) listener.replyClosed?.(out.replied);
      return;
    }
    if (out.type === "close") {
      forgetting?.();
      link?.close(out.code, out.reason);
      for (const listener of listeners) listener.closed?.();
      listeners.clear();
      closed = true;
      taken.resolve();
      return;
    }
    if (retained) keep(retained, out, link === undefined);
    if (out.type === "audio") forgetLater();
    if (!out.past) toLink(out);
    for (const listener of listeners)
      if (out.type === "audio") listener.audio?.(out.audio);
      else listener.event?.(out.event);
  };
  const release = () => {
    const waiting = held ?? [];
    held = undefined;
    released = undefined;
    // The first is the `response.done` that waited; another one behind it waits anew.
    const [first, ...rest] = waiting;
    if (first) deliver(first);
    for (const out of rest) put(out);
  };
  const put = (out: Out) => {
    if (held) {
      held.push(out);
      return;
    }
    const wait = out.type === "event" && out.event.type === "response.done" ? options.durable?.() : undefined;
    if (!wait) return deliver(out);
    held = [out];
    released = wait.then(release, release);
  };

  return {
    send: (event) => put({ type: "event", event }),
    sendAudio: (audio) => put({ type: "audio", audio }),
    writable() {
      if (released) return released;
      if (link) return link.writable();
      if (!options.endsWithoutSocket || ended || awaited()) return undefined;
      if (!retained || retained.audioBytes < maxAudioBytes / 2) return undefined;
      return taken.promise;
    },
    get awaited() {
      return awaited();
    },
    notify(about) {
      for (const listener of listeners) about(listener);
    },
    replyClosed: (replied) => put({ type: "replied", replied }),
    close(code, reason) {
      if (ended) return;
      ended = true;
      put({ type: "close", code, reason });
    },
    attach(next, speaksExtension, anew = false) {
      if (anew) held = held?.map((out) => ({ ...out, past: true }));
      link = next;
      extended = speaksExtension;
      taken.resolve();
    },
    detach(gone) {
      if (link !== gone) return false;
      link = undefined;
      taken = Promise.withResolvers();
      return true;
    },
    missed: (seen) => retained?.since(seen.lastEvent, seen.audioFrom),
    replay(sent) {
      for (const each of sent) toLink(each);
    },
    heard: (responseId, playedMs, over) => retained?.heard(responseId, playedMs, over),
    listen(listener) {
      if (closed) listener.closed?.();
      else listeners.add(listener);
      if (listener.awaitsReply) taken.resolve();
      return () => {
        if (listeners.delete(listener) && listener.awaitsReply) taken = Promise.withResolvers();
      };
    },
    get link() {
      return link;
    },
  };
}

function isExtension(event: ServerEvent): boolean {
  return event.type.startsWith("kuku.") || event.type.startsWith("coach.");
}

/** A cancelled reply's audio is not played on, nor that of one that was told to stop. */
function keep(retained: ReplayBuffer, sent: OutboundMessage, detached: boolean): void {
  if (sent.type === "event") {
    const { event } = sent;
    if (event.type === "kuku.playback.clear") retained.cut(event.response_id);
    if (event.type === "response.done" && event.response.status === "cancelled")
      retained.cut(event.response.id ?? "");
  }
  retained.add(sent, detached);
}

/** The sending side of a resumable session: what was sent or waits, in order, kept a while for a reconnection. Pure. */
import type { ClientEvent } from "../protocol/client-events.ts";
import { joinPcm } from "./pcm-bytes.ts";

/** Input audio kept, ms, … */
export const mostAudioMs = 60_000;
/** … and bytes: as much at 48 kHz. */
const mostAudioBytes = 5_760_000;
/** Longest piece in which audio is kept and sent, ms: no server's message limit is shorter. */
export const pieceMs = 200;
/** Events kept. */
const mostEvents = 512;
/** A server's account of where an utterance ends may be this far off, ms. */
const slackMs = 5;

/** Something to be put on the socket. */
export type Outgoing =
  | { readonly type: "event"; readonly event: ClientEvent; readonly again: boolean }
  /** `ms`: its length. */
  | { readonly type: "audio"; readonly pcm: Int16Array; readonly ms: number };

/** The client's data that the server has, from `kuku.resumed`. */
export interface Taken {
  /** The server is the one that was lost, and has all before these. */
  readonly complete: boolean;
  /** Input audio, ms, as the server counts it. */
  readonly inputMs: number;
  /** `event_id` of the last event it took. */
  readonly lastEvent?: string | undefined;
  /** With `complete: false`: the session is not configured as it was when last told. */
  readonly changed?: boolean;
}

interface EventEntry {
  readonly type: "event";
  readonly id: string;
  readonly event: ClientEvent;
  /** Input audio before it, ms. */
  readonly at: number;
  sent: boolean;
  /** The server has answered it as done. */
  answered: boolean;
}

interface AudioEntry {
  readonly type: "audio";
  readonly pcm: Int16Array;
  readonly rate: number;
  /** Start within all input audio, ms. */
  readonly from: number;
}

type Entry = EventEntry | AudioEntry;

/**
 * The sending side of a resumable session. Audio and events keep the order in which they were given. Sent entries are
 * dropped from the front when room is needed; waiting ones are not, so that more is refused.
 */
export class Outbox {
  /** Prefix of the ids of events and items made here; unique among the session's clients. */
  prefix = "c";
  /** Samples a second of the audio that is given from here on, where no `session.update` says so. */
  rate = 24_000;
  #entries: Entry[] = [];
  /** The first entry that waits. */
  #next = 0;
  #audioMs = 0;
  #audioBytes = 0;
  #events = 0;
  /** Length of all input audio that was given, ms. */
  #endMs = 0;
  /** Difference between the input audio counted here and by the server, ms. */
  #behind = 0;
  #given = 0;

  /** True while an entry is not sent yet. */
  get waiting(): boolean {
    return this.#next < this.#entries.length;
  }

  /** True if the first entry that is not sent yet is audio. */
  get waitsWithAudio(): boolean {
    return this.#entries[this.#next]?.type === "audio";
  }

  /** Takes an event in; without an `event_id` it is given one. False: too many wait. */
  addEvent(handed: ClientEvent): boolean {
    const event = identified(handed, () => `${this.prefix}_${++this.#given}`);
    // A waiting report of an earlier play position is of no use any more.
    const older = this.#entries.findIndex(
      (entry, index) => index >= this.#next && isPlaybackOf(entry, event),
    );
    if (older >= 0) this.#remove(older);
    while (this.#events >= mostEvents) {
      const sent = this.#entries.findIndex((entry) => entry.type === "event");
      if (sent < 0 || sent >= this.#next) return false;
      this.#remove(sent);
    }
    this.rate = inputRate(event) ?? this.rate;
    const id = event.event_id ?? "";
    this.#entries.push({ type: "event", id, event, at: this.#endMs, sent: false, answered: false });
    this.#events++;
    return true;
  }

  /** Takes microphone samples in, copied. False: there is no room, they are lost. */
  addAudio(pcm: Int16Array): boolean {
    const { rate } = this;
    const ms = (pcm.length * 1000) / rate;
    if (!this.#hasRoom(ms, pcm.byteLength)) return false;
    for (const piece of cutPcm(pcm.slice(), rate)) {
      this.#entries.push({ type: "audio", pcm: piece, rate, from: this.#endMs });
      this.#endMs += (piece.length * 1000) / rate;
    }
    this.#audioMs += ms;
    this.#audioBytes += pcm.byteLength;
    return true;
  }

  /** The next waiting entry, now sent; adjoining audio is joined up to `mostMs`. */
  take(mostMs: number): Outgoing | undefined {
    const first = this.#entries[this.#next];
    if (!first) return undefined;
    this.#next++;
    if (first.type === "event") {
      const again = first.sent;
      first.sent = true;
      return { type: "event", event: first.event, again };
    }
    const pieces = [first.pcm];
    let ms = lengthOf(first);
    for (let more = this.#entries[this.#next]; more?.type === "audio"; more = this.#entries[this.#next]) {
      if (more.rate !== first.rate || ms + lengthOf(more) > mostMs) break;
      pieces.push(more.pcm);
      ms += lengthOf(more);
      this.#next++;
    }
    return { type: "audio", pcm: pieces.length === 1 ? first.pcm : joinPcm(pieces), ms };
  }

  /** Marks the first sent event of this type as done by the server. */
  answered(type: ClientEvent["type"]): void {
    const first = this.#entries.find(
      (entry) => entry.type === "event" && entry.event.type === type && entry.sent && !entry.answered,
    );
    if (first?.type === "event") first.answered = true;
  }

  /** After a reconnection: drops what the server has; all else waits again. */
  resume(taken: Taken): void {
    const cut = taken.inputMs + this.#behind;
    const last = this.#entries.findIndex((entry) => entry.type === "event" && entry.id === taken.lastEvent);
    const kept = this.#entries.flatMap((entry, index): Entry[] => {
      if (entry.type === "audio") return after(entry, cut);
      const owed = taken.complete ? index > last : isOwed(entry, cut, taken.changed ?? false);
      return owed ? [entry] : [];
    });
    const first = kept.find((entry) => entry.type === "audio");
    this.#behind = (first?.from ?? Math.max(this.#endMs, cut)) - taken.inputMs;
    this.#entries = kept;
    this.#next = 0;
    this.#audioMs = this.#audioBytes = this.#events = 0;
    for (const entry of kept)
      if (entry.type === "audio") {
        this.#audioMs += lengthOf(entry);
        this.#audioBytes += entry.pcm.byteLength;
      } else this.#events++;
  }

  #remove(index: number): void {
    const [entry] = this.#entries.splice(index, 1);
    if (index < this.#next) this.#next--;
    if (entry?.type === "audio") {
      this.#audioMs -= lengthOf(entry);
      this.#audioBytes -= entry.pcm.byteLength;
    } else if (entry) this.#events--;
  }

  #hasRoom(ms: number, bytes: number): boolean {
    while (this.#audioMs + ms > mostAudioMs || this.#audioBytes + bytes > mostAudioBytes) {
      if (this.#next === 0) return false;
      this.#remove(0);
    }
    return true;
  }
}

function isPlaybackOf(entry: Entry, event: ClientEvent): boolean {
  return (
    event.type === "kuku.playback" &&
    entry.type === "event" &&
    entry.event.type === "kuku.playback" &&
    entry.event.response_id === event.response_id
  );
}

/** Audio in pieces of at most `pieceMs`; views of it. */
export function cutPcm(pcm: Int16Array, rate: number): readonly Int16Array[] {
  const size = Math.max(1, Math.floor((rate * pieceMs) / 1000));
  const pieces: Int16Array[] = [];
  for (let at = 0; at < pcm.length; at += size) pieces.push(pcm.subarray(at, at + size));
  return pieces;
}

function lengthOf({ pcm, rate }: AudioEntry): number {
  return (pcm.length * 1000) / rate;
}

/** The part of a piece behind `cut` (ms of all input audio), to the sample. */
function after(entry: AudioEntry, cut: number): AudioEntry[] {
  const { pcm, rate, from } = entry;
  const skip = Math.max(0, Math.round(((cut - from) * rate) / 1000));
  if (skip === 0) return [entry];
  if (skip >= pcm.length) return [];
  return [{ ...entry, pcm: pcm.subarray(skip), from: from + (skip * 1000) / rate }];
}

/** Whether a server that took the session up from what was stored must be told an event again. */
function isOwed({ event, sent, answered, at }: EventEntry, cut: number, changed: boolean): boolean {
  switch (event.type) {
    case "kuku.playback":
      return false;
    case "session.update":
      return changed || !answered;
    case "conversation.item.create":
      // Items have ids, so that the server refuses one which is there already.
      return true;
    case "response.create":
      return !answered || at > cut + slackMs;
    case "input_audio_buffer.commit":
    case "input_audio_buffer.clear":
      return !sent || at > cut + slackMs;
    default:
      return !sent;
  }
}

/** An event with an `event_id`, a new item with an id as well. */
function identified(event: ClientEvent, newId: () => string): ClientEvent {
  const event_id = event.event_id ?? newId();
  if (event.type !== "conversation.item.create" || event.item.id !== undefined) return { ...event, event_id };
  return { ...event, event_id, item: { ...event.item, id: `item_${event_id}` } };
}

function inputRate(event: ClientEvent): number | undefined {
  if (event.type !== "session.update" || event.session.type !== "realtime") return undefined;
  const format = event.session.audio?.input?.format;
  return format?.type === "audio/pcm" ? format.rate : undefined;
}

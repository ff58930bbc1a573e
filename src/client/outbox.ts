/** Between the client and its socket: what was sent or is to be, in order, kept a while for a socket that comes back. Pure. */
import type { ClientEvent } from "../protocol/client-events.ts";

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

/** What the server says it has, as `kuku.resumed` tells. */
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
  /** Where it begins in all input audio, ms. */
  readonly from: number;
}

type Entry = EventEntry | AudioEntry;

/**
 * Opens the outbox of one session. Audio and events stay in the order in which they were given. What was sent is
 * dropped from the front when room is needed; what still waits is not, so that more of it is refused.
 */
export function openOutbox() {
  let entries: Entry[] = [];
  /** The first entry that waits. */
  let next = 0;
  let audioMs = 0;
  let audioBytes = 0;
  let events = 0;
  /** Of all input audio that was given. */
  let endMs = 0;
  /** What the server counts less than is counted here, ms. */
  let behind = 0;
  let rate = 24_000;
  let prefix = "c";
  let given = 0;

  const remove = (index: number) => {
    const [entry] = entries.splice(index, 1);
    if (index < next) next--;
    if (entry?.type === "audio") {
      audioMs -= lengthOf(entry);
      audioBytes -= entry.pcm.byteLength;
    } else if (entry) events--;
  };
  const hasRoom = (ms: number, bytes: number) => {
    while (audioMs + ms > mostAudioMs || audioBytes + bytes > mostAudioBytes) {
      if (next === 0) return false;
      remove(0);
    }
    return true;
  };
  const isPlaybackOf = (entry: Entry, event: ClientEvent) =>
    event.type === "kuku.playback" &&
    entry.type === "event" &&
    entry.event.type === "kuku.playback" &&
    entry.event.response_id === event.response_id;

  return {
    /** What the ids of events and items made here begin with: nobody else's in this session must. */
    set prefix(value: string) {
      prefix = value;
    },
    /** Samples a second of the audio that is given from here on, where no `session.update` says so. */
    get rate() {
      return rate;
    },
    set rate(value: number) {
      rate = value;
    },
    /** Whether anything waits. */
    get waiting() {
      return next < entries.length;
    },
    /** Whether what waits first is audio. */
    get waitsWithAudio() {
      return entries[next]?.type === "audio";
    },
    /** Takes an event in; without an `event_id` it is given one. False: too many wait. */
    addEvent(handed: ClientEvent): boolean {
      const event = identified(handed, () => `${prefix}_${++given}`);
      // How far a speaker was a while ago is of no use any more.
      const older = entries.findIndex((entry, index) => index >= next && isPlaybackOf(entry, event));
      if (older >= 0) remove(older);
      while (events >= mostEvents) {
        const sent = entries.findIndex((entry) => entry.type === "event");
        if (sent < 0 || sent >= next) return false;
        remove(sent);
      }
      rate = inputRate(event) ?? rate;
      const id = event.event_id ?? "";
      entries.push({ type: "event", id, event, at: endMs, sent: false, answered: false });
      events++;
      return true;
    },
    /** Takes microphone samples in, copied. False: there is no room, they are lost. */
    addAudio(pcm: Int16Array): boolean {
      const ms = (pcm.length * 1000) / rate;
      if (!hasRoom(ms, pcm.byteLength)) return false;
      for (const piece of cutPcm(pcm.slice(), rate)) {
        entries.push({ type: "audio", pcm: piece, rate, from: endMs });
        endMs += (piece.length * 1000) / rate;
      }
      audioMs += ms;
      audioBytes += pcm.byteLength;
      return true;
    },
    /** The next that waits, now sent; audio joined up to `mostMs` where it follows on itself. */
    take(mostMs: number): Outgoing | undefined {
      const first = entries[next];
      if (!first) return undefined;
      next++;
      if (first.type === "event") {
        const again = first.sent;
        first.sent = true;
        return { type: "event", event: first.event, again };
      }
      const pieces = [first.pcm];
      let ms = lengthOf(first);
      for (let more = entries[next]; more?.type === "audio"; more = entries[next]) {
        if (more.rate !== first.rate || ms + lengthOf(more) > mostMs) break;
        pieces.push(more.pcm);
        ms += lengthOf(more);
        next++;
      }
      return { type: "audio", pcm: pieces.length === 1 ? first.pcm : join(pieces), ms };
    },
    /** The server has done the first event of this type that it had not. */
    answered(type: ClientEvent["type"]): void {
      const first = entries.find(
        (entry) => entry.type === "event" && entry.event.type === type && entry.sent && !entry.answered,
      );
      if (first?.type === "event") first.answered = true;
    },
    /** A socket has come back: what the server has is dropped, all else waits again. */
    resume(taken: Taken): void {
      const cut = taken.inputMs + behind;
      const last = entries.findIndex((entry) => entry.type === "event" && entry.id === taken.lastEvent);
      const kept = entries.flatMap((entry, index): Entry[] => {
        if (entry.type === "audio") return after(entry, cut);
        const owed = taken.complete ? index > last : isOwed(entry, cut, taken.changed ?? false);
        return owed ? [entry] : [];
      });
      const first = kept.find((entry) => entry.type === "audio");
      behind = (first?.from ?? Math.max(endMs, cut)) - taken.inputMs;
      entries = kept;
      next = 0;
      audioMs = audioBytes = events = 0;
      for (const entry of kept)
        if (entry.type === "audio") {
          audioMs += lengthOf(entry);
          audioBytes += entry.pcm.byteLength;
        } else events++;
    },
  };
}

/** See `openOutbox`. */
export type Outbox = ReturnType<typeof openOutbox>;

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

/** What of a piece stands behind `cut` (ms of all input audio), to the sample. */
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
      // It has an id, so that one which is there already is refused.
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
  return { ...event, event_id, item: { ...event.item, id: itemIdOf(event_id) } };
}

function itemIdOf(eventId: string): string {
  return `item_${eventId}`;
}

function inputRate(event: ClientEvent): number | undefined {
  if (event.type !== "session.update" || event.session.type !== "realtime") return undefined;
  const format = event.session.audio?.input?.format;
  return format?.type === "audio/pcm" ? format.rate : undefined;
}

function join(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

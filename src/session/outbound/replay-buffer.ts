/**
 * Replay buffer for a socket that comes back: the latest events and the reply audio that was not heard yet, bounded.
 */
import type { Item } from "../../protocol/items.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { OutgoingAudio } from "../link.ts";

/** One thing that left the session. */
export type OutboundMessage =
  | { readonly type: "event"; readonly event: ServerEvent }
  | { readonly type: "audio"; readonly audio: OutgoingAudio };

/** The next sample of reply audio that a client needs. */
export interface AudioPosition {
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  /** Within that response. */
  readonly sample: number;
}

/** Events kept; the oldest goes first. A turn has some twenty. */
const maxEvents = 400;
/** Events kept of those that have arrived: a client may have fewer than its socket, such as one that a proxy stands before. */
const maxArrivedEvents = 20;
/** Audio kept of a client that reports what it plays; what was heard is let go long before this, bytes (30 s at 24 kHz). */
export const maxAudioBytes = 1_440_000;
/**
 * Audio kept of a client that does not, or has not yet: what a dropped socket may have swallowed, which is most of a reply
 * that left as fast as it was made, bytes (10 s at 24 kHz).
 */
const maxUnreportedBytes = 480_000;

/**
 * Values with their places among all that was sent, oldest first. Places have an array of their own: with an object
 * around each value, thousands of sessions would keep as much for the places as for the events.
 */
class Numbered<T> {
  readonly values: T[] = [];
  readonly places: number[] = [];

  get length(): number {
    return this.values.length;
  }

  push(place: number, value: T): void {
    this.places.push(place);
    this.values.push(value);
  }

  shift(): T | undefined {
    this.places.shift();
    return this.values.shift();
  }

  /** Removes the oldest `count` values. */
  drop(count: number): void {
    this.places.splice(0, count);
    this.values.splice(0, count);
  }

  /** Removes the values that do not fulfil `wanted`. */
  keep(wanted: (value: T) => boolean): void {
    let kept = 0;
    for (const [i, value] of this.values.entries()) {
      if (!wanted(value)) continue;
      this.values[kept] = value;
      this.places[kept++] = this.places[i]!;
    }
    this.values.length = this.places.length = kept;
  }
}

/** Keeps the latest messages of a session for a socket that comes back. */
export class ReplayBuffer {
  readonly #events = new Numbered<ServerEvent>();
  readonly #audio = new Numbered<OutgoingAudio>();
  #count = 0;
  #audioBytes = 0;
  /** Events were dropped for their number. */
  #truncated = false;
  /** The client reports what it plays. */
  #reports = false;
  /** The last audio that was dropped while nobody could take it. */
  #lost: OutgoingAudio | undefined;

  /** Messages added so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of audio kept. */
  get audioBytes(): number {
    return this.#audioBytes;
  }

  /** `detached`: no socket takes it meanwhile, so that more of it is kept. */
  add(message: OutboundMessage, detached: boolean): void {
    if (message.type === "event") {
      this.#events.push(this.#count++, withoutAudio(message.event));
      if (this.#events.length > maxEvents) this.#dropEvents(1);
      return;
    }
    this.#audio.push(this.#count++, message.audio);
    this.#audioBytes += message.audio.bytes.length;
    const limit = detached || this.#reports ? maxAudioBytes : maxUnreportedBytes;
    while (this.#audioBytes > limit && this.#audio.length > 1) {
      if (detached) this.#lost = this.#audio.values[0];
      this.#dropFirst();
    }
  }

  /** Drops audio that the client has played; responses are played in order. `over`: it plays no more of this one. */
  heard(responseId: string, playedMs: number, over: boolean): void {
    this.#reports = true;
    const { values } = this.#audio;
    const last = values.findLastIndex((audio) => audio.responseId === responseId);
    const next = values.findIndex(
      (audio) => audio.responseId === responseId && !over && endMs(audio) > playedMs,
    );
    for (let left = next < 0 ? last + 1 : next; left > 0; left--) this.#dropFirst();
  }

  /**
   * Drops what came before message number `upTo`: all but the latest events, and audio, where the client does not report
   * what it plays.
   */
  arrived(upTo: number): void {
    const { places } = this.#events;
    const later = places.length - (places.findLastIndex((place) => place < upTo) + 1);
    this.#dropEvents(places.length - later - maxArrivedEvents);
    this.expire(upTo);
  }

  /** Drops audio before message number `upTo`, where the client does not report what it plays. Returns false where it does. */
  expire(upTo: number): boolean {
    while (!this.#reports && (this.#audio.places[0] ?? upTo) < upTo) this.#dropFirst();
    return !this.#reports;
  }

  /** The audio of a response that is kept, in order. */
  audioOf(responseId: string): OutgoingAudio[] {
    return this.#audio.values.filter((audio) => audio.responseId === responseId);
  }

  /** Drops the audio of a response of which nothing more will be played. */
  cut(responseId: string): void {
    this.#audio.keep((audio) => audio.responseId !== responseId);
    this.#audioBytes = this.#audio.values.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /**
   * Messages after an event, in order: events behind it, and audio from `from` on, or all audio kept. Undefined: the
   * event is too long ago or not of this session, or wanted audio was dropped while no socket took it.
   */
  since(lastEvent: string, from: AudioPosition | undefined): OutboundMessage[] | undefined {
    const events = this.#events;
    const audio = this.#audio;
    const seen = events.values.findIndex((event) => event.event_id === lastEvent);
    if (seen < 0 && (this.#truncated || lastEvent !== "")) return undefined;
    if (this.#lost && isWanted(this.#lost, from)) return undefined;
    const missed: OutboundMessage[] = [];
    let next = 0;
    const addAudioBefore = (place: number) => {
      for (; (audio.places[next] ?? place) < place; next++)
        if (isWanted(audio.values[next]!, from)) missed.push({ type: "audio", audio: audio.values[next]! });
    };
    for (let i = seen + 1; i < events.length; i++) {
      addAudioBefore(events.places[i]!);
      missed.push({ type: "event", event: events.values[i]! });
    }
    addAudioBefore(this.#count);
    return missed;
  }

  #dropEvents(count: number): void {
    if (count <= 0) return;
    this.#events.drop(count);
    this.#truncated = true;
  }

  #dropFirst(): void {
    const first = this.#audio.shift();
    if (first) this.#audioBytes -= first.bytes.length;
  }
}

function endMs({ startSample, samples, rate }: OutgoingAudio): number {
  return ((startSample + samples) * 1000) / rate;
}

/** Whole chunks go again; their header says where they belong, so that a client drops what it has. */
function isWanted(audio: OutgoingAudio, from: AudioPosition | undefined): boolean {
  if (!from || audio.responseNumber > from.responseNumber) return true;
  const end = audio.startSample + audio.samples;
  return audio.responseNumber === from.responseNumber && end > from.sample;
}

/** An item's audio can be asked for again; kept here it would outgrow all else. */
function withoutAudio(event: ServerEvent): ServerEvent {
  if (event.type !== "conversation.item.retrieved" || event.item.type !== "message") return event;
  const content = event.item.content.map((part) => ("audio" in part ? { ...part, audio: undefined } : part));
  return { ...event, item: { ...event.item, content } as Item };
}

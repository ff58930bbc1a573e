/** The user's own utterances, as the microphone gave them: kept in the page, to be heard again. */
import type { ServerEvent } from "../../src/protocol/server-events.ts";
import { cutWav } from "./cut-wav.ts";

/** Longest stretch that is looked back at, s: an utterance holds 60, and its end is told later. */
const keptSeconds = 90;
/** Utterances kept: a round and its second tries. */
const keptUtterances = 40;

/** Keeps what is sent to the server, and cuts it into utterances by what the server says of them. */
export class OwnRecordings {
  /** Samples per second. */
  rate = 16_000;
  #frames: Int16Array[] = [];
  /** Index of the first kept sample, and of the one after the last, of all that was sent. */
  #from = 0;
  #end = 0;
  /** Start of the utterance under way. */
  #begun = 0;
  readonly #utterances = new Map<string, Int16Array>();
  /** A turn that is longer than an utterance holds is committed in parts; those of the turn under way. */
  #turn: readonly string[] = [];
  /** The parts of a turn up to each of its utterances, itself included. */
  readonly #turns = new Map<string, readonly string[]>();

  /** Takes in samples that were sent. */
  add(pcm: Int16Array): void {
    this.#frames.push(pcm);
    this.#end += pcm.length;
    while (this.#end - this.#from > keptSeconds * this.rate)
      this.#from += this.#frames.shift()?.length ?? Number.POSITIVE_INFINITY;
  }

  /** Notes that an utterance begins here (push to talk). */
  begin(): void {
    this.#begun = this.#end;
    this.#turn = [];
  }

  follow(event: ServerEvent): void {
    // The server's clock counts what it was sent.
    if (event.type === "input_audio_buffer.speech_started") {
      this.#begun = Math.min(this.#end, Math.round((event.audio_start_ms * this.rate) / 1000));
      this.#turn = [];
    }
    if (event.type !== "input_audio_buffer.committed") return;
    this.#utterances.set(event.item_id, this.#cut(this.#begun, this.#end));
    this.#turn = [...this.#turn, event.item_id];
    this.#turns.set(event.item_id, this.#turn);
    this.#begun = this.#end;
    const [oldest] = this.#utterances.keys();
    if (this.#utterances.size <= keptUtterances || oldest === undefined) return;
    this.#utterances.delete(oldest);
    this.#turns.delete(oldest);
  }

  has(itemId: string): boolean {
    return this.#utterances.has(itemId);
  }

  /** Returns an utterance, or a part of it, ms, as a WAV file; undefined: it is not kept. */
  wav(itemId: string, startMs?: number, endMs?: number): Blob | undefined {
    const whole = this.#utterances.get(itemId);
    return whole && cutWav(whole, this.rate, startMs, endMs);
  }

  /** Returns a part of the turn that an utterance ends or goes on, ms from the turn's start; undefined: it is not kept. */
  ofTurn(itemId: string, startMs?: number, endMs?: number): Blob | undefined {
    const parts = this.#turns.get(itemId)?.map((part) => this.#utterances.get(part)) ?? [];
    const kept = parts.flatMap((part) => part ?? []);
    if (kept.length === 0 || kept.length < parts.length) return this.wav(itemId, startMs, endMs);
    return cutWav(joinSamples(kept), this.rate, startMs, endMs);
  }

  #cut(start: number, end: number): Int16Array {
    const from = Math.max(start, this.#from);
    const whole = new Int16Array(Math.max(0, end - from));
    let at = this.#from;
    for (const frame of this.#frames) {
      const skip = Math.max(0, from - at);
      if (skip < frame.length)
        whole.set(frame.subarray(skip, Math.min(frame.length, end - at)), Math.max(0, at - from));
      at += frame.length;
    }
    return whole;
  }
}

function joinSamples(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

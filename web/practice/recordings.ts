/** The user's own utterances, as the microphone gave them: kept in the page, to be heard again. */
import type { ServerEvent } from "../../src/protocol/server-events.ts";
import { cutWav } from "./cut-wav.ts";

/** Longest stretch that is looked back at, s. */
const keptSeconds = 60;
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
  }

  follow(event: ServerEvent): void {
    // The server's clock counts what it was sent.
    if (event.type === "input_audio_buffer.speech_started")
      this.#begun = Math.min(this.#end, Math.round((event.audio_start_ms * this.rate) / 1000));
    if (event.type !== "input_audio_buffer.committed") return;
    this.#utterances.set(event.item_id, this.#cut(this.#begun, this.#end));
    this.#begun = this.#end;
    const [oldest] = this.#utterances.keys();
    if (this.#utterances.size > keptUtterances && oldest !== undefined) this.#utterances.delete(oldest);
  }

  has(itemId: string): boolean {
    return this.#utterances.has(itemId);
  }

  /** Returns an utterance, or a part of it, ms, as a WAV file; undefined: it is not kept. */
  wav(itemId: string, startMs?: number, endMs?: number): Blob | undefined {
    const whole = this.#utterances.get(itemId);
    return whole && cutWav(whole, this.rate, startMs, endMs);
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

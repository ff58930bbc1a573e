/** A session's recording on its way to the audio objects: written while the session goes on, never waited for by it. */
import type { Clock } from "../../lib/clock.ts";
import type { SampleRate } from "../../ports/audio.ts";
import {
  eraseRecording,
  type JoinedRecording,
  joinRecording,
  partKey,
  type RecordingObjects,
} from "./parts.ts";
import { openTwoTrack, type TwoTrack, type TwoTrackOptions } from "./two-track.ts";
import { encodeSamples, frameBytes, type RecordingCoding, wavHeader } from "./wav-file.ts";

export interface RecordingOptions extends TwoTrackOptions {
  readonly objects: RecordingObjects;
  /** Where it will be found; ends in `.wav`. */
  readonly key: string;
  readonly clock: Clock;
  /** Default `pcm16`. */
  readonly coding?: RecordingCoding;
  /**
   * Length of a part, ms. Default 10,000. A killed process loses at most one part and a second, what was not final yet
   * (`settleMs`), and what still waited for a slow store.
   */
  readonly partMs?: number;
  /**
   * How far behind the clock audio becomes final, ms. Default 3,000. A stall of the network that is shorter moves nothing,
   * and a barge-in told later than this has been recorded as heard.
   */
  readonly settleMs?: number;
  /** Longest recording, ms; nothing is recorded beyond it. Default 4 hours (0.9 GB as `pcm16`). */
  readonly longestMs?: number;
  /** Told once when parts cannot be written, or not as fast as they come; the recording ends there. */
  readonly onFailed?: (error: unknown) => void;
}

/** All times are those of the clock's `now()`. Nothing here waits, nor throws once the recording has ended. */
export interface SessionRecording
  extends Pick<TwoTrack, "user" | "coach" | "cutCoach" | "holdCoach" | "releaseCoach"> {
  readonly key: string;
  /** Audio that could not be placed, ms. */
  readonly lost: TwoTrack["lost"];
  /**
   * Ends the recording and joins its parts. Undefined when it is empty. After a failure what was written until then
   * is joined. @throws as `joinRecording`, which can be called later on the same key. An abort breaks off the part that is
   * being written, too.
   */
  finish(options?: { signal?: AbortSignal }): Promise<JoinedRecording | undefined>;
  /** Ends the recording and erases it. */
  discard(): Promise<void>;
}

const tickMs = 1000;
/** Parts that may wait to be written; at 16 kHz PCM they are 640 kB each. */
const mostWaiting = 6;

/** Begins to record; time begins now. Ends with `finish` or `discard`. @throws RangeError on a rate out of range. */
export async function openRecording(options: RecordingOptions): Promise<SessionRecording> {
  const { objects, key, clock, settleMs = 3000, longestMs = 4 * 3_600_000 } = options;
  const tracks = await openTwoTrack(options);
  const begun = clock.now();
  const writer = new PartWriter(options, tracks.rate, () => stop());
  let ended = false;
  let cancelTick = clock.after(tickMs, tick);
  /** Milliseconds of the recording. */
  const at = (ms: number) => Math.min(ms - begun, longestMs);

  function tick(): void {
    for (const piece of tracks.advance(at(clock.now() - settleMs))) writer.write(piece);
    if (!ended) cancelTick = clock.after(tickMs, tick);
  }
  function stop(): void {
    if (ended) return;
    ended = true;
    cancelTick();
    const rest = tracks.end(at(clock.now()));
    if (!writer.failed) for (const piece of rest) writer.write(piece);
  }
  const placed = (place: (pcm: Int16Array, rate: SampleRate, atMs: number) => void) => {
    return (pcm: Int16Array, rate: SampleRate, atMs: number) => {
      if (!ended) place(pcm, rate, atMs - begun);
    };
  };
  const timed = (change: (atMs: number) => void) => (atMs: number) => {
    if (!ended) change(atMs - begun);
  };
  return {
    key,
    user: placed(tracks.user),
    coach: placed(tracks.coach),
    cutCoach: timed(tracks.cutCoach),
    holdCoach: timed(tracks.holdCoach),
    releaseCoach: timed(tracks.releaseCoach),
    get lost() {
      return tracks.lost;
    },
    async finish(finishing = {}) {
      stop();
      const { signal } = finishing;
      const abandon = () => writer.abandon(signal?.reason);
      signal?.addEventListener("abort", abandon, { once: true });
      await writer.end();
      signal?.removeEventListener("abort", abandon);
      return joinRecording(objects, key, finishing);
    },
    async discard() {
      stop();
      writer.abandon(new Error("the recording was discarded"));
      await writer.end();
      await eraseRecording(objects, key);
    },
  };
}

/** Gathers samples into parts and writes one part after another. */
class PartWriter {
  readonly #options: RecordingOptions;
  readonly #rate: SampleRate;
  readonly #coding: RecordingCoding;
  /** Samples of a part, as bytes. */
  readonly #partBytes: number;
  readonly #onFailed: () => void;
  readonly #abort = new AbortController();
  #gathered: Uint8Array[] = [];
  #length = 0;
  #waiting: Uint8Array[] = [];
  #written = 0;
  #writing: Promise<void> | undefined;
  #over = false;

  constructor(options: RecordingOptions, rate: SampleRate, onFailed: () => void) {
    const { coding = "pcm16", partMs = 10_000 } = options;
    this.#options = options;
    this.#rate = rate;
    this.#coding = coding;
    this.#partBytes = Math.round((partMs * rate) / 1000) * frameBytes(coding);
    this.#onFailed = onFailed;
  }

  /** Whether nothing more will be written. */
  get failed(): boolean {
    return this.#over;
  }

  write(interleaved: Int16Array): void {
    if (this.#over) return;
    let bytes = encodeSamples(this.#coding, interleaved);
    while (this.#length + bytes.length >= this.#partBytes) {
      const room = this.#partBytes - this.#length;
      this.#gather(bytes.subarray(0, room));
      bytes = bytes.subarray(room);
      this.#close();
    }
    this.#gather(bytes);
  }

  /** Writes what has been gathered; resolves once nothing is being written any more. */
  async end(): Promise<void> {
    if (this.#length > 0 && !this.#over) this.#close();
    await this.#writing;
    this.#over = true;
  }

  /** Writes nothing more, and breaks off what is being written. */
  abandon(reason: unknown): void {
    this.#giveUp();
    this.#abort.abort(reason);
  }

  /** Writes nothing more than what is being written. */
  #giveUp(): void {
    this.#over = true;
    this.#gathered = [];
    this.#waiting = [];
    this.#length = 0;
  }

  #gather(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#gathered.push(bytes);
    this.#length += bytes.length;
  }

  #close(): void {
    const header = wavHeader({ rate: this.#rate, coding: this.#coding }, this.#length);
    const part = Buffer.concat([header, ...this.#gathered]);
    this.#gathered = [];
    this.#length = 0;
    this.#waiting.push(part);
    if (this.#waiting.length > mostWaiting) this.#fail(new Error("recordings are written too slowly"));
    else this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { objects, key } = this.#options;
    try {
      for (let part = this.#waiting.shift(); part; part = this.#waiting.shift())
        await objects.put(partKey(key, this.#written++), part, { signal: this.#abort.signal });
    } catch (error) {
      this.#fail(error);
    }
    this.#writing = undefined;
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#giveUp();
    this.#onFailed();
    this.#options.onFailed?.(error);
  }
}

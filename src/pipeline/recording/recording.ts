/** A session's recording on its way to the audio objects, written beside the session, which never waits for it. */
import { onAbort } from "../../lib/abort.ts";
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
import { encodeSamples, frameBytes, type RecordingCoding, recordingHeader } from "./wav-file.ts";

export interface RecordingOptions extends TwoTrackOptions {
  readonly objects: RecordingObjects;
  /** The audio object's key; ends in `.wav`. */
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
   * Age at which audio becomes final, ms. Default 3,000. A stall of the network that is shorter moves nothing, and a
   * barge-in reported later than this has been recorded as played.
   */
  readonly settleMs?: number;
  /** Longest recording, ms; nothing is recorded beyond it. Default 4 hours (0.9 GB as `pcm16`). */
  readonly longestMs?: number;
  /** Called once when parts cannot be written, or not as fast as they come; the recording ends there. */
  readonly onFailed?: (error: unknown) => void;
}

const tickMs = 1000;
/** Parts that may wait to be written, 640 kB each at 16 kHz PCM; beyond, the recording fails. */
const maxWaitingParts = 6;

/** Begins to record; time begins now. Ends with `finish` or `discard`. @throws RangeError on a rate out of range. */
export async function openRecording(options: RecordingOptions): Promise<SessionRecording> {
  return new SessionRecording(options, await openTwoTrack(options));
}

/** A recording under way. Times are those of the clock's `now()`. Nothing here waits, nor throws once it has ended. */
export class SessionRecording {
  readonly key: string;
  readonly #options: RecordingOptions;
  readonly #tracks: TwoTrack;
  readonly #writer: PartWriter;
  /** Time at which the recording began, by the clock. */
  readonly #begun: number;
  #ended = false;
  #cancelTick: () => void;

  constructor(options: RecordingOptions, tracks: TwoTrack) {
    const { key, clock } = options;
    this.key = key;
    this.#options = options;
    this.#tracks = tracks;
    this.#writer = new PartWriter(options, tracks.rate, () => this.#stop());
    this.#begun = clock.now();
    this.#cancelTick = clock.after(tickMs, () => this.#tick());
  }

  /** Audio that could not be placed, ms. */
  get lost(): TwoTrack["lost"] {
    return this.#tracks.lost;
  }

  /** As `TwoTrack.user`. */
  user(pcm: Int16Array, rate: SampleRate, atMs: number): void {
    if (!this.#ended) this.#tracks.user(pcm, rate, atMs - this.#begun);
  }

  /** As `TwoTrack.coach`. */
  coach(pcm: Int16Array, rate: SampleRate, atMs: number): void {
    if (!this.#ended) this.#tracks.coach(pcm, rate, atMs - this.#begun);
  }

  /** As `TwoTrack.cutCoach`. */
  cutCoach(atMs: number): void {
    if (!this.#ended) this.#tracks.cutCoach(atMs - this.#begun);
  }

  /** As `TwoTrack.holdCoach`. */
  holdCoach(atMs: number): void {
    if (!this.#ended) this.#tracks.holdCoach(atMs - this.#begun);
  }

  /** As `TwoTrack.releaseCoach`. */
  releaseCoach(atMs: number): void {
    if (!this.#ended) this.#tracks.releaseCoach(atMs - this.#begun);
  }

  /**
   * Ends the recording and joins its parts. Undefined when it is empty. After a failure, the parts written until then are
   * joined. An abort breaks off the part being written, too.
   * @throws as `joinRecording`, which can be called later on the same key.
   */
  async finish(options: { signal?: AbortSignal } = {}): Promise<JoinedRecording | undefined> {
    this.#stop();
    const { signal } = options;
    // With a signal aborted before, what was gathered is still written, for a later joining.
    const unlink = signal?.aborted === false && onAbort(signal, () => this.#writer.abandon(signal.reason));
    await this.#writer.end();
    if (unlink) unlink();
    return joinRecording(this.#options.objects, this.key, options);
  }

  /** Ends the recording and erases it. */
  async discard(): Promise<void> {
    this.#stop();
    this.#writer.abandon(new Error("the recording was discarded"));
    await this.#writer.end();
    await eraseRecording(this.#options.objects, this.key);
  }

  #tick(): void {
    const { clock, settleMs = 3000 } = this.#options;
    for (const piece of this.#tracks.advance(this.#recordedMs(clock.now() - settleMs)))
      this.#writer.write(piece);
    if (!this.#ended) this.#cancelTick = clock.after(tickMs, () => this.#tick());
  }

  #stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTick();
    const rest = this.#tracks.end(this.#recordedMs(this.#options.clock.now()));
    if (!this.#writer.failed) for (const piece of rest) this.#writer.write(piece);
  }

  /** Milliseconds of the recording at a time of the clock, up to the longest recording. */
  #recordedMs(clockMs: number): number {
    return Math.min(clockMs - this.#begun, this.#options.longestMs ?? 4 * 3_600_000);
  }
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
      const free = this.#partBytes - this.#length;
      this.#gather(bytes.subarray(0, free));
      bytes = bytes.subarray(free);
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
    const header = recordingHeader({ rate: this.#rate, coding: this.#coding }, this.#length);
    const part = Buffer.concat([header, ...this.#gathered]);
    this.#gathered = [];
    this.#length = 0;
    this.#waiting.push(part);
    if (this.#waiting.length > maxWaitingParts) this.#fail(new Error("recordings are written too slowly"));
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

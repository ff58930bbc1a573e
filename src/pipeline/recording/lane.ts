/** One stream of audio resampled to the recording's rate, each sample at its place. */
import type { SampleRate } from "../../ports/audio.ts";
import { createResampler, type Resampler } from "../audio/resample.ts";

/** Takes samples at the recording's rate, and the place of the first. */
export type Emit = (at: number, pcm: Int16Array) => void;

/** Places are counted in samples at the recording's rate. Within a stream they follow from its own samples alone. */
export class Lane {
  readonly #resamplers: ReadonlyMap<SampleRate, Resampler>;
  readonly #rate: SampleRate;
  readonly #emit: Emit;
  #anchor = 0;
  #from: SampleRate;
  #taken = 0;
  #made = 0;
  #flowing = false;

  constructor(resamplers: ReadonlyMap<SampleRate, Resampler>, rate: SampleRate, emit: Emit) {
    this.#resamplers = resamplers;
    this.#rate = rate;
    this.#from = rate;
    this.#emit = emit;
  }

  /** Place of the next sample, with fractions. */
  get position(): number {
    return this.#anchor + (this.#taken * this.#rate) / this.#from;
  }

  /** Place after the last emitted sample; audio between it and the position waits in the resampler. */
  get emitted(): number {
    return this.#anchor + this.#made;
  }

  /** Ends the stream; the next one begins at `at`. */
  moveTo(at: number): void {
    this.flush();
    this.#anchor = Math.round(at);
    this.#taken = this.#made = 0;
  }

  /** Continues the stream, or begins one where the last ended. There must be a resampler for the rate. */
  append(pcm: Int16Array, rate: SampleRate): void {
    if (rate !== this.#from) {
      this.moveTo(this.position);
      this.#from = rate;
    }
    this.#flowing = true;
    this.#taken += pcm.length;
    this.#emitNext(this.#resampler.process(pcm));
  }

  /** Emits what waits in the resampler. */
  flush(): void {
    if (this.#flowing) this.#emitNext(this.#resampler.flush());
    this.#flowing = false;
    // A resampler that begins anew counts from a whole sample.
    this.#anchor = Math.round(this.position);
    this.#taken = this.#made = 0;
  }

  #emitNext(pcm: Int16Array): void {
    if (pcm.length > 0) this.#emit(this.#anchor + this.#made, pcm);
    this.#made += pcm.length;
  }

  get #resampler(): Resampler {
    return this.#resamplers.get(this.#from)!;
  }
}

/** Resamplers from each of `rates` to `rate`, for one lane. */
export async function openResamplers(
  rates: readonly SampleRate[],
  rate: SampleRate,
): Promise<ReadonlyMap<SampleRate, Resampler>> {
  const made = new Map<SampleRate, Resampler>();
  for (const from of rates) made.set(from, await createResampler(from, rate));
  return made;
}

/** Finds the echo's delay, from the loudspeaker to the microphone: correlation of band levels over all delays. */
import { bandCount, silentBand } from "./band-levels.ts";
import { fromSteps } from "./loudspeaker.ts";

/** Range of delays, reference frames of 10 ms; below 0 the loudspeaker runs ahead of its assumed position. */
export const earliest = -10;
export const latest = 90;
const lagStep = 2;
const lags = (latest - earliest) / lagStep;
/** Share of the sums left a frame later: 0.4 s are weighed. */
const kept = 0.95;
/** Delays beside the best that belong to the same peak. */
const peakWidth = 3;
/** Noise in one band, dB under that in all of them; and how fast peaks are forgotten, dB a frame. */
const bandNoiseDb = 8;
const fadeDb = 0.1;
/** Assumed distance of the microphone's peaks from its noise, dB. */
const range = { least: 12, most: 45 };

/** Scratch that all sessions share; nothing here is re-entered. */
const microphone = new Float32Array(bandCount);
const likenesses = new Float32Array(lags);

/** Weighted sums over the last frames of sound, from which the likeness at each delay follows. */
export class DelaySearch {
  /** Correlation (0–1) at the best delay, and the highest away from it; the best delay in reference frames. */
  best = 0;
  second = 0;
  delay = 0;
  /** The loudest band of late, of the reference and of the microphone, dB. */
  #referencePeak = -35;
  #peak = silentBand;
  #weight = 0;
  #power = 0;
  readonly #sums = new Float64Array(bandCount);
  readonly #referenceSums = new Float64Array(lags * bandCount);
  readonly #products = new Float64Array(lags);
  readonly #powers = new Float64Array(lags);

  /** Begins anew. */
  forget(): void {
    this.#weight = this.#power = 0;
    for (const sums of [this.#sums, this.#referenceSums, this.#products, this.#powers]) sums.fill(0);
  }

  /** Takes the loudest band of another reference frame, dB. */
  referenceLoudness(db: number): void {
    this.#referencePeak = Math.max(db, this.#referencePeak - fadeDb / 4);
  }

  /**
   * Takes a frame of the microphone: its band levels, and its noise (dBFS). The reference frame that is `lag` frames older
   * begins at `slotOf(lag)` of `reference`, in steps.
   */
  add(levels: Float32Array, noiseDb: number, slotOf: (lag: number) => number, reference: Uint8Array): void {
    const spread = this.#addMicrophone(levels, noiseDb - bandNoiseDb);
    // A reference fainter than the microphone's noise does not show in it.
    const audible = Math.min(range.most, Math.max(range.least, this.#peak - (noiseDb - bandNoiseDb)));
    const bottom = this.#referencePeak - audible;
    this.best = this.second = 0;
    let bestLag = 0;
    for (let lag = 0; lag < lags; lag++) {
      const likeness = this.#likenessAt(lag, slotOf(lag * lagStep + earliest), reference, { bottom, spread });
      likenesses[lag] = likeness;
      if (likeness <= this.best) continue;
      this.best = likeness;
      bestLag = lag;
    }
    this.delay = bestLag * lagStep + earliest;
    for (let lag = 0; lag < lags; lag++)
      if (Math.abs(lag - bestLag) > peakWidth) this.second = Math.max(this.second, likenesses[lag]!);
  }

  /** Adds to the microphone's sums; returns the spread about its mean in each band. */
  #addMicrophone(levels: Float32Array, noise: number): number {
    this.#weight = kept * this.#weight + 1;
    this.#power *= kept;
    this.#peak -= fadeDb;
    let squares = 0;
    for (let band = 0; band < bandCount; band++) {
      const level = Math.max(levels[band]!, noise);
      this.#peak = Math.max(this.#peak, level);
      microphone[band] = level;
      const sum = kept * this.#sums[band]! + level;
      this.#sums[band] = sum;
      this.#power += level * level;
      squares += sum * sum;
    }
    return this.#power - squares / this.#weight;
  }

  #likenessAt(
    lag: number,
    slot: number,
    reference: Uint8Array,
    { bottom, spread }: { bottom: number; spread: number },
  ): number {
    const row = lag * bandCount;
    let product = kept * this.#products[lag]!;
    let power = kept * this.#powers[lag]!;
    let crossed = 0;
    let squared = 0;
    for (let band = 0; band < bandCount; band++) {
      const level = Math.max(bottom, fromSteps(reference[slot + band]!));
      const sum = kept * this.#referenceSums[row + band]! + level;
      this.#referenceSums[row + band] = sum;
      product += microphone[band]! * level;
      power += level * level;
      crossed += this.#sums[band]! * sum;
      squared += sum * sum;
    }
    this.#products[lag] = product;
    this.#powers[lag] = power;
    const together = product - crossed / this.#weight;
    return together > 0 ? together / Math.sqrt(Math.max((power - squared / this.#weight) * spread, 1)) : 0;
  }
}

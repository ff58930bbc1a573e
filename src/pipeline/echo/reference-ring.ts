/** The last 1.6 s of what the loudspeaker plays, as band levels by frames of the clock. Part of the echo guard. */
import { bandCount, silentBand } from "./band-levels.ts";
import { fromSteps, type Loudspeaker, referenceFrameMs } from "./loudspeaker.ts";

/** Frames in hand. */
const ring = 160;
/** Frames so new that more of them may come to be known. */
const settled = 5;
/** Decay of an echo in a room, dB per frame (a reverberation time of 0.6 s). */
const decayDb = 1;

/** Power of each level in steps. */
const powers = Float64Array.from({ length: 256 }, (_, steps) => 10 ** (fromSteps(steps) / 10));

/** Band levels of the reference, in steps, dry and with the room's reverberation; a frame is counted from clock time 0. */
export class ReferenceRing {
  readonly levels = new Uint8Array(ring * bandCount);
  readonly #reverberant = new Uint8Array(ring * bandCount);
  /** Level of each frame in all bands together, dry, dB. */
  readonly #loudness = new Float32Array(ring).fill(silentBand);
  /** The newest frame that will not change any more. */
  #newest = Number.NEGATIVE_INFINITY;

  /** Looks up the frames up to `last` that are not in hand yet; `onFrame` is told the loudest band of each, dB. */
  fetch(loudspeaker: Loudspeaker, last: number, onFrame: (loudestDb: number) => void): void {
    const first = Math.max(this.#newest + 1, last - ring + 1);
    if (this.#newest < first - 1) this.#reverberant.fill(0);
    for (let frame = first; frame <= last; frame++) {
      const slot = this.slotOf(frame);
      const before = this.slotOf(frame - 1);
      loudspeaker.levels(frame * referenceFrameMs, this.levels, slot);
      let loudest = 0;
      let power = 0;
      for (let band = 0; band < bandCount; band++) {
        const level = this.levels[slot + band]!;
        this.#reverberant[slot + band] = Math.max(level, this.#reverberant[before + band]! - 2 * decayDb);
        loudest = Math.max(loudest, level);
        power += powers[level]!;
      }
      this.#loudness[slot / bandCount] = loudnessOf(power);
      onFrame(fromSteps(loudest));
    }
  }

  /** Frames up to this one are final; newer ones are looked up again. */
  settle(frame: number): void {
    this.#newest = Math.max(this.#newest, frame - settled);
  }

  /** Index of the frame's first band in `levels`. */
  slotOf(frame: number): number {
    return (((frame % ring) + ring) % ring) * bandCount;
  }

  /** Level of a frame in all bands together, without reverberation, dB. */
  loudness(frame: number): number {
    return this.#loudness[this.slotOf(frame) / bandCount]!;
  }

  /** Returns the loudness with reverberation. */
  reverberantLoudness(frame: number): number {
    const slot = this.slotOf(frame);
    let power = 0;
    for (let band = 0; band < bandCount; band++) power += powers[this.#reverberant[slot + band]!]!;
    return loudnessOf(power);
  }

  /** Writes the highest levels of the frames from `first` to `last`, reverberation included, into `out`, dB. */
  highest(first: number, last: number, out: Float32Array): void {
    out.fill(0);
    for (let frame = first; frame <= last; frame++) {
      const slot = this.slotOf(frame);
      for (let band = 0; band < bandCount; band++)
        if (this.#reverberant[slot + band]! > out[band]!) out[band] = this.#reverberant[slot + band]!;
    }
    for (let band = 0; band < bandCount; band++) out[band] = fromSteps(out[band]!);
  }
}

function loudnessOf(power: number): number {
  return 10 * Math.log10(power + 1e-12);
}

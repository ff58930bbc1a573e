/** Gain of the echo by band, learned from frames that were echo alone; tells frames that stand out from it. Part of the echo guard. */
import { bandCount } from "./band-levels.ts";

/** Below this a band holds nothing but noise, dB. */
export const quietest = -72;
/** dB over the predicted echo that a band must have, and the number of bands that must. */
const marginDb = 8;
const bandsNeeded = 4;
/** Frames of echo after which its gain is known in each band; until then it is their mean. */
const learnedFrames = 25;
/** Uncertainty of the gain by one frame, dB, gone as they grow in number. */
const uncertainDb = 24;
/** Frames that stand out though they are like the reference, after which the gain must have changed. */
const changedFrames = 20;

export class EchoGain {
  /** Gain by band, dB: an upper envelope. */
  readonly #gain = new Float32Array(bandCount);
  #frames = 0;
  /** Frames in a row that stood out and were like the reference all the same. */
  #standing = 0;

  /** Frames of echo that the gain is known by; 0: none has been heard. */
  get frames(): number {
    return this.#frames;
  }

  /** True once every band has a gain. */
  get learned(): boolean {
    return this.#frames >= learnedFrames;
  }

  /** Mean over all bands, dB. */
  get meanDb(): number {
    return this.#gain.reduce((sum, each) => sum + each, 0) / bandCount;
  }

  /** Forgets that an echo was heard. */
  forget(): void {
    this.#frames = 0;
  }

  /**
   * Whether too many bands of a frame are louder than the echo that `predicted` (dB at the loudspeaker) gives. `floor`: the
   * room's noise, dBFS. `alike`: the frame is like the reference; a frame that does not stand out then is learned from.
   */
  standsOut(levels: Float32Array, predicted: Float32Array, floor: number, alike: boolean): boolean {
    const margin = marginDb + (this.learned ? 0 : uncertainDb / this.#frames);
    const faintest = faintestOver(floor);
    let echoes = 0;
    let out = 0;
    for (let band = 0; band < bandCount; band++) {
      const level = levels[band]!;
      const echo = predicted[band]! + this.#gain[band]!;
      if (level < faintest) continue;
      if (echo + margin > faintest) echoes++;
      if (level > echo + margin) out++;
    }
    const standsOut = echoes === 0 || out >= bandsNeeded;
    this.#standing = standsOut && alike ? this.#standing + 1 : 0;
    if (this.#standing > changedFrames) this.#frames = this.#standing = 0;
    if (!standsOut && alike) this.learn(levels, predicted, floor);
    else if (standsOut && !this.learned) this.#frames = Math.max(0, this.#frames - 1);
    return standsOut;
  }

  /** Follows the gain with a frame of pure echo: its mean at first, then up quickly and down slowly. */
  learn(levels: Float32Array, predicted: Float32Array, floor: number): void {
    const mean = !this.learned;
    const weight = mean ? 1 / ++this.#frames : 0.05;
    const faintest = faintestOver(floor);
    for (let band = 0; band < bandCount; band++) {
      if (predicted[band]! < -60 || levels[band]! < faintest) continue;
      const by = levels[band]! - predicted[band]! - this.#gain[band]!;
      this.#gain[band]! += mean || by > 0 ? weight * by : (weight / 4) * by;
    }
  }
}

/** Level that a band must have to count, dB. */
function faintestOver(floor: number): number {
  return Math.max(quietest, floor - 3);
}

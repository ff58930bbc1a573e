/** The loudspeaker's side of the echo guard: recent band levels of the reply, and the echo they predict. */
import { bandCount, silentBand } from "./band-levels.ts";
import { DelaySearch, earliest, latest } from "./delay-search.ts";
import { fromSteps, type Loudspeaker, referenceFrameMs } from "./loudspeaker.ts";

/** Reference frames so new that they may still change. */
const unsettledFrames = 5;
/** Reference frames kept. */
const ringLength = 160;
/** Decay of an echo in a room, dB per reference frame (a reverberation time of 0.6 s). */
const decayDb = 1;
/** Frames around the delay that a prediction covers, once the delay is confirmed for the current reply, and before. */
const near = 2;
const wide = 25;

/** Kept from the first moment that a reply and a sound meet. Frames are numbered on the clock. */
export class EchoReference {
  /** Predicted by `predict`: the loudspeaker's level by band, reverberation included, dB. */
  readonly predicted = new Float32Array(bandCount);
  /** Gain of the echo by band, dB: an upper envelope. */
  readonly gain = new Float32Array(bandCount);
  readonly search = new DelaySearch();
  readonly #loudspeaker: Loudspeaker;
  /** Rings of levels, in steps: as played, and with the room's reverberation. */
  readonly #levels = new Uint8Array(ringLength * bandCount);
  readonly #reverberant = new Uint8Array(ringLength * bandCount);
  /** The newest settled frame. */
  #newest = Number.NEGATIVE_INFINITY;
  /** The microphone frame's place, for `#slotOf`. */
  #at = 0;

  constructor(loudspeaker: Loudspeaker) {
    this.#loudspeaker = loudspeaker;
  }

  /** Takes the reference up to `at`, and the known part of what comes next, which is looked up again. */
  fetch(at: number): void {
    const first = Math.max(this.#newest + 1, at - latest - ringLength / 4);
    if (this.#newest < first - 1) this.#reverberant.fill(0);
    for (let frame = first; frame <= at - earliest; frame++) this.#fetchFrame(frame);
    this.#newest = Math.max(this.#newest, at - unsettledFrames);
  }

  #fetchFrame(frame: number): void {
    const levels = this.#levels;
    const reverberant = this.#reverberant;
    const slot = modulo(frame) * bandCount;
    const before = modulo(frame - 1) * bandCount;
    this.#loudspeaker.levels(frame * referenceFrameMs, levels, slot);
    let loudest = 0;
    for (let band = 0; band < bandCount; band++) {
      reverberant[slot + band] = Math.max(levels[slot + band]!, reverberant[before + band]! - 2 * decayDb);
      loudest = Math.max(loudest, levels[slot + band]!);
    }
    this.search.referenceLoudness(fromSteps(loudest));
  }

  /** The loudest frame that may have sounded in the last `silent` microphone frames of 20 ms before `at`, dB. */
  loudestBefore(at: number, silent: number): number {
    const longest = Math.min(ringLength + earliest - latest, silent * 2 - latest + 20);
    let loudest = silentBand;
    for (let back = latest - 20; back < latest - 20 + longest; back++) {
      const slot = modulo(at - back) * bandCount;
      let power = 0;
      for (let band = 0; band < bandCount; band++)
        power += 10 ** (fromSteps(this.#levels[slot + band]!) / 10);
      loudest = Math.max(loudest, 10 * Math.log10(power + 1e-12));
    }
    return loudest;
  }

  /** Compares a microphone frame's band levels with the reference at all delays. `noiseDb`: its noise, dBFS. */
  compare(levels: Float32Array, noiseDb: number, at: number): void {
    this.#at = at;
    this.search.add(levels, noiseDb, this.#slotOf, this.#levels);
  }

  readonly #slotOf = (lag: number): number => modulo(this.#at - lag) * bandCount;

  /** Writes `predicted` for the frame at `at`, at a delay in reference frames; undefined: at any. */
  predict(at: number, delay: number | undefined, confirmed: boolean): void {
    const { predicted } = this;
    const reverberant = this.#reverberant;
    const reach = confirmed ? near : wide;
    const first = delay === undefined ? earliest : Math.max(earliest, delay - reach);
    const last = delay === undefined ? latest - 1 : Math.min(latest - 1, delay + reach);
    predicted.fill(0);
    for (let lag = first; lag <= last; lag++) {
      const slot = modulo(at - lag) * bandCount;
      for (let band = 0; band < bandCount; band++)
        if (reverberant[slot + band]! > predicted[band]!) predicted[band] = reverberant[slot + band]!;
    }
    for (let band = 0; band < bandCount; band++) predicted[band] = fromSteps(predicted[band]!);
  }
}

function modulo(frame: number): number {
  return ((frame % ringLength) + ringLength) % ringLength;
}

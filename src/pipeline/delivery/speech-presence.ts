/** Is there speech in a turn's audio at all? A turn that a client has ended may hold music or a siren. Part of the ears' measuring. */
import type { SampleRate } from "../../ports/audio.ts";
import { analysisRate, createDecimator, type Decimator } from "../audio/decimate.ts";
import { levelOf } from "../audio/level.ts";
import { NeuralVad } from "../voice-activity/silero/neural-vad.ts";

const frameMs = 20;
/** Likely speech that must be heard, ms; noises of 20 s have up to 160. */
const neededMs = 240;
/** Level, dBFS, to which faint audio is raised, and the largest gain. */
const workingLevel = -26;
const largestGain = 8;

/** Listens for speech until it is found, for about 1.6 ms a second of audio; from then on at no cost. */
export class SpeechPresence {
  readonly #frame: Int16Array;
  readonly #narrow = new Int16Array((analysisRate * frameMs) / 1000);
  readonly #decimator: Decimator;
  #neural: NeuralVad | undefined = new NeuralVad();
  #filled = 0;
  #loudest = -50;
  #likelyMs = 0;

  /** @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz. */
  constructor(rate: SampleRate) {
    this.#frame = new Int16Array((rate * frameMs) / 1000);
    this.#decimator = createDecimator(rate, this.#frame.length);
  }

  /** True once speech was found. */
  get found(): boolean {
    return this.#neural === undefined;
  }

  /** Takes audio of any length. */
  push(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length && this.#neural; ) {
      const length = Math.min(this.#frame.length - this.#filled, pcm.length - at);
      this.#frame.set(pcm.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled < this.#frame.length) break;
      this.#filled = 0;
      this.#takeFrame(this.#neural);
    }
  }

  #takeFrame(neural: NeuralVad): void {
    this.#decimator.process(this.#frame, this.#narrow);
    neural.push(this.#narrow, this.#narrow.length);
    this.#loudest = Math.max(this.#loudest, levelOf(this.#narrow));
    const gain = Math.max(1, Math.min(largestGain, 10 ** ((workingLevel - this.#loudest) / 20)));
    if (neural.judge(gain).likelyMs > 0) this.#likelyMs += frameMs;
    if (this.#likelyMs >= neededMs) this.#neural = undefined;
  }
}

/**
 * The echo guard of the ears: tells the loudspeaker's echo in the microphone from speech. A frame is speech where it stands
 * out from the echo that the reply's band levels predict, at the delay and the gain seen so far. No echo is cancelled; no
 * sample is changed.
 */
import { bandCount, bandLevels } from "./band-levels.ts";
import { ClockAlignment } from "./clock-alignment.ts";
import { earliest, latest } from "./delay-search.ts";
import { EchoReference } from "./echo-reference.ts";
import { type Loudspeaker, referenceFrameMs } from "./loudspeaker.ts";

/** Length of a judged frame, ms, and where its second window begins, in samples of 8 kHz audio. */
const frameMs = 20;
const secondWindow = 32;

/** Correlation of an echo with its reference, and its distance from that at other delays; other speech reaches 0.5 and 0.1. */
const alike = 0.65;
const distinct = 0.25;
/** Frames of a sound by which it may be known as an echo: where nothing is known yet, and where something is. */
const firstFrames = 3;
const laterFrames = 15;
/** dB over the predicted echo that a band must have, and the number of bands that must. */
const marginDb = 8;
const bandsNeeded = 4;
/** Below this a band holds only noise, dB. */
const quietest = -72;
/** Frames of echo after which its gain is known. */
const learned = 25;
/** Frames that stand out though they are like the reference, after which the gain must have changed. */
const changed = 20;
/** Frames held back at most until it is known whether the loudspeaker reaches the microphone at all. */
const maxSuspect = 4;
/** The same while the sound is somewhat like the reply. */
const maxDoubtful = 20;
const unlike = 0.45;
/** Assumed gain of an unknown echo, dB; a louder sound is suspect for a moment. */
const priorDb = -16;
/** A frame less than this over the room's noise, dB, is silent; and how fast the noise floor rises, dB a frame. */
const noiseDb = 6;
const riseDb = 0.05;
/** Frames of silence after which levels are centred anew. */
const lull = 20;
/** Margin over the loudest possible echo while none has shown, dB: that is a bound already. */
const unheardDb = 2;
/** A reference louder than this, dB, would show in the microphone. */
const audible = -45;

/** Scratch that all sessions share; nothing here is re-entered. */
const pair = [new Float32Array(bandCount), new Float32Array(bandCount)] as const;

/** The echo guard of one microphone. Judges frames as they come; does next to nothing while no reply sounds. */
export class EchoGuard {
  readonly #loudspeaker: Loudspeaker;
  readonly #alignment = new ClockAlignment();
  /** End of the frame to be judged, audio time, ms. */
  #endMs = 0;
  /** The room's noise, dBFS. */
  #floor = 0;
  /** Set once a reply and a sound have met. */
  #reference: EchoReference | undefined;
  readonly #levels = new Float32Array(bandCount);
  /** Frames of silence since the last sound, the loudest of them (dBFS), and frames of sound since then. */
  #silent = lull;
  #loudestSilent = -120;
  #soundFrames = 0;
  /** Delay of the echo, reference frames, and whether it was seen for the current reply. */
  #delay: number | undefined;
  #confirmed = false;
  #changes = -1;
  /** Frames by which the gain was learned. */
  #echoes = 0;
  /** Frames held back while nothing is known. */
  #suspects = 0;
  /** Frames in a row that stood out and were like the reference all the same. */
  #standing = 0;
  #matched = false;
  /** The last frames that stood out, one bit each. */
  #recent = 0;
  /** Largest gain an echo can have, dB, by the silence while something played. */
  #ceiling: number | undefined;

  constructor(loudspeaker: Loudspeaker) {
    this.#loudspeaker = loudspeaker;
  }

  /** Audio up to `audioMs` (audio time) has come. */
  arrived(audioMs: number): void {
    if (this.#alignment.arrived(audioMs, this.#loudspeaker.now())) this.#loudspeaker.forget();
  }

  /** The next frame that is judged ends at `endMs` (audio time). */
  frameEnds(endMs: number): void {
    this.#endMs = endMs;
  }

  /** The frame is silent, at `level` dBFS. */
  silence(level: number): void {
    this.#floor = Math.min(level, this.#floor + riseDb);
    this.#countSilence(level);
  }

  #countSilence(level: number): void {
    if (this.#silent === 0) this.#loudestSilent = level;
    else this.#loudestSilent = Math.max(this.#loudestSilent - 0.05, level);
    this.#silent++;
    this.#recent = (this.#recent << 1) & 0xfff;
  }

  /** Whether the frame (20 ms at 8 kHz) holds nothing but echo. */
  isEcho(frame: Int16Array): boolean {
    const from = this.#alignment.clockMs(this.#endMs - frameMs);
    const level = levelOf(frame);
    this.#floor = Math.min(level, this.#floor + riseDb);
    if (level < this.#floor + noiseDb) {
      this.#countSilence(level);
      // Hardly louder than the room, and an echo is known: no speech begins like that.
      return this.#knowsGain && !this.#goesOn() && this.#soundsAt(from);
    }
    const silent = this.#silent;
    this.#silent = 0;
    if (!this.#soundsAt(from)) {
      this.#recent = 0;
      return false;
    }
    this.#reference ??= new EchoReference(this.#loudspeaker);
    const reference = this.#reference;
    const at = Math.floor(from / referenceFrameMs);
    reference.fetch(at);
    if (silent >= lull) this.#begin(reference, at, silent);
    this.#measure(frame);
    this.#match(reference, at);
    reference.predict(at, this.#delay, this.#confirmed);
    return this.#judge(reference);
  }

  get #knowsGain(): boolean {
    return this.#echoes >= learned;
  }

  /** Begins a sound after silence: an echo during the silence was no louder than that, which bounds its gain. */
  #begin(reference: EchoReference, at: number, silent: number): void {
    this.#soundFrames = 0;
    reference.search.forget();
    const loudest = reference.loudestBefore(at, silent);
    if (loudest < audible) return;
    const bound = this.#loudestSilent - loudest;
    const { gain } = reference;
    this.#ceiling = Math.min(bound, this.#ceiling ?? bound);
    for (let band = 0; band < bandCount; band++)
      if (gain[band]! > bound) gain[band]! = Math.max(bound, gain[band]! - 3);
  }

  #measure(frame: Int16Array): void {
    bandLevels(frame, [0, secondWindow], pair);
    for (let band = 0; band < bandCount; band++)
      this.#levels[band] = Math.max(pair[0][band]!, pair[1][band]!);
  }

  /** Tells by likeness whether the sound is an echo of the reference, and if so at which delay. */
  #match(reference: EchoReference, at: number): void {
    const { search } = reference;
    this.#soundFrames++;
    reference.compare(this.#levels, this.#floor, at);
    if (this.#changes !== this.#loudspeaker.changes) {
      this.#changes = this.#loudspeaker.changes;
      this.#confirmed = false;
      this.#suspects = 0;
    }
    const known = this.#delay !== undefined || this.#ceiling !== undefined;
    this.#matched =
      this.#soundFrames >= (known ? laterFrames : firstFrames) &&
      search.best > alike &&
      search.best - search.second > distinct;
    if (!this.#matched) return;
    this.#delay = search.delay;
    this.#confirmed = true;
  }

  /** Whether too few bands stand out from the predicted echo. */
  #judge(reference: EchoReference): boolean {
    const knowsGain = this.#knowsGain;
    const knowsNothing = !knowsGain && this.#ceiling === undefined;
    if (this.#matched && knowsNothing) {
      this.#learn(reference);
      return true;
    }
    const standsOut = this.#standsOut(reference, knowsGain);
    if (knowsNothing && standsOut)
      return ++this.#suspects <= (reference.search.best > unlike ? maxDoubtful : maxSuspect);
    this.#standing = standsOut && this.#matched ? this.#standing + 1 : 0;
    if (this.#standing > changed) {
      this.#echoes = 0;
      this.#standing = 0;
      this.#ceiling = undefined;
    }
    if (!standsOut && this.#matched) this.#learn(reference);
    else if (!knowsGain && this.#echoes > 0) this.#echoes--;
    this.#recent = ((this.#recent << 1) | (standsOut ? 1 : 0)) & 0xfff;
    return !standsOut && !this.#goesOn();
  }

  /** Whether enough bands of the frame are louder than the predicted echo, or no echo is predicted in any. */
  #standsOut({ predicted, gain }: EchoReference, knowsGain: boolean): boolean {
    const limit = this.#ceiling ?? priorDb;
    const margin = knowsGain || this.#ceiling === undefined ? marginDb : unheardDb;
    const faintest = this.#faintest;
    let echoBands = 0;
    let outBands = 0;
    for (let band = 0; band < bandCount; band++) {
      const level = this.#levels[band]!;
      const echo = predicted[band]! + (knowsGain ? gain[band]! : limit);
      if (level < faintest) continue;
      if (echo + margin > faintest) echoBands++;
      if (level > echo + margin) outBands++;
    }
    return echoBands === 0 || outBands >= bandsNeeded;
  }

  /** Level under which a band holds only noise, dB. */
  get #faintest(): number {
    return Math.max(quietest, this.#floor - 3);
  }

  /** Whether enough of the last frames stood out: speech has fainter moments. */
  #goesOn(): boolean {
    return bitsIn(this.#recent & 0xff) >= 3 || bitsIn(this.#recent) >= 5;
  }

  /** Whether the loudspeaker may be audible in a frame that begins at `from` (clock, ms). */
  #soundsAt(from: number): boolean {
    return this.#loudspeaker.sounds(from - latest * referenceFrameMs, from - earliest * referenceFrameMs);
  }

  /** Follows the gain with a frame of pure echo: up quickly, down slowly. */
  #learn({ predicted, gain }: EchoReference): void {
    const weight = Math.max(1 / ++this.#echoes, 0.05);
    const faintest = this.#faintest;
    for (let band = 0; band < bandCount; band++) {
      if (predicted[band]! < -60 || this.#levels[band]! < faintest) continue;
      const by = this.#levels[band]! - predicted[band]! - gain[band]!;
      gain[band]! += by > 0 ? weight * by : (weight / 4) * by;
    }
  }
}

function levelOf(frame: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += frame[i]! * frame[i]!;
  return 10 * Math.log10(sum / frame.length / 32_768 ** 2 + 1e-12);
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

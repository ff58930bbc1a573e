/**
 * Is what the microphone hears only the reply from the loudspeaker? A frame is speech where it stands out from the echo that
 * the reply's own band levels predict, at the delay and the gain seen so far. No echo is cancelled; no sample is changed.
 */
import { bandCount, bandLevels, silentBand } from "./band-levels.ts";
import { DelaySearch, earliest, latest } from "./delay-search.ts";
import { fromSteps, type Loudspeaker, referenceFrameMs } from "./loudspeaker.ts";

/** Length of a judged frame, ms, and where its second window begins, in samples of 8 kHz audio. */
const frameMs = 20;
const secondWindow = 32;

/** Reference frames so new that more of them may come to be known. */
const settled = 5;
/** Reference frames in hand. */
const ring = 160;
/** How fast an echo dies away in a room, dB per reference frame (a reverberation time of 0.6 s). */
const decayDb = 1;
/** Correlation of an echo with its reference, and its distance from that at other delays; other speech reaches 0.5 and 0.1. */
const alike = 0.65;
const distinct = 0.25;
/** Frames of a sound by which it may be known as an echo: where nothing is known yet, and where something is. */
const firstFrames = 3;
const laterFrames = 15;
/** Frames around the delay that the prediction covers, and those it covers until the delay is confirmed for what plays now. */
const near = 2;
const wide = 25;
/** dB over the predicted echo that a band must have, and the number of bands that must. */
const marginDb = 8;
const bandsNeeded = 4;
/** Below this a band holds nothing but noise, dB. */
const quietest = -72;
/** Frames of echo after which its gain is known. */
const learned = 25;
/** Frames that stand out though they are like the reference, after which the gain must have changed. */
const changed = 20;
/** Frames that are held back at the most until it is known whether the loudspeaker is heard at all. */
const mostSuspect = 4;
/** The same while the sound is somewhat like the reply. */
const mostDoubtful = 20;
const unlike = 0.45;
/** Gain of an echo that nothing is known of, dB; what is louder is suspect for a moment. */
const priorDb = -16;
/** A frame less than this over the room's noise, dB, is silent; and how fast that is believed to rise, dB a frame. */
const noiseDb = 6;
const riseDb = 0.05;
/** Frames of silence after which levels are centred anew. */
const lull = 20;
/** dB over the loudest that an echo can be that was never heard: that is a bound already. */
const unheardDb = 2;

const pair = [new Float32Array(bandCount), new Float32Array(bandCount)] as const;
const predicted = new Float32Array(bandCount);

/** What is held only once a reply and a sound have met. */
class Memory {
  /** Reference levels, in steps, and those with the room's reverberation. */
  readonly reference = new Uint8Array(ring * bandCount);
  readonly reverberant = new Uint8Array(ring * bandCount);
  /** The newest reference frame in hand, counted on the clock. */
  newest = Number.NEGATIVE_INFINITY;
  /** Gain of the echo by band, dB: an upper envelope. */
  readonly gain = new Float32Array(bandCount);
  readonly search = new DelaySearch();
}

/** The echo guard of one microphone. Judges frames as they come; does next to nothing while no reply sounds. */
export class EchoGuard {
  readonly #loudspeaker: Loudspeaker;
  /** Smallest distance of clock time from audio time in this second and the one before, ms. */
  #offset = Number.POSITIVE_INFINITY;
  #offsetBefore = Number.POSITIVE_INFINITY;
  #secondEnds = Number.NEGATIVE_INFINITY;

  #endMs = 0;
  /** The room's noise, dBFS. */
  #floor = 0;
  #memory: Memory | undefined;
  readonly #levels = new Float32Array(bandCount);
  /** Frames of silence since the last sound, the loudest of them (dBFS), and frames of sound since then. */
  #silent = lull;
  #loudestSilent = -120;
  #episode = 0;
  /** Delay of the echo, reference frames, and whether it was seen for what plays now. */
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
  /** Gain that an echo cannot exceed, dB, by the silence that was heard while something played. */
  #ceiling: number | undefined;

  constructor(loudspeaker: Loudspeaker) {
    this.#loudspeaker = loudspeaker;
  }

  /** Audio up to `audioMs` (audio time) has come. */
  arrived(audioMs: number): void {
    const now = this.#loudspeaker.now();
    if (now >= this.#secondEnds) {
      this.#offsetBefore = this.#offset;
      this.#offset = Number.POSITIVE_INFINITY;
      this.#secondEnds = now + 1000;
      this.#loudspeaker.forget();
    }
    this.#offset = Math.min(this.#offset, now - audioMs);
  }

  /** The next frame that is judged ends at `endMs` (audio time). */
  frameEnds(endMs: number): void {
    this.#endMs = endMs;
  }

  /** The frame is silent, at `level` dBFS. */
  silence(level: number): void {
    this.#floor = Math.min(level, this.#floor + riseDb);
    this.#beSilent(level);
  }

  #beSilent(level: number): void {
    if (this.#silent === 0) this.#loudestSilent = level;
    else this.#loudestSilent = Math.max(this.#loudestSilent - 0.05, level);
    this.#silent++;
    this.#recent = (this.#recent << 1) & 0xfff;
  }

  /** Whether the frame (20 ms at 8 kHz) holds nothing but echo. */
  isEcho(frame: Int16Array): boolean {
    const from = this.#endMs - frameMs + Math.min(this.#offset, this.#offsetBefore);
    const level = levelOf(frame);
    this.#floor = Math.min(level, this.#floor + riseDb);
    if (level < this.#floor + noiseDb) {
      this.#beSilent(level);
      // Hardly louder than the room, and an echo is known: no speech begins like that.
      return this.#echoes >= learned && !this.#goesOn() && this.#soundsAt(from);
    }
    const silent = this.#silent;
    this.#silent = 0;
    if (!this.#soundsAt(from)) {
      this.#recent = 0;
      return false;
    }
    this.#memory ??= new Memory();
    const memory = this.#memory;
    const at = Math.floor(from / referenceFrameMs);
    this.#fetch(memory, at);
    if (silent >= lull) this.#begin(memory, at, silent);
    this.#measure(frame);
    this.#match(memory, at);
    return this.#judge(memory, at);
  }

  /** Takes the reference up to `at` in hand, and what is known of what comes next, which is looked up again. */
  #fetch(memory: Memory, at: number): void {
    const first = Math.max(memory.newest + 1, at - latest - ring / 4);
    if (memory.newest < first - 1) memory.reverberant.fill(0);
    for (let frame = first; frame <= at - earliest; frame++) {
      const slot = modulo(frame) * bandCount;
      const before = modulo(frame - 1) * bandCount;
      this.#loudspeaker.levels(frame * referenceFrameMs, memory.reference, slot);
      for (let band = 0; band < bandCount; band++)
        memory.reverberant[slot + band] = Math.max(
          memory.reference[slot + band]!,
          memory.reverberant[before + band]! - 2 * decayDb,
        );
      let loudest = 0;
      for (let band = 0; band < bandCount; band++)
        loudest = Math.max(loudest, memory.reference[slot + band]!);
      memory.search.referenceLoudness(fromSteps(loudest));
    }
    memory.newest = Math.max(memory.newest, at - settled);
  }

  /** A sound after silence: how loud could an echo have been without being heard? */
  #begin(memory: Memory, at: number, silent: number): void {
    this.#episode = 0;
    memory.search.forget();
    const longest = Math.min(ring + earliest - latest, silent * 2 - latest + 20);
    let loudest = silentBand;
    for (let back = latest - 20; back < latest - 20 + longest; back++) {
      const frame = at - back;
      let power = 0;
      for (let band = 0; band < bandCount; band++)
        power += 10 ** (fromSteps(memory.reference[modulo(frame) * bandCount + band]!) / 10);
      loudest = Math.max(loudest, 10 * Math.log10(power + 1e-12));
    }
    if (loudest < -45) return;
    const bound = this.#loudestSilent - loudest;
    this.#ceiling = Math.min(bound, this.#ceiling ?? bound);
    for (let band = 0; band < bandCount; band++)
      if (memory.gain[band]! > bound) memory.gain[band]! = Math.max(bound, memory.gain[band]! - 3);
  }

  #measure(frame: Int16Array): void {
    bandLevels(frame, [0, secondWindow], pair);
    for (let band = 0; band < bandCount; band++)
      this.#levels[band] = Math.max(pair[0][band]!, pair[1][band]!);
  }

  /** Whether the sound is an echo of the reference by its likeness, and if so at which delay. */
  #match({ search, reference }: Memory, at: number): void {
    this.#episode++;
    search.add(this.#levels, this.#floor, (lag) => modulo(at - lag) * bandCount, reference);
    if (this.#changes !== this.#loudspeaker.changes) {
      this.#changes = this.#loudspeaker.changes;
      this.#confirmed = false;
      this.#suspects = 0;
    }
    const known = this.#delay !== undefined || this.#ceiling !== undefined;
    this.#matched =
      this.#episode >= (known ? laterFrames : firstFrames) &&
      search.best > alike &&
      search.best - search.second > distinct;
    if (!this.#matched) return;
    this.#delay = search.delay;
    this.#confirmed = true;
  }

  /** Writes into `predicted` what the loudspeaker sends at the delay, reverberation included, dB. */
  #predict(memory: Memory, at: number): void {
    const { reverberant } = memory;
    const reach = this.#confirmed ? near : wide;
    const first = this.#delay === undefined ? earliest : Math.max(earliest, this.#delay - reach);
    const last = this.#delay === undefined ? latest - 1 : Math.min(latest - 1, this.#delay + reach);
    predicted.fill(0);
    for (let lag = first; lag <= last; lag++) {
      const slot = modulo(at - lag) * bandCount;
      for (let band = 0; band < bandCount; band++)
        if (reverberant[slot + band]! > predicted[band]!) predicted[band] = reverberant[slot + band]!;
    }
    for (let band = 0; band < bandCount; band++) predicted[band] = fromSteps(predicted[band]!);
  }

  /** Whether too few bands stand out from the predicted echo. */
  #judge(memory: Memory, at: number): boolean {
    this.#predict(memory, at);
    const knowsGain = this.#echoes >= learned;
    if (this.#matched && !knowsGain && this.#ceiling === undefined) {
      this.#learn(memory);
      return true;
    }
    const limit = this.#ceiling ?? priorDb;
    const margin = knowsGain || this.#ceiling === undefined ? marginDb : unheardDb;
    const faintest = Math.max(quietest, this.#floor - 3);
    let echoes = 0;
    let out = 0;
    for (let band = 0; band < bandCount; band++) {
      const level = this.#levels[band]!;
      const echo = predicted[band]! + (knowsGain ? memory.gain[band]! : limit);
      if (level < faintest) continue;
      if (echo + margin > faintest) echoes++;
      if (level > echo + margin) out++;
    }
    const standsOut = echoes === 0 || out >= bandsNeeded;
    if (!knowsGain && this.#ceiling === undefined && standsOut)
      return ++this.#suspects <= (memory.search.best > unlike ? mostDoubtful : mostSuspect);
    this.#standing = standsOut && this.#matched ? this.#standing + 1 : 0;
    if (this.#standing > changed) {
      this.#echoes = 0;
      this.#standing = 0;
      this.#ceiling = undefined;
    }
    if (!standsOut && this.#matched) this.#learn(memory);
    else if (!knowsGain && this.#echoes > 0) this.#echoes--;
    this.#recent = ((this.#recent << 1) | (standsOut ? 1 : 0)) & 0xfff;
    return !standsOut && !this.#goesOn();
  }

  /** Whether enough of the last frames stood out: speech has fainter moments. */
  #goesOn(): boolean {
    return bitsIn(this.#recent & 0xff) >= 3 || bitsIn(this.#recent) >= 5;
  }

  /** Whether the loudspeaker may be heard in a frame that begins at `from` (clock, ms). */
  #soundsAt(from: number): boolean {
    return this.#loudspeaker.sounds(from - latest * referenceFrameMs, from - earliest * referenceFrameMs);
  }

  /** Follows the gain with a frame of pure echo: up quickly, down slowly. */
  #learn(memory: Memory): void {
    const weight = Math.max(1 / ++this.#echoes, 0.05);
    const faintest = Math.max(quietest, this.#floor - 3);
    for (let band = 0; band < bandCount; band++) {
      if (predicted[band]! < -60 || this.#levels[band]! < faintest) continue;
      const gain = this.#levels[band]! - predicted[band]!;
      const by = gain - memory.gain[band]!;
      memory.gain[band]! += by > 0 ? weight * by : (weight / 4) * by;
    }
  }
}

function levelOf(frame: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += frame[i]! * frame[i]!;
  return 10 * Math.log10(sum / frame.length / 32_768 ** 2 + 1e-12);
}

function modulo(frame: number): number {
  return ((frame % ring) + ring) % ring;
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

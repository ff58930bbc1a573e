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
/** Frames of a sound that are compared at least. */
const firstFrames = 4;
/** Frames in a row, the one at hand included, that must point to the same delay; and how far apart that may lie, reference frames. */
const steadyFrames = 3;
const sameDelay = 2;
/** Frames looked back on for silence where the echo should have been heard; dB over the noise that it must have had; frames that rule it out. */
const history = 32;
const audibleDb = 10;
const ruledOut = 3;
/** Frames around the delay that the prediction covers, and those it covers until the delay is confirmed for what plays now. */
const near = 2;
const wide = 25;
/** dB over the predicted echo that a band must have, and the number of bands that must. */
const marginDb = 8;
const bandsNeeded = 4;
/** Below this a band holds nothing but noise, dB. */
const quietest = -72;
/** Frames of echo after which its gain is known in each band; until then it is their mean. */
const learned = 25;
/** Frames of echo from which on what is like it is told by its level; and the uncertainty of the first, dB, gone as they grow in number. */
const provisional = 4;
const uncertainDb = 24;
/**
 * Frames of the first sounds over a reply that are put off until it is known whether they are its echo, once a session;
 * and the latest (reference frames) and faintest (dB) echo that they may be.
 */
const mostPutOff = 12;
const putOffDelay = 40;
const putOffGainDb = -30;
/** Audio that comes this much sooner than the first did, ms, is no microphone's. */
const aheadMs = 150;
/** Frames that stand out though they are like the reference, after which the gain must have changed. */
const changed = 20;
/** A frame less than this over the room's noise, dB, is silent; and how fast that is believed to rise, dB a frame. */
const noiseDb = 6;
const riseDb = 0.05;
/** Frames of silence after which levels are centred anew. */
const lull = 20;

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
  /** The same distance at the first audio. */
  #firstOffset: number | undefined;
  #secondEnds = Number.NEGATIVE_INFINITY;

  #endMs = 0;
  /** The room's noise, dBFS. */
  #floor = 0;
  #memory: Memory | undefined;
  readonly #levels = new Float32Array(bandCount);
  /** Frames of silence since the last sound, and frames of sound since then. */
  #silent = lull;
  #episode = 0;
  /** Place in the reference (frames) of each of the last frames that was silent; NaN for one of sound. */
  readonly #quiet = new Float64Array(history).fill(Number.NaN);
  #quietAt = 0;
  /** Delay of the echo, reference frames, and whether it was seen for what plays now. */
  #delay: number | undefined;
  #confirmed = false;
  #changes = -1;
  /** Frames by which the gain was learned. */
  #echoes = 0;
  /** Frames put off, `mostPutOff` once it is known that none need be. */
  #putOff = 0;
  /** Delay at the frame before, for how many frames in a row, and the least gain there in them, dB. */
  #pointed = 0;
  #steady = 0;
  #leastGain = 0;
  /** Frames in a row that stood out and were like the reference all the same. */
  #standing = 0;
  #matched = false;
  /** The last frames that stood out, one bit each. */
  #recent = 0;

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
    // A microphone that runs ahead of the clock is a recording: no loudspeaker stands beside it.
    this.#firstOffset ??= now - audioMs;
    if (this.#firstOffset - this.#offset > aheadMs) this.#putOff = mostPutOff;
  }

  /** The next frame that is judged ends at `endMs` (audio time). */
  frameEnds(endMs: number): void {
    this.#endMs = endMs;
  }

  /** The frame is silent, at `level` dBFS. */
  silence(level: number): void {
    this.#floor = Math.min(level, this.#floor + riseDb);
    this.#beSilent(this.#from());
  }

  /** When the frame at hand began, clock, ms. */
  #from(): number {
    return this.#endMs - frameMs + Math.min(this.#offset, this.#offsetBefore);
  }

  #beSilent(from: number): void {
    this.#silent++;
    this.#recent = (this.#recent << 1) & 0xfff;
    this.#remember(Math.floor(from / referenceFrameMs));
  }

  #remember(quietAt: number): void {
    this.#quiet[this.#quietAt] = quietAt;
    this.#quietAt = (this.#quietAt + 1) % history;
  }

  /** Whether the frame (20 ms at 8 kHz) holds nothing but echo. */
  isEcho(frame: Int16Array): boolean {
    const from = this.#from();
    const level = levelOf(frame);
    this.#floor = Math.min(level, this.#floor + riseDb);
    if (level < this.#floor + noiseDb) {
      this.#beSilent(from);
      // Hardly louder than the room, and an echo is known: no speech begins like that.
      return this.#echoes >= learned && !this.#goesOn() && this.#soundsAt(from);
    }
    const silent = this.#silent;
    this.#silent = 0;
    this.#remember(Number.NaN);
    if (!this.#soundsAt(from)) {
      this.#recent = 0;
      return false;
    }
    this.#memory ??= new Memory();
    const memory = this.#memory;
    const at = Math.floor(from / referenceFrameMs);
    this.#fetch(memory, at);
    if (silent >= lull) this.#begin(memory);
    this.#measure(frame);
    this.#match(memory, at, level);
    return this.#judge(memory, at);
  }

  /** Takes the reference up to `at` in hand, and what is known of what comes next, which is looked up again. */
  #fetch(memory: Memory, at: number): void {
    const first = Math.max(memory.newest + 1, at - earliest - ring + 1);
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

  /** A sound after silence. An echo that should have been heard in that silence is gone: the client cancels it by now. */
  #begin(memory: Memory): void {
    this.#episode = this.#steady = 0;
    memory.search.forget();
    if (this.#delay === undefined || this.#echoes === 0) return;
    const gain = memory.gain.reduce((sum, each) => sum + each, 0) / bandCount;
    if (this.#isRuledOut(memory, this.#delay, gain - 6)) this.#echoes = 0;
  }

  /** Whether the microphone was silent of late where an echo at this delay and gain would have been heard. */
  #isRuledOut(memory: Memory, delay: number, gain: number): boolean {
    const audible = Math.max(quietest, this.#floor) + audibleDb - gain;
    let against = 0;
    for (const quietAt of this.#quiet) {
      const frame = quietAt - delay;
      // Loud all around: the frames of both sides do not begin at the same moment.
      if (
        loudness(memory.reference, frame - sameDelay) > audible &&
        loudness(memory.reference, frame) > audible &&
        loudness(memory.reference, frame + sameDelay) > audible &&
        ++against === ruledOut
      )
        return true;
    }
    return false;
  }

  #measure(frame: Int16Array): void {
    bandLevels(frame, [0, secondWindow], pair);
    for (let band = 0; band < bandCount; band++)
      this.#levels[band] = Math.max(pair[0][band]!, pair[1][band]!);
  }

  /**
   * Whether the sound is an echo of the reference: like it at one delay, frame after frame, and never silent where that
   * echo would have been heard.
   */
  #match(memory: Memory, at: number, level: number): void {
    const { search, reference, reverberant } = memory;
    this.#episode++;
    search.add(this.#levels, this.#floor, (lag) => modulo(at - lag) * bandCount, reference);
    if (this.#changes !== this.#loudspeaker.changes) {
      this.#changes = this.#loudspeaker.changes;
      this.#confirmed = false;
    }
    const gain = level - loudness(reverberant, at - search.delay);
    const stays = this.#steady > 0 && Math.abs(search.delay - this.#pointed) <= sameDelay;
    this.#steady = stays ? this.#steady + 1 : 1;
    this.#leastGain = stays ? Math.min(gain, this.#leastGain) : gain;
    this.#pointed = search.delay;
    this.#matched =
      this.#episode >= firstFrames &&
      this.#steady >= steadyFrames &&
      search.best > alike &&
      (search.best - search.second > distinct ||
        (this.#delay !== undefined && Math.abs(search.delay - this.#delay) <= sameDelay)) &&
      !this.#isRuledOut(memory, search.delay, this.#leastGain);
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

  /** Whether the frame is masked: an echo is known, and too few bands stand out from it. */
  #judge(memory: Memory, at: number): boolean {
    this.#predict(memory, at);
    if (this.#echoes < provisional) {
      if (!this.#matched) return this.#putsOff(memory);
      this.#learn(memory);
      return true;
    }
    const margin = marginDb + (this.#echoes < learned ? uncertainDb / this.#echoes : 0);
    const faintest = Math.max(quietest, this.#floor - 3);
    let echoes = 0;
    let out = 0;
    for (let band = 0; band < bandCount; band++) {
      const level = this.#levels[band]!;
      const echo = predicted[band]! + memory.gain[band]!;
      if (level < faintest) continue;
      if (echo + margin > faintest) echoes++;
      if (level > echo + margin) out++;
    }
    const standsOut = echoes === 0 || out >= bandsNeeded;
    this.#standing = standsOut && this.#matched ? this.#standing + 1 : 0;
    if (this.#standing > changed) this.#echoes = this.#standing = 0;
    if (!standsOut && this.#matched) this.#learn(memory);
    else if (standsOut && this.#echoes < learned) this.#echoes = Math.max(0, this.#echoes - 1);
    this.#recent = ((this.#recent << 1) | (standsOut ? 1 : 0)) & 0xfff;
    return !standsOut && !this.#goesOn();
  }

  /** Whether this may be the very first of an echo: no silence has told yet that there is none. */
  #putsOff(memory: Memory): boolean {
    if (this.#putOff >= mostPutOff) return false;
    if (this.#isRuledOut(memory, putOffDelay, putOffGainDb)) this.#putOff = mostPutOff;
    return this.#putOff++ < mostPutOff;
  }

  /** Whether enough of the last frames stood out: speech has fainter moments. */
  #goesOn(): boolean {
    return bitsIn(this.#recent & 0xff) >= 3 || bitsIn(this.#recent) >= 5;
  }

  /** Whether the loudspeaker may be heard in a frame that begins at `from` (clock, ms). */
  #soundsAt(from: number): boolean {
    return this.#loudspeaker.sounds(from - latest * referenceFrameMs, from - earliest * referenceFrameMs);
  }

  /** Follows the gain with a frame of pure echo: its mean at first, then up quickly and down slowly. */
  #learn(memory: Memory): void {
    const mean = this.#echoes < learned;
    const weight = mean ? 1 / ++this.#echoes : 0.05;
    const faintest = Math.max(quietest, this.#floor - 3);
    for (let band = 0; band < bandCount; band++) {
      if (predicted[band]! < -60 || this.#levels[band]! < faintest) continue;
      const gain = this.#levels[band]! - predicted[band]!;
      const by = gain - memory.gain[band]!;
      memory.gain[band]! += mean || by > 0 ? weight * by : (weight / 4) * by;
    }
  }
}

/** Level of a reference frame in all bands together, dB. */
function loudness(levels: Uint8Array, frame: number): number {
  if (Number.isNaN(frame)) return silentBand;
  const slot = modulo(frame) * bandCount;
  let power = 0;
  for (let band = 0; band < bandCount; band++) power += 10 ** (fromSteps(levels[slot + band]!) / 10);
  return 10 * Math.log10(power + 1e-12);
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

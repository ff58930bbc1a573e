/**
 * Is what the microphone hears only the reply from the loudspeaker? A frame is speech where it stands out from the echo that
 * the reply's own band levels predict, at the delay and the gain seen so far. No echo is cancelled; no sample is changed.
 */
import { levelOf } from "../audio/level.ts";
import { bandCount, bandLevels } from "./band-levels.ts";
import { ClockAlignment } from "./clock-alignment.ts";
import { DelaySearch, earliest, latest } from "./delay-search.ts";
import { EchoGain, quietest } from "./echo-gain.ts";
import { type Loudspeaker, referenceFrameMs } from "./loudspeaker.ts";
import { ReferenceRing } from "./reference-ring.ts";

/** Length of a judged frame, ms, and where its second window begins, in samples of 8 kHz audio. */
const frameMs = 20;
const secondWindow = 32;

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
/** The latest (reference frames) and the faintest (dB) echo that is looked for before one is known. */
const latestEcho = 40;
const faintestEchoDb = -30;
/** Frames of a sound over a reply during which it may turn out to be an echo that is not known yet. */
const mostDoubtfulFrames = 40;
/**
 * Correlation under which a sound is no echo: 0 after its first frames, then rising frame by frame to a limit. Over the 0.4 s
 * that are weighed an echo comes to more; other speech seldom does.
 */
const unlikeFrom = 8;
const unlikePerFrame = 0.025;
const unlike = 0.45;
/** Frames like the reply after which a sound is told by its level, and those where silence, or the sound itself, spoke against an echo. */
const echoFrames = 4;
const echoFramesAgainstEvidence = 12;
/** A frame less than this over the room's noise, dB, is silent; and how fast that is believed to rise, dB a frame. */
const noiseDb = 6;
const riseDb = 0.05;
/** Frames of silence after which levels are centred anew. */
const lull = 20;

/** Scratch that all sessions share; nothing here is re-entered. */
const pair = [new Float32Array(bandCount), new Float32Array(bandCount)] as const;
const predicted = new Float32Array(bandCount);

/** State that is held only once a reply and a sound have met. */
class Memory {
  readonly ring = new ReferenceRing();
  readonly gain = new EchoGain();
  readonly search = new DelaySearch();
}

/** The echo guard of one microphone. Judges frames as they come; does next to nothing while no reply sounds. */
export class EchoGuard {
  readonly #loudspeaker: Loudspeaker;
  readonly #clock = new ClockAlignment();
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
  /** Delay at the frame before, for how many frames in a row, and the least gain there in them, dB. */
  #pointed = 0;
  #steady = 0;
  #leastGain = 0;
  #matched = false;
  /** The last frames that stood out, one bit each. */
  #recent = 0;
  /** True once silence during the reply has ruled its echo out; `#unlike`: the present sound does not match the reply. */
  #echoFree = false;
  #unlike = false;
  #inDoubt = false;

  constructor(loudspeaker: Loudspeaker) {
    this.#loudspeaker = loudspeaker;
  }

  /** True while the present sound is neither confirmed nor ruled out as an echo. */
  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  /** Whether the sound at hand, in doubt, is more likely an echo than not. */
  get likelyEcho(): boolean {
    return this.#inDoubt && (this.#memory?.search.best ?? 0) >= unlike;
  }

  /** Audio up to `audioMs` (audio time) has come. */
  arrived(audioMs: number): void {
    if (this.#clock.arrived(this.#loudspeaker.now(), audioMs)) this.#loudspeaker.forget();
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

  /** Whether the frame (20 ms at 8 kHz) holds nothing but echo. */
  isEcho(frame: Int16Array): boolean {
    const from = this.#from();
    const level = levelOf(frame);
    this.#floor = Math.min(level, this.#floor + riseDb);
    if (level < this.#floor + noiseDb) {
      this.#beSilent(from);
      // Hardly louder than the room, and an echo is known: no speech begins like that.
      return this.#memory?.gain.learned === true && !this.#goesOn() && this.#soundsAt(from);
    }
    const silent = this.#silent;
    this.#silent = 0;
    this.#remember(Number.NaN);
    if (!this.#soundsAt(from)) {
      this.#recent = 0;
      this.#inDoubt = false;
      return false;
    }
    this.#memory ??= new Memory();
    const memory = this.#memory;
    const at = Math.floor(from / referenceFrameMs);
    memory.ring.fetch(this.#loudspeaker, at - earliest, (loudest) =>
      memory.search.referenceLoudness(loudest),
    );
    memory.ring.settle(at);
    if (silent >= lull) this.#begin(memory);
    this.#measure(frame);
    this.#match(memory, at, level);
    const masked = this.#judge(memory, at);
    this.#inDoubt = !masked && this.#doubts(memory);
    return masked;
  }

  /** Time at which the current frame began, clock, ms. */
  #from(): number {
    return this.#clock.clockAt(this.#endMs - frameMs);
  }

  #beSilent(from: number): void {
    this.#silent++;
    this.#recent = (this.#recent << 1) & 0xfff;
    this.#remember(Math.floor(from / referenceFrameMs));
    if (this.#inDoubt && this.#memory) this.#inDoubt = this.#doubts(this.#memory);
  }

  #remember(quietAt: number): void {
    this.#quiet[this.#quietAt] = quietAt;
    this.#quietAt = (this.#quietAt + 1) % history;
  }

  /** A sound after silence. An echo that should have been heard in that silence is gone: the client cancels it by now. */
  #begin({ search, ring, gain }: Memory): void {
    this.#episode = this.#steady = 0;
    this.#unlike = false;
    search.forget();
    if (this.#delay !== undefined && gain.frames > 0 && this.#isRuledOut(ring, this.#delay, gain.meanDb - 6))
      gain.forget();
  }

  /** Whether the microphone was silent of late where an echo at this delay and gain would have been heard. */
  #isRuledOut(ring: ReferenceRing, delay: number, gain: number): boolean {
    const audible = Math.max(quietest, this.#floor) + audibleDb - gain;
    let against = 0;
    for (const quietAt of this.#quiet) {
      if (Number.isNaN(quietAt)) continue;
      const frame = quietAt - delay;
      // Loud all around: the frames of both sides do not begin at the same moment.
      if (
        ring.loudness(frame - sameDelay) > audible &&
        ring.loudness(frame) > audible &&
        ring.loudness(frame + sameDelay) > audible &&
        ++against === ruledOut
      )
        return true;
    }
    return false;
  }

  /** Whether no echo that may be expected has been heard. */
  #hasNoEcho(ring: ReferenceRing): boolean {
    for (let delay = latestEcho; delay >= 0; delay -= sameDelay)
      if (!this.#isRuledOut(ring, delay, faintestEchoDb)) return false;
    return true;
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
  #match({ search, ring }: Memory, at: number, level: number): void {
    this.#episode++;
    search.add(this.#levels, this.#floor, (lag) => ring.slotOf(at - lag), ring.levels);
    if (this.#changes !== this.#loudspeaker.changes) {
      this.#changes = this.#loudspeaker.changes;
      this.#confirmed = this.#echoFree = false;
    }
    const gain = level - ring.reverberantLoudness(at - search.delay);
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
      !this.#isRuledOut(ring, search.delay, this.#leastGain);
    if (!this.#matched) return;
    this.#delay = search.delay;
    this.#confirmed = true;
  }

  /** Writes into `predicted` what the loudspeaker sends at the delay, reverberation included, dB. */
  #predict(ring: ReferenceRing, at: number): void {
    const reach = this.#confirmed ? near : wide;
    const first = this.#delay === undefined ? earliest : Math.max(earliest, this.#delay - reach);
    const last = this.#delay === undefined ? latest - 1 : Math.min(latest - 1, this.#delay + reach);
    ring.highest(at - last, at - first, predicted);
  }

  /** Whether the frame is masked: an echo is known, and too few bands stand out from it. */
  #judge({ ring, gain }: Memory, at: number): boolean {
    this.#predict(ring, at);
    const against = this.#echoFree || this.#unlike;
    if (gain.frames < (against ? echoFramesAgainstEvidence : echoFrames)) {
      if (this.#matched) gain.learn(this.#levels, predicted, this.#floor);
      return this.#matched && !against;
    }
    const standsOut = gain.standsOut(this.#levels, predicted, this.#floor, this.#matched);
    this.#recent = ((this.#recent << 1) | (standsOut ? 1 : 0)) & 0xfff;
    return !standsOut && !this.#goesOn();
  }

  /** Whether the sound may be an echo: that is not known yet, and nothing tells that it is none. */
  #doubts({ ring, gain, search }: Memory): boolean {
    if (gain.frames >= echoFrames || this.#echoFree || this.#unlike || this.#clock.runsAhead) return false;
    const least = Math.min(unlike, unlikePerFrame * (this.#episode - unlikeFrom));
    this.#unlike = search.best < least || this.#episode > mostDoubtfulFrames;
    this.#echoFree = this.#hasNoEcho(ring);
    return !this.#unlike && !this.#echoFree;
  }

  /** Whether enough of the last frames stood out: speech has fainter moments. */
  #goesOn(): boolean {
    return bitsIn(this.#recent & 0xff) >= 3 || bitsIn(this.#recent) >= 5;
  }

  /** Whether the loudspeaker may be heard in a frame that begins at `from` (clock, ms). */
  #soundsAt(from: number): boolean {
    return this.#loudspeaker.sounds(from - latest * referenceFrameMs, from - earliest * referenceFrameMs);
  }
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

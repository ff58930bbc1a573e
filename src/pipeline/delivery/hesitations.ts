/** Filled pauses and drawn-out sounds in an utterance, found by their sound alone. Pure. */
import type { Hesitation } from "../../ports/delivery.ts";
import { cepstrumOrder } from "./cepstrum.ts";
import { type Frames, frameMs } from "./frames.ts";
import { quantileOf } from "./statistics.ts";

/** Clarity of pitch of voiced readings, and the change of the spectrum up to which they are steady, dB in 40 ms. */
const steady = { clarity: 0.6, change: 4.5 };
/** Shorter stretches are not weighed, ms. */
const shortestMs = 160;
/** Silence that makes a pause beside a stretch, and the furthest it may be from it, ms. */
const pause = { lengthMs: 150, withinMs: 100 };
/** Readings between a vowel and the nasal that follows it in an um. */
const longestStep = 4;
/** Silence looked at on each side, ms. */
const lookMs = 1000;
/**
 * Weights of a logistic regression on the calibration part of `npm run eval:fluency`: length by 100 ms, median change of
 * the spectrum by dB, spread of the level by dB (10th to 90th percentile), mean clarity, a pause beside it. Positive
 * sums are hesitations; the bias holds back 1.2 more than the regression does, for precision.
 */
const weights = { bias: -26.2, length: 1.78, change: -2.35, spread: -0.31, clarity: 26.5, pause: 2.03 };
/** Decibels between spectra by the distance of their cepstra: 10 / ln 10, times the square root of 2. */
const decibels = (10 * Math.SQRT2) / Math.LN10;
/** Readings are of 20 ms. */
const readingMs = 2 * frameMs;

/** A stretch of steady readings, the last included. */
interface Stretch {
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the hesitations of an utterance in order; `speaks` tells of a frame whether it is loud enough for speech, `last`
 * is the last frame of the voice. A voice that holds one sound for a quarter of a second or so hesitates, the surer the
 * longer and the steadier it is.
 */
export function findHesitations(
  frames: Frames,
  { speaks, last }: { speaks(frame: number): boolean; readonly last: number },
): Hesitation[] {
  const changes = spectralChanges(frames, speaks);
  const isAlone = ({ first, last: end }: Stretch) =>
    silenceBeside(frames, speaks, frameOf(first), -1).near &&
    silenceBeside(frames, speaks, frameOf(end), 1).near;
  return joinSounds(steadyStretches(changes), changes, isAlone).flatMap((stretch): Hesitation[] => {
    const lengthMs = (stretch.last - stretch.first) * readingMs + readingMs;
    if (lengthMs < shortestMs) return [];
    const before = silenceBeside(frames, speaks, frameOf(stretch.first), -1);
    const after = silenceBeside(frames, speaks, frameOf(stretch.last), 1);
    // The last sound of all is long in everybody's speech.
    const ahead = after.isPause && frameOf(stretch.last) + pause.withinMs / frameMs < last;
    const { change, spread, clarity } = steadiness(frames, changes, stretch);
    const evidence =
      weights.bias +
      (weights.length * lengthMs) / 100 +
      weights.change * change +
      weights.spread * spread +
      weights.clarity * clarity +
      (before.isPause || ahead ? weights.pause : 0);
    if (evidence <= 0) return [];
    // A word's end that is drawn out before a pause has its beginning right before it.
    const alone = before.near && after.near && (before.isPause || after.isPause);
    const startMs = frameOf(stretch.first) * frameMs;
    return [{ kind: alone ? "filled_pause" : "prolongation", startMs, endMs: startMs + lengthMs }];
  });
}

/** First frame of a reading's middle. */
function frameOf(reading: number): number {
  return 2 * reading + 2;
}

/** Change of the spectrum from the reading before each to the one after it, dB; Infinity where one is not voiced. */
function spectralChanges(
  { pitch, cepstra: { rows } }: Frames,
  speaks: (frame: number) => boolean,
): Float32Array {
  const changes = new Float32Array(pitch.length).fill(Number.POSITIVE_INFINITY);
  const voiced = (k: number) => pitch[k]!.clarity >= steady.clarity && speaks(frameOf(k));
  let run = 0;
  for (let k = 0; k < pitch.length; k++) {
    run = voiced(k) ? run + 1 : 0;
    if (run < 3) continue;
    let sum = 0;
    for (let i = 0, at = k * cepstrumOrder; i < cepstrumOrder; i++, at++)
      sum += (rows[at]! - rows[at - 2 * cepstrumOrder]!) ** 2;
    changes[k - 1] = decibels * Math.sqrt(sum);
  }
  return changes;
}

/** Runs of steady readings, with those beside them that they were compared to. One that changes more does not end a run. */
function steadyStretches(changes: Float32Array): Stretch[] {
  const stretches: Stretch[] = [];
  const holds = (k: number) => changes[k]! < steady.change;
  for (let k = 1; k < changes.length - 1; k++) {
    if (!holds(k)) continue;
    const first = k - 1;
    while (holds(k + 1) || (changes[k + 1]! < Number.POSITIVE_INFINITY && holds(k + 2))) k++;
    stretches.push({ first, last: k + 1 });
  }
  return stretches;
}

/** Joins sounds that follow each other in one voice, where silence is on both sides of all: the vowel and the m of an um. */
function joinSounds(
  stretches: readonly Stretch[],
  changes: Float32Array,
  isAlone: (stretch: Stretch) => boolean,
): Stretch[] {
  const joined: Stretch[] = [];
  for (const next of stretches) {
    const before = joined.at(-1);
    const whole = before && { first: before.first, last: next.last };
    const inOneVoice =
      before &&
      next.first - before.last <= longestStep &&
      changes.subarray(before.last, next.first + 1).every((change) => change < Number.POSITIVE_INFINITY);
    if (whole && inOneVoice && isAlone(whole)) joined[joined.length - 1] = whole;
    else joined.push(next);
  }
  return joined;
}

function steadiness(
  { level, pitch }: Frames,
  changes: Float32Array,
  { first, last }: Stretch,
): { readonly change: number; readonly spread: number; readonly clarity: number } {
  const levels = new Float64Array(last + 1 - first);
  let clarity = 0;
  for (let k = first; k <= last; k++) {
    levels[k - first] = level[frameOf(k)]!;
    clarity += pitch[k]!.clarity;
  }
  levels.sort();
  return {
    change: quantileOf(new Float64Array(changes.subarray(first + 1, last)).sort(), 0.5)!,
    spread: quantileOf(levels, 0.9)! - quantileOf(levels, 0.1)!,
    clarity: clarity / levels.length,
  };
}

/** Silence next to a stretch, in one direction from its last frame; what lies beyond the audio is silence. */
function silenceBeside(
  { level: { length } }: Frames,
  speaks: (frame: number) => boolean,
  from: number,
  step: 1 | -1,
): { readonly near: boolean; readonly isPause: boolean } {
  const inside = (frame: number) => frame >= 0 && frame < length;
  let at = from;
  while (inside(at) && speaks(at) && Math.abs(at - from) * frameMs <= lookMs) at += step;
  const near = Math.abs(at - from) * frameMs <= pause.withinMs;
  const silent = at;
  while (inside(at) && !speaks(at) && Math.abs(at - silent) * frameMs < pause.lengthMs) at += step;
  const isPause = near && (!inside(at) || Math.abs(at - silent) * frameMs >= pause.lengthMs);
  return { near, isPause };
}

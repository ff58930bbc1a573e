/** Pitch figures of an utterance, without errors of tracking. */
import type { VoiceDelivery } from "../../ports/delivery.ts";
import { deviation, quantile, quantileOf } from "./statistics.ts";
import { type Run, semitones } from "./voice.ts";

/** A jump of at least this, semitones, is taken for a jump of an octave. */
const octaveJump = 8;
/**
 * Multiples of the lower and the upper quartile beyond which a reading is an error of tracking, as De Looze & Hirst
 * have it for expressive speech (two-pass method: 0.75, and 1.5 or 2.5).
 */
const quartileBounds = { lower: 0.75, upper: 2.5 };
/** Voice needed for a median, and for the figures of movement: readings of 20 ms. */
export const fewest = { median: 5, movement: 25 };

export type PitchFigures = Pick<VoiceDelivery, "pitchHz" | "pitchRangeSemitones" | "pitchSdSemitones">;

/** Figures of the voice's runs. What too little voice tells is absent. */
export function pitchFigures(runs: readonly Run[]): PitchFigures {
  const voiced = steadyRuns(runs).flatMap(({ pitches }) => pitches.filter((pitch) => pitch > 0));
  if (voiced.length < fewest.median) return {};
  const sorted = new Float64Array(voiced).sort();
  const median = quantileOf(sorted, 0.5)!;
  const pitchHz = Math.round(median * 10) / 10;
  if (voiced.length < fewest.movement) return { pitchHz };
  const range = semitones(quantileOf(sorted, 0.95)!, quantileOf(sorted, 0.05)!);
  const sd = deviation(voiced.map((pitch) => semitones(pitch, median)))!;
  return { pitchHz, pitchRangeSemitones: hundredths(range), pitchSdSemitones: hundredths(sd) };
}

/** The runs without errors of tracking: pitches that are such are 0, whole runs that are such left out. */
export function steadyRuns(runs: readonly Run[]): readonly Run[] {
  const kept = withoutJumps(runs);
  const pitches = kept.flatMap((run) => run.pitches);
  const lowest = (quantile(pitches, 0.25) ?? 0) * quartileBounds.lower;
  const highest = (quantile(pitches, 0.75) ?? 0) * quartileBounds.upper;
  const within = (pitch: number) => (pitch >= lowest && pitch <= highest ? pitch : 0);
  return kept.map((run) => ({ ...run, pitches: run.pitches.map(within) }));
}

/** All runs but those an octave off a longer one that they touch. */
function withoutJumps(runs: readonly Run[]): Run[] {
  return runs.filter(({ pitches: { length }, jump = 0 }, k) => {
    const next = runs[k + 1];
    if (jump >= octaveJump && (runs[k - 1]?.pitches.length ?? 0) > length) return false;
    return !(next && (next.jump ?? 0) >= octaveJump && next.pitches.length > length);
  });
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

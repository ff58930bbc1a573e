/** The delivery of speech longer than its frames are kept: sums that add up, of constant size however long it lasts. Pure. */
import type { Hesitation } from "../../ports/delivery.ts";
import { fewest, type PitchFigures } from "./pitch-figures.ts";

/** Sums from which all figures follow. Times in ms; frames are of 10 ms. */
export interface SpeechSums {
  /** From the start of the audio to the first voiced moment. */
  readonly onsetMs: number;
  /** First to last voiced moment. */
  readonly speechMs: number;
  readonly pauseCount: number;
  readonly pausedMs: number;
  readonly longestPauseMs: number;
  readonly syllables: number;
  readonly filledPauses: number;
  readonly prolongations: number;
  /** The last of both. */
  readonly hesitations: readonly Hesitation[];
  /** Frames that are speech. */
  readonly frames: number;
  /** Sums of the parts in which noise hides how the pitch moves. */
  readonly noisyFrames: number;
  /** Over these: mean squares (full scale being 1), levels (dBFS) and squared levels. */
  readonly energy: number;
  readonly levels: number;
  readonly squares: number;
  /** Counts of pitch readings in each step from `lowestHz` up. */
  readonly pitches: Uint32Array;
}

/** Speech so far: how long its audio is, and its sums once there was voice in it. */
export interface SpeechSoFar {
  readonly lengthMs: number;
  readonly sums?: SpeechSums | undefined;
}

/** Pitches are told apart to this many semitones (0.3 %), from the lowest that is looked for to the highest. */
const step = 0.05;
const lowestHz = 60;
const octaves = 3.25;
/** Shortest pause, as in one utterance, ms. */
const shortestPauseMs = 250;
/** Hesitations whose places are kept, the last ones. */
const mostHesitations = 100;

/** Sums of nothing. */
export function emptySums(): SpeechSums {
  const none = { onsetMs: 0, speechMs: 0, pauseCount: 0, pausedMs: 0, longestPauseMs: 0, syllables: 0 };
  const pitches = new Uint32Array(Math.ceil((octaves * 12) / step));
  return {
    ...none,
    ...hesitationSums([]),
    frames: 0,
    noisyFrames: 0,
    energy: 0,
    levels: 0,
    squares: 0,
    pitches,
  };
}

/** Counts hesitations. */
export function hesitationSums(
  found: readonly Hesitation[],
): Pick<SpeechSums, "filledPauses" | "prolongations" | "hesitations"> {
  const filledPauses = found.filter(({ kind }) => kind === "filled_pause").length;
  const prolongations = found.length - filledPauses;
  return { filledPauses, prolongations, hesitations: found.slice(-mostHesitations) };
}

/** Counts pitches, Hz; 0 is none. */
export function addPitches({ pitches }: SpeechSums, readings: readonly number[]): void {
  for (const hz of readings) {
    if (hz <= 0) continue;
    const at = Math.round((12 * Math.log2(hz / lowestHz)) / step);
    pitches[Math.min(Math.max(0, at), pitches.length - 1)]!++;
  }
}

/** Speech and what follows it without a gap. The silence between their voices is a pause if it is long enough for one. */
export function joinSpeech(before: SpeechSoFar, after: SpeechSoFar): SpeechSoFar {
  const lengthMs = before.lengthMs + after.lengthMs;
  const [one, two] = [before.sums, after.sums];
  if (!two) return { lengthMs, sums: one };
  const onsetMs = before.lengthMs + two.onsetMs;
  const later = two.hesitations.map(
    (each): Hesitation => ({
      ...each,
      startMs: before.lengthMs + each.startMs,
      endMs: before.lengthMs + each.endMs,
    }),
  );
  if (!one) return { lengthMs, sums: { ...two, onsetMs, hesitations: later } };
  const gapMs = onsetMs - one.onsetMs - one.speechMs;
  const pauseMs = gapMs >= shortestPauseMs ? gapMs : 0;
  const sums: SpeechSums = {
    onsetMs: one.onsetMs,
    speechMs: one.speechMs + gapMs + two.speechMs,
    pauseCount: one.pauseCount + two.pauseCount + (pauseMs > 0 ? 1 : 0),
    pausedMs: one.pausedMs + two.pausedMs + pauseMs,
    longestPauseMs: Math.max(one.longestPauseMs, two.longestPauseMs, pauseMs),
    syllables: one.syllables + two.syllables,
    filledPauses: one.filledPauses + two.filledPauses,
    prolongations: one.prolongations + two.prolongations,
    hesitations: [...one.hesitations, ...later].slice(-mostHesitations),
    frames: one.frames + two.frames,
    noisyFrames: one.noisyFrames + two.noisyFrames,
    energy: one.energy + two.energy,
    levels: one.levels + two.levels,
    squares: one.squares + two.squares,
    pitches: one.pitches.map((count, at) => count + two.pitches[at]!),
  };
  return { lengthMs, sums };
}

/** Median, range and movement of the pitches that were counted. */
export function histogramFigures({ pitches }: SpeechSums): PitchFigures {
  const count = pitches.reduce((sum, each) => sum + each, 0);
  if (count < fewest.median) return {};
  const quantile = (share: number) => {
    let left = Math.floor((count - 1) * share);
    let at = 0;
    while (left >= pitches[at]!) left -= pitches[at++]!;
    return at * step;
  };
  const pitchHz = Math.round(lowestHz * 2 ** (quantile(0.5) / 12) * 10) / 10;
  if (count < fewest.movement) return { pitchHz };
  const mean = pitches.reduce((sum, each, at) => sum + each * at * step, 0) / count;
  const variance = pitches.reduce((sum, each, at) => sum + each * (at * step - mean) ** 2, 0) / count;
  return {
    pitchHz,
    pitchRangeSemitones: hundredths(quantile(0.95) - quantile(0.05)),
    pitchSdSemitones: hundredths(Math.sqrt(variance)),
  };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Beside the delivery figures: how pitch and level went, thinned out so that it can be kept and drawn. Pure. */
import type { Hesitation } from "../../ports/delivery.ts";
import { type Frames, frameMs } from "./frames.ts";
import type { Run } from "./voice.ts";

/** A silence of at least 250 ms inside an utterance, ms from the start of its audio. */
export interface Silence {
  readonly startMs: number;
  readonly lengthMs: number;
}

/** The course of an utterance from its first voiced moment to its last, a minute of it at most. */
export interface Contour {
  /** Time of the first point, ms from the start of the utterance's audio. */
  readonly startMs: number;
  /** From one point to the next, ms. */
  readonly stepMs: number;
  /** Hz; null where no voice is heard. */
  readonly pitchHz: ReadonlyArray<number | null>;
  /** RMS of each step, dBFS, −99 at the least. As many as pitches. */
  readonly levelDbfs: readonly number[];
  readonly pauses: readonly Silence[];
  readonly hesitations: readonly Hesitation[];
}

/** Twenty points a second show every rise and fall that is heard: a syllable lasts about 200 ms. */
const drawnStepMs = 50;
/** As often as pitch is read: for what happens within a syllable. */
export const fineStepMs = 20;
const longestMs = 60_000;

/** Draws it: `first` and `last` are the frames it begins and ends with. Pitches of 0 in the runs are none. */
export function drawContour(
  frames: Frames,
  {
    runs,
    first,
    last,
    pauses,
    hesitations,
    stepMs = drawnStepMs,
  }: {
    readonly runs: readonly Run[];
    readonly first: number;
    readonly last: number;
    readonly pauses: readonly Silence[];
    readonly hesitations: readonly Hesitation[];
    /** A multiple of 20. */
    readonly stepMs?: number;
  },
): Contour {
  const framesPerPoint = stepMs / frameMs;
  const length = Math.min(longestMs / stepMs, Math.ceil((last + 1 - first) / framesPerPoint));
  const voiced = Array.from({ length }, (): number[] => []);
  for (const { start, pitches } of runs)
    for (const [k, pitch] of pitches.entries()) {
      // A reading is of its window's middle, which is where frames 2k + 2 and 2k + 3 meet.
      const point = Math.floor((2 * (start + k) + 2 - first) / framesPerPoint);
      if (pitch > 0) voiced[point]?.push(pitch);
    }
  const endMs = first * frameMs + length * stepMs;
  return {
    startMs: first * frameMs,
    stepMs,
    pitchHz: voiced.map((pitches) => {
      const median =
        pitches.length < 2 ? pitches[0] : pitches.sort((a, b) => a - b)[(pitches.length - 1) >> 1];
      return median === undefined ? null : Math.round(median * 10) / 10;
    }),
    levelDbfs: Array.from({ length }, (_, point) =>
      levelAt(frames, first + point * framesPerPoint, framesPerPoint),
    ),
    pauses: pauses.filter(({ startMs }) => startMs < endMs),
    hesitations: hesitations.filter(({ startMs }) => startMs < endMs),
  };
}

/** Level of so many frames from one on. */
function levelAt({ energy }: Frames, from: number, count: number): number {
  const to = Math.min(from + count, energy.length);
  let sum = 0;
  for (let i = from; i < to; i++) sum += energy[i]!;
  return Math.max(-99, Math.round(10 * Math.log10(sum / Math.max(1, to - from) + 1e-12)));
}

/** A part of the delivery figures: which of the pitch readings are a voice. Pure. */
import { type Frames, readingOf } from "./frames.ts";

/** Clarity from which a reading can be of a voice; white and pink noise stay under 0.5 but for moments. */
const clear = 0.55;
/** From one reading to the next, 20 ms, a voice moves less than this, semitones; trained ones about 2 (Xu & Sun 2002). */
const furthestStep = 4;
/** Readings in a row that make a voice: 60 ms, more than one window. Noise is periodic for a moment, then differently. */
const shortestRun = 3;

/** Clear readings in a row, each a step from the one before that a voice can make. */
export interface Run {
  /** Number of the first reading. */
  readonly start: number;
  /** Hz, one for every 20 ms. */
  readonly pitches: number[];
  /** Jump of the pitch from the run right before, semitones; undefined after a gap. */
  readonly jump?: number;
}

/** The runs of readings where `speaks` says of their frames that they are loud enough. */
export function findVoice(frames: Frames, speaks: (frame: number) => boolean): Run[] {
  const runs: Run[] = [];
  let before = 0;
  frames.pitch.forEach(({ pitch, clarity }, start) => {
    const here = clarity >= clear && speaks(2 * start + 2) ? pitch : 0;
    const step = here > 0 && before > 0 ? Math.abs(semitones(here, before)) : undefined;
    if (step !== undefined && step <= furthestStep) runs.at(-1)!.pitches.push(here);
    else if (here > 0) runs.push({ start, pitches: [here], jump: step });
    before = here;
  });
  return runs.filter(({ pitches }) => pitches.length >= shortestRun);
}

/** Whether a frame is in one of the runs. */
export function voicedFrames(frames: Frames, runs: readonly Run[]): (frame: number) => boolean {
  const voiced = new Uint8Array(frames.pitch.length);
  for (const { start, pitches } of runs) voiced.fill(1, start, start + pitches.length);
  return (frame) => voiced[readingOf(frames, frame)] === 1;
}

/** From `reference` up to `pitch`, both in Hz. */
export function semitones(pitch: number, reference: number): number {
  return 12 * Math.log2(pitch / reference);
}

/** Melody of an utterance: its contour in semitones over the line on which the voice sinks, for what happens within words. Pure. */
import type { Contour } from "./contour.ts";

/** A pitch at a time, ms; semitones over 1 Hz. */
interface PitchPoint {
  readonly atMs: number;
  readonly semitones: number;
}

/** Range of levels below the loudest that tell something of speech, dB. */
const speechRangeDb = 30;
/** Silence lies so far below the loudest moment (de Jong & Wempe 2009), or little over the quietest, dB. */
const silenceDb = { belowLoudest: 25, overQuietest: 6 };

export class Melody {
  /** Voiced points in their order. */
  readonly points: readonly PitchPoint[];
  readonly #contour: Contour;
  readonly #loudest: number;
  /** Level under which a moment is silence, dBFS. */
  readonly #silence: number;
  /** Line through all points: semitones at 0 ms, and their change a millisecond. */
  readonly #line: { readonly start: number; readonly slope: number };

  /** @param contour with points close enough to tell syllables apart, such as every 20 ms */
  constructor(contour: Contour) {
    const { startMs, stepMs, pitchHz, levelDbfs } = contour;
    this.#contour = contour;
    this.#loudest = Math.max(...levelDbfs);
    this.#silence = Math.max(
      this.#loudest - silenceDb.belowLoudest,
      Math.min(...levelDbfs) + silenceDb.overQuietest,
    );
    this.points = pitchHz.flatMap((hz, k) =>
      hz === null ? [] : [{ atMs: startMs + (k + 0.5) * stepMs, semitones: 12 * Math.log2(hz) }],
    );
    this.#line = lineThrough(this.points);
  }

  /** Pitches of a stretch, over the line, semitones. */
  excursions(startMs: number, endMs: number): number[] {
    const { start, slope } = this.#line;
    return this.between(startMs, endMs).map(({ atMs, semitones }) => semitones - start - slope * atMs);
  }

  between(startMs: number, endMs: number): PitchPoint[] {
    return this.points.filter(({ atMs }) => atMs >= startMs && atMs < endMs);
  }

  /** Highest level of a stretch, dBFS; 30 dB under the loudest moment at the least. */
  level(startMs: number, endMs: number): number {
    return Math.max(this.#loudest - speechRangeDb, ...this.#levels(startMs, endMs));
  }

  /** Length of the longest silence in a stretch, ms. */
  quietMs(startMs: number, endMs: number): number {
    let longest = 0;
    let run = 0;
    for (const level of this.#levels(startMs, endMs)) {
      run = level < this.#silence ? run + this.#contour.stepMs : 0;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  #levels(startMs: number, endMs: number): readonly number[] {
    const { startMs: first, stepMs, levelDbfs } = this.#contour;
    const from = Math.max(0, Math.floor((startMs - first) / stepMs));
    return levelDbfs.slice(from, Math.max(from, Math.ceil((endMs - first) / stepMs)));
  }
}

/** Least squares. */
function lineThrough(points: readonly PitchPoint[]): { start: number; slope: number } {
  const count = Math.max(1, points.length);
  const meanAt = points.reduce((sum, { atMs }) => sum + atMs, 0) / count;
  const mean = points.reduce((sum, { semitones }) => sum + semitones, 0) / count;
  const spread = points.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  const together = points.reduce((sum, { atMs, semitones }) => sum + (atMs - meanAt) * (semitones - mean), 0);
  const slope = spread > 0 ? together / spread : 0;
  return { start: mean - slope * meanAt, slope };
}

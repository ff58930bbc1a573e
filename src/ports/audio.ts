/** Audio as the ports exchange it: mono 16-bit PCM, and words placed in it. */

/** Samples per second of mono 16-bit PCM. */
export type SampleRate = number;

/** A word and its place, in milliseconds from the start of its audio. */
export interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

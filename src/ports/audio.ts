/** Audio as the ports exchange it: mono 16-bit PCM at one of a few rates, and words placed in it. */
/** Samples per second of mono 16-bit PCM. */
export type SampleRate = number;

/** What is known about something said: timed words, a judged reading, how it was delivered; and what a reply is asked to answer. */

/** A word and where it lies, in milliseconds from the start of its audio. */
export interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

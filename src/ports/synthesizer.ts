/** The synthesizer's port: text in, streamed audio with word times out. Every implementation passes test/providers/synthesizer-contract.ts. */

import type { SampleRate, TimedWord } from "./audio.ts";
import type { Call } from "./call.ts";

export type OnDeparture = (said: string, words?: readonly TimedWord[]) => void;

export interface SynthesizeOptions extends Call {
  /** One of `voices`. */
  readonly voice: string;
  /** 1 is the voice's own pace; 0.25–1.5. */
  readonly speed: number;
  /** BCP 47. */
  readonly language: string;
  /** The rate the audio must come at; the implementation resamples. */
  readonly rate: SampleRate;
  /** True: a fixed phrase, spoken often in these very words, so that caching its audio pays. */
  readonly fixed?: boolean;
  /** Words of the text that carry its weight, as they are written there. Engines that cannot emphasise say them plainly. */
  readonly emphasis?: readonly string[];
  /**
   * Called by an engine that knows that it says other words than the text: as soon as it knows, with the whole words
   * said so far and their times from the start of this synthesis; again as it knows more; and behind the last chunk
   * with all that was said, which is the text where it turned out to have been said after all. Must not throw.
   */
  readonly onDeparture?: OnDeparture | undefined;
}

export interface SpeechChunk {
  /** Mono 16-bit PCM at the asked rate; never empty. */
  readonly pcm: Int16Array;
  /** Words that start in this chunk, timed from the start of this synthesis. */
  readonly words?: readonly TimedWord[];
}

/**
 * Speaks one sentence, streaming.
 * @throws StageError (`stage: "synthesize"`), or the signal's reason once aborted.
 */
export interface Synthesizer {
  readonly name: string;
  /** Voice names that may be asked for; the first is the default. */
  readonly voices: readonly string[];
  synthesize(text: string, options: SynthesizeOptions): AsyncIterable<SpeechChunk>;
}

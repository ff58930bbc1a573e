/** The synthesizer's port: text in, streamed audio with word times out. Every implementation passes test/providers/synthesizer-contract.ts. */

import type { SampleRate, TimedWord } from "./audio.ts";
import type { Call } from "./call.ts";

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
  /**
   * Called once, behind the last chunk, by an engine that knows that it said other words than the text: with the words
   * that it said. Must not throw.
   */
  readonly onDeparture?: ((said: string) => void) | undefined;
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

/** The transcriber's port: audio in, partial and final transcripts out. Every implementation passes test/providers/transcriber-contract.ts. */

import type { SampleRate, TimedWord } from "./audio.ts";
import type { Call } from "./call.ts";
import type { Reading } from "./reading.ts";

/** The text the coach asked the user to say, which lets a small engine listen for just that. */
export type Expectation =
  /** Read `text` aloud. `rival`: `text` is one word, and this the one other that is listened for in its place. */
  { readonly kind: "reading"; readonly text: string; readonly rival?: string };

/** What may help an engine that takes it; others leave it aside. */
export interface SpeechHints {
  /** Words that help a general transcriber (names, jargon), or a text about what is said. */
  readonly hint?: string;
  /** Words and phrases to expect. */
  readonly keywords?: readonly string[];
  /** BCP 47: languages that may be spoken, where it is not `language` alone. */
  readonly languages?: readonly string[];
  /** Log probabilities are wanted, of engines that tell them. */
  readonly logprobs?: boolean;
}

/** Log probability of a token of a transcript. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  /** UTF-8. */
  readonly bytes: readonly number[];
}

export interface TranscribeOptions extends Call, SpeechHints {
  /** Rate of the audio handed in; the implementation resamples if its engine wants another. */
  readonly rate: SampleRate;
  /** BCP 47, such as `en-US` or `fr-FR`. */
  readonly language: string;
  readonly expectation?: Expectation;
  /**
   * The speaker's identity: one object for each speaker, the same in every call of a session. An engine may keep what it
   * learns of the voice as long as the object lives. Undefined: nothing is known and nothing kept.
   */
  readonly speaker?: object;
}

/** A finished transcript. */
export interface Transcript {
  /** The words; empty where nothing could be recognised. */
  readonly text: string;
  /** False: there was speech, but this engine cannot transcribe it (free speech on a constrained engine). */
  readonly understood: boolean;
  readonly words?: readonly TimedWord[];
  /** True: every filler and repeated word is in the text. Engines that tidy up transcripts leave it out. */
  readonly verbatim?: boolean;
  /** Of its tokens, where they were asked for and the engine tells them. */
  readonly logprobs?: readonly TokenLogprob[];
  /** Word-by-word verdicts, when a reading was expected and the engine can judge it. */
  readonly reading?: Reading;
  /** A command said alone, spotted by an engine that listens for them; not part of a longer utterance. */
  readonly command?: "yes" | "no" | "next" | "repeat" | "wrap_up" | "stop";
}

export type TranscriptEvent =
  /** The words so far; replaces the partial before it. */
  | { readonly type: "partial"; readonly text: string }
  /** Comes exactly once, last. */
  | { readonly type: "final"; readonly transcript: Transcript };

/**
 * Transcribes one utterance. `audio` yields mono PCM and ends at the utterance's end; how it is cut into chunks must not
 * change the result. Events may start before the audio has ended.
 * @throws StageError (`stage: "transcribe"`), or the signal's reason once aborted.
 */
export interface Transcriber {
  /** Short name for logs and `session.created`, such as `soundswallower`. */
  readonly name: string;
  /** True: works while the audio comes, with a quick final, so that a preemptive transcript would gain nothing. */
  readonly streams?: boolean;
  /** True: tells log probabilities where they are asked for. */
  readonly tellsLogprobs?: boolean;
  /** True: nothing is done before the audio has ended. */
  readonly batch?: boolean;
  transcribe(audio: AsyncIterable<Int16Array>, options: TranscribeOptions): AsyncIterable<TranscriptEvent>;
}

/** The transcriber's port: audio in, partial and final transcripts out. Every implementation passes test/providers/transcriber-contract.ts. */

import type { SampleRate, TimedWord } from "./audio.ts";
import type { Call } from "./call.ts";
import type { Reading, Unjudgeable } from "./reading.ts";

/** The text the coach asked the user to say, which lets a small engine listen for just that. */
export type Expectation =
  /** Read `text` aloud. `rival`: `text` is one word, and this the one other that is listened for in its place. */
  { readonly kind: "reading"; readonly text: string; readonly rival?: string };

/** Hints at what will be said, for engines that take them; others ignore them. */
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
  /** True: all of the audio is there already, as of a recording: how well it is heard matters more than how soon. */
  readonly recorded?: boolean;
  /** Tells a transcriber with `readsAhead` where the speaker pauses and goes on. */
  readonly pauses?: SpeakerPauses;
}

/** The pauses within an utterance, as they are found. */
export interface SpeakerPauses {
  /** Has `listener` told of the pauses from now on, in place of another one. */
  subscribe(listener: PauseListener): void;
}

export interface PauseListener {
  /**
   * Silence has lasted a while after `samples` of the utterance's audio, which may still be on their way: the transcript
   * may be made of them, in case no more speech comes.
   */
  paused(samples: number): void;
  /** Speech goes on: a transcript of the pause is void. */
  resumed(): void;
}

/** A word of a transcript, its place, and what it is worth. */
export interface TranscribedWord extends TimedWord {
  /**
   * Estimated probability that the word was said, 0..1, of engines that tell it. How certain that is as a rule depends on the
   * engine, which draws the line itself: see `doubtful`.
   */
  readonly confidence?: number;
  /**
   * True: the engine cannot vouch for the word. It may be shown, marked as doubtful, but is not the speaker's word: nothing
   * quotes it, stores it as a fact, or acts on it without asking back. Undefined or false: as certain as this engine gets;
   * engines that tell no confidence leave all words so.
   */
  readonly doubtful?: boolean;
}

/** A finished transcript. */
export interface Transcript {
  /** The words; empty where nothing could be recognised. */
  readonly text: string;
  /** False: there was speech, but this engine cannot transcribe it (free speech on a constrained engine). */
  readonly understood: boolean;
  /**
   * Words of `text` in their order, where the engine knows their times. Free speech of a small engine has its doubtful words
   * among them, and they are in `text` as well; where all are doubtful, the transcript is not `understood` and has none.
   */
  readonly words?: readonly TranscribedWord[];
  /** True: every filler and repeated word is in the text. Engines that tidy up transcripts leave it out. */
  readonly verbatim?: boolean;
  /** Of its tokens, where they were asked for and the engine tells them. */
  readonly logprobs?: readonly TokenLogprob[];
  /** Word-by-word verdicts, when a reading was expected and the engine can judge it. */
  readonly reading?: Reading;
  /** The reason why an expected reading cannot be judged; `understood` is false then, and there is no `reading`. */
  readonly unjudgeable?: Unjudgeable;
  /** A command said alone, spotted by an engine that listens for them; not part of a longer utterance. */
  readonly command?: "yes" | "no" | "next" | "repeat" | "wrap_up" | "stop";
}

export type TranscriptEvent =
  /** The words so far; replaces the partial before it. */
  | { readonly type: "partial"; readonly text: string }
  /**
   * From a transcriber with `readsAhead`: the final as it will be if nothing but silence follows the first `samples` of
   * the audio.
   */
  | { readonly type: "preemptive"; readonly samples: number; readonly transcript: Transcript }
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
  /** True: takes `pauses`, and at each transcribes what was read so far; the final after a pause is that transcript. */
  readonly readsAhead?: boolean;
  /** True: nothing is done before the audio has ended. */
  readonly batch?: boolean;
  transcribe(audio: AsyncIterable<Int16Array>, options: TranscribeOptions): AsyncIterable<TranscriptEvent>;
}

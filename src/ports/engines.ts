/** The three ports through which the pipeline reaches an engine. Every implementation passes test/providers/contracts. */
import type { Delivery, Prompt, Reading, TimedWord } from "./speech.ts";
import type { OnUsage } from "./usage.ts";

/** Samples per second of mono 16-bit PCM. */
export type SampleRate = number;

/** What the calls of all three ports have in common. */
interface Call {
  readonly signal: AbortSignal;
  /**
   * Is told what each request made for this call used: retried, hedged and stand-in ones too, and those given up on, as
   * estimates. One that finished is told before the call ends, and before a `final` or `end` is given; one that was
   * aborted, a moment after the abort, which may be after the call has ended. Engines that charge nothing tell nothing. Must not throw.
   */
  readonly onUsage?: OnUsage;
}

/** What the coach asked the user to say, which lets a small engine listen for just that. */
export type Expectation =
  /** Read `text` aloud. `rival`: `text` is one word, and this the one other that is listened for in its place. */
  { readonly kind: "reading"; readonly text: string; readonly rival?: string };

export interface TranscribeOptions extends Call {
  /** Rate of the audio handed in; the implementation resamples if its engine wants another. */
  readonly rate: SampleRate;
  /** BCP 47, such as `en-US` or `fr-FR`. */
  readonly language: string;
  /** Words that help a general transcriber (names, jargon). */
  readonly hint?: string;
  readonly expectation?: Expectation;
  /**
   * Whose utterance it is: one object for each speaker, the same in every call of a session. An engine may keep with it
   * what it learns of the voice, no longer than the object lives. Left out: nothing is known and nothing kept.
   */
  readonly speaker?: object;
}

/** A finished transcript. */
export interface Transcript {
  /** What was said; empty where nothing could be recognised. */
  readonly text: string;
  /** False: speech was heard, but this engine cannot tell what was said (free speech on a constrained engine). */
  readonly understood: boolean;
  readonly words?: readonly TimedWord[];
  /** True: every um and every repeated word is in it. Engines that tidy up what was said leave it out. */
  readonly verbatim?: boolean;
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
 * Hears one utterance. `audio` yields mono PCM and ends at the utterance's end; how it is cut into chunks must not
 * change the result. Events may start before the audio has ended.
 * @throws StageError (`stage: "transcribe"`), or the signal's reason once aborted.
 */
export interface Transcriber {
  /** Short name for logs and `session.created`, such as `soundswallower`. */
  readonly name: string;
  /** True: it works while the audio comes and its final follows the end quickly, so that a draft would gain nothing. */
  readonly streams?: boolean;
  /** True: nothing is done before the audio has ended. */
  readonly batch?: boolean;
  transcribe(audio: AsyncIterable<Int16Array>, options: TranscribeOptions): AsyncIterable<TranscriptEvent>;
}

export interface ReplyOptions extends Call {
  /** Upper bound on the reply's length in the model's tokens; undefined: the model's own. */
  readonly maxOutputTokens?: number;
}

export type ReplyDelta =
  | { readonly type: "text"; readonly delta: string }
  /** A whole function call; `arguments` is JSON text. */
  | { readonly type: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  /** Comes exactly once, last. `incomplete`: stopped before it was whole. `finish`: why it ended, where the model says. */
  | {
      readonly type: "end";
      readonly incomplete?: boolean;
      readonly finish?: FinishReason;
      readonly usage?: Usage;
    };

/**
 * Why a model ended its reply: it was done (`stop`), wants functions called, reached `maxOutputTokens` or its own limit
 * (`length`), was stopped by a filter; `unknown`: the model gives a reason that is none of these.
 */
export type FinishReason = "stop" | "tool_calls" | "length" | "content_filter" | "unknown";

/** Tokens of one reply as the model counts them: what a client is told of it. What is paid for goes to `onUsage`. */
export interface Usage {
  readonly inputTokens: number;
  /** Those of the input that came from the model's cache, where it says. */
  readonly cachedInputTokens?: number;
  readonly outputTokens: number;
}

/**
 * Answers a prompt, token by token.
 * @throws StageError (`stage: "reply"`), or the signal's reason once aborted.
 */
export interface ReplyModel {
  readonly name: string;
  /** Whether `prompt.tools` can be called at all. */
  readonly callsTools: boolean;
  /** True: it answers with JSON where instructions ask for that, so that it can assess a conversation. */
  readonly answersJson?: boolean;
  reply(prompt: Prompt, options: ReplyOptions): AsyncIterable<ReplyDelta>;
}

export interface SynthesizeOptions extends Call {
  /** One of `voices`. */
  readonly voice: string;
  /** 1 is the voice's own pace; 0.25–1.5. */
  readonly speed: number;
  /** BCP 47. */
  readonly language: string;
  /** The rate the audio must come at; the implementation resamples. */
  readonly rate: SampleRate;
  /** True: said again and again in these very words, so that its audio is worth keeping. */
  readonly fixed?: boolean;
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

export type { Delivery, Prompt, Reading, TimedWord };

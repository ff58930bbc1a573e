/** Messages between the server and the process of a local engine. */
import type { TimedWord } from "../../../ports/audio.ts";
import type { ModelKind } from "../models/model-shape.ts";

/** What a process runs: a model and the threads it may compute with. Comes as the process's first message. */
export interface EngineTask {
  readonly type: "open";
  readonly kind: ModelKind;
  readonly config: { readonly modelConfig?: object; readonly model?: object };
  readonly threads: number;
  /** Punctuates what the recogniser gives. */
  readonly punctuation?: PunctuationTask | undefined;
}

/** A model of punctuation: its family, and the runtime's configuration of it. */
export interface PunctuationTask {
  readonly family: string;
  readonly config: object;
}

/** A request of a call, by its number; `pcm` is mono 16-bit. `punctuate`: the model of punctuation is for its language. */
export type CallMessage =
  /** An utterance whose audio comes as it is spoken, to a streaming recogniser. */
  | { readonly type: "listen"; readonly rate: number; readonly punctuate: boolean }
  | { readonly type: "audio"; readonly pcm: Int16Array }
  | { readonly type: "end" }
  /** A whole utterance. */
  | {
      readonly type: "recognise";
      readonly rate: number;
      readonly pcm: Int16Array;
      readonly punctuate: boolean;
    }
  /** A sentence; the audio is to come at `rate`. */
  | {
      readonly type: "speak";
      readonly text: string;
      readonly speaker: number;
      readonly speed: number;
      readonly rate: number;
    }
  /** Asks for the memory of the process. */
  | { readonly type: "weigh" }
  /** Nobody waits for the call any more. */
  | { readonly type: "drop" };

export type ToEngine = EngineTask | (CallMessage & { readonly id: number });

/** What a call gives. All but a `text` without `final` are its last. */
export type Answer =
  | {
      readonly type: "text";
      readonly text: string;
      readonly final: boolean;
      readonly words?: readonly TimedWord[];
    }
  | { readonly type: "sound"; readonly pcm: Int16Array }
  | { readonly type: "weight"; readonly memoryBytes: number }
  | { readonly type: "failed"; readonly reason: string };

export type FromEngine =
  /** The model is loaded; the process's memory, bytes. */
  | { readonly type: "opened"; readonly memoryBytes: number }
  | { readonly type: "refused"; readonly reason: string }
  | (Answer & { readonly id: number });

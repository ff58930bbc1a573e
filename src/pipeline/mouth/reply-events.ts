import type { TimedWord } from "../../ports/audio.ts";
import type { FinishReason, Usage } from "../../ports/reply-model.ts";

/** Times and words of a sentence as said, as far as is known; filled in while the sentence is made. */
export interface Reading {
  /** Length of its audio; undefined: more may come. */
  samples?: number;
  /** Whole words said so far in place of the sentence's; undefined: none but its own. */
  said?: string;
  /** Their times from the start of the reply's audio; undefined: not known. */
  words?: readonly TimedWord[] | undefined;
}

export type ReplyEvent =
  /** The model's text as it comes (text-only replies). */
  | { readonly type: "text"; readonly delta: string }
  /** The text whose audio comes next; all of them joined are the reply's full text, white space and markup included. */
  | { readonly type: "transcript"; readonly delta: string; readonly reading?: Readonly<Reading> }
  /** Follows the audio of the last `transcript`, where the voice knows that it said other words than these: what it said. */
  | { readonly type: "departure"; readonly said: string }
  /** Mono PCM at the asked rate, never empty; `words` that start in it, timed from the start of the *reply's* audio. */
  | { readonly type: "audio"; readonly pcm: Int16Array; readonly words?: readonly TimedWord[] }
  | { readonly type: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  /** Exactly once, last. `finish`: why the model ended, where it says. `empty`: it was cut off with nothing said or called. */
  | {
      readonly type: "end";
      readonly incomplete: boolean;
      readonly empty?: true;
      readonly finish?: FinishReason;
      readonly usage?: Usage;
    };

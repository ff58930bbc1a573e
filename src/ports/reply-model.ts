/** The reply model's port: a prompt in, streamed text and function calls out. Every implementation passes test/providers/reply-model-contract.ts. */
import type { Call } from "./call.ts";
import type { Prompt } from "./prompt.ts";

export interface ReplyOptions extends Call {
  /** Upper bound on the reply's length in the model's tokens; undefined: the model's own. */
  readonly maxOutputTokens?: number;
}

export type ReplyDelta =
  | { readonly type: "text"; readonly delta: string }
  /** A whole function call; `arguments` is JSON text. */
  | { readonly type: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  /** Exactly once, last. `incomplete`: stopped early. `finish`: the reason of the end, where the model gives one. */
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

/** Tokens of one reply as the model counts them, for the client. Charged usage goes to `onUsage`. */
export interface Usage {
  readonly inputTokens: number;
  /** Input tokens from the model's cache, where it reports them. */
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
  /** True: answers with JSON where instructions ask for that, and so can assess a conversation. */
  readonly answersJson?: boolean;
  reply(prompt: Prompt, options: ReplyOptions): AsyncIterable<ReplyDelta>;
}

/** A reply model's input: the conversation, tools, instructions and the coach's brief. */
import type { Brief } from "./brief.ts";

/** One entry of the conversation as a model reads it. */
export type PromptItem =
  | { readonly role: "system" | "user" | "assistant"; readonly text: string }
  | { readonly role: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  | { readonly role: "tool_result"; readonly callId: string; readonly output: string };

export interface PromptTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema. */
  readonly parameters?: unknown;
}

/** The form of an answer in JSON. */
export interface AnswerForm {
  readonly name: string;
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Everything a reply is made from. */
export interface Prompt {
  readonly instructions: string;
  readonly items: readonly PromptItem[];
  readonly brief: Brief;
  /** BCP 47 language to answer in. */
  readonly language: string;
  readonly tools: readonly PromptTool[];
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string };
  /** False: the reply may call one function at most. A model that cannot be held to it may call several. */
  readonly parallelToolCalls?: false;
  /** The instructions ask for JSON of this form; a model that can be held to it is. */
  readonly answer?: AnswerForm;
}

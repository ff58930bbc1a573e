import type { FinishReason } from "../../../ports/reply-model.ts";

/**
 * The text of a message's `content`: a string, one part or a list of parts. Parts without text of their own (thinking,
 * images, references) say nothing, and neither does anything else.
 */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(textOf).join("");
  if (typeof content !== "object" || content === null) return "";
  const { type = "text", text } = content as { type?: unknown; text?: unknown };
  return typeof type === "string" && SAID.has(type) && typeof text === "string" ? text : "";
}

/** Types of parts that are for the listener. */
const SAID = new Set(["text", "output_text", "text_delta"]);

/** The arguments of a call: JSON text, or, at some servers, the object itself. */
export function argumentsOf(given: unknown): string {
  if (typeof given === "string") return given;
  return typeof given === "object" && given !== null ? JSON.stringify(given) : "";
}

/** Servers' words for why a reply ended. `failed`: it broke off. */
const REASONS: Readonly<Record<string, FinishReason | "failed">> = {
  stop: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  content_filter: "content_filter",
  refusal: "content_filter",
  safety: "content_filter",
  sensitive: "content_filter",
  recitation: "content_filter",
  tool_calls: "tool_calls",
  tool_use: "tool_calls",
  function_call: "tool_calls",
  error: "failed",
  abort: "failed",
  insufficient_system_resource: "failed",
};

/** Maps a server's `finish_reason` to a FinishReason; an unlisted word becomes `unknown`. */
export function finishReason(told: string): FinishReason | "failed" {
  const word = told.toLowerCase();
  return Object.hasOwn(REASONS, word) ? (REASONS[word] as FinishReason | "failed") : "unknown";
}

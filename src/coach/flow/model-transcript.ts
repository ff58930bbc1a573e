import type { AnswerForm, Prompt, PromptItem } from "../../ports/prompt.ts";

/** Longest transcript for a model, characters; of a longer conversation it is given the end. */
const longestTranscript = 60_000;

/** A prompt without tools that asks for JSON about a conversation, in the form of `answer`. */
export function jsonPrompt(instructions: string, data: object, language: string, answer: AnswerForm): Prompt {
  return {
    instructions,
    items: [{ role: "user", text: JSON.stringify(data) }],
    brief: { kind: "plain" },
    language,
    tools: [],
    toolChoice: "none",
    answer,
  };
}

/** Writes the conversation with its speakers; `last`: that many entries at most. */
export function transcriptOf(items: readonly PromptItem[], last = Number.POSITIVE_INFINITY) {
  const lines: { who: "user" | "coach"; said: string }[] = [];
  let length = 0;
  for (const item of items.toReversed()) {
    if (item.role !== "user" && item.role !== "assistant") continue;
    const said = item.text.trim();
    if (said === "") continue;
    length += said.length;
    if (length > longestTranscript || lines.length >= last) break;
    lines.push({ who: item.role === "user" ? "user" : "coach", said });
  }
  return lines.reverse();
}

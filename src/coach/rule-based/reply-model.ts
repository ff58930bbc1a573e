/** The rule-based ReplyModel: composes replies from the brief, without a network or a key. */
import type { Prompt } from "../../ports/prompt.ts";
import type { ReplyDelta, ReplyModel, ReplyOptions } from "../../ports/reply-model.ts";
import { composeReply } from "./compose-reply.ts";

/**
 * The rule-based reply model: English and French, the same prompt always answered the same. One token is one word
 * with the white space behind it. Calls no tools.
 */
export function ruleBasedReplyModel(): ReplyModel {
  return { name: "rules", callsTools: false, reply: streamReply };
}

async function* streamReply(
  prompt: Prompt,
  { maxOutputTokens = Number.POSITIVE_INFINITY, signal }: ReplyOptions,
): AsyncGenerator<ReplyDelta, void, undefined> {
  const words = wordsOf(composeReply(prompt));
  const incomplete = words.length > maxOutputTokens;
  const given = incomplete ? words.slice(0, maxOutputTokens) : words;
  for (const delta of given) {
    signal.throwIfAborted();
    yield { type: "text", delta };
  }
  signal.throwIfAborted();
  const usage = { inputTokens: countWords(prompt), outputTokens: given.length };
  yield incomplete ? { type: "end", incomplete, usage } : { type: "end", usage };
}

function wordsOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

/** Counts the words that the rules read: the conversation, not the instructions, which they do not follow. */
function countWords(prompt: Prompt): number {
  let count = 0;
  for (const item of prompt.items) if ("text" in item) count += wordsOf(item.text).length;
  return count;
}

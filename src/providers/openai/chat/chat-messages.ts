/** A prompt as chat messages. Pure. */
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import type { Prompt, PromptItem, PromptTool } from "../../../ports/prompt.ts";
import { briefNote } from "./brief-note.ts";

/**
 * Instructions first and the turn's note last, so that what stays the same from turn to turn comes first: servers keep
 * what they have computed for a common beginning.
 */
export function chatMessages(prompt: Prompt): ChatCompletionMessageParam[] {
  const note = briefNote(prompt.brief, prompt.language);
  return [
    ...(prompt.instructions.trim() === "" ? [] : [systemMessage(prompt.instructions)]),
    ...conversation(prompt.items),
    ...(note === undefined ? [] : [systemMessage(note)]),
  ];
}

const systemMessage = (content: string) => ({ role: "system" as const, content });

/**
 * Calls made in a row become one message, answered right behind it, as servers demand: a call that has no result yet
 * gets an empty one, a result whose call is not in the conversation (any more) is left out.
 */
function conversation(items: readonly PromptItem[]): ChatCompletionMessageParam[] {
  const results = new Map<string, string>();
  for (const item of items) if (item.role === "tool_result") results.set(item.callId, item.output);
  const messages: ChatCompletionMessageParam[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as PromptItem;
    if (item.role === "tool_result") continue;
    if (item.role !== "tool_call") {
      messages.push({ role: item.role, content: item.text });
      continue;
    }
    const calls = [item];
    for (let next = items[i + 1]; next?.role === "tool_call"; next = items[++i + 1]) calls.push(next);
    const toolCalls = calls.map(({ callId, name, arguments: args }) => ({
      id: callId,
      type: "function" as const,
      function: { name, arguments: args },
    }));
    messages.push({ role: "assistant", content: null, tool_calls: toolCalls });
    for (const { callId } of calls)
      messages.push({ role: "tool", tool_call_id: callId, content: results.get(callId) ?? "" });
  }
  return messages;
}

/** Functions that may be called, as the chat API wants them. */
export function chatTools(tools: readonly PromptTool[]): ChatCompletionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: {
      name,
      description,
      parameters: parameters as Record<string, unknown> | undefined,
    },
  }));
}

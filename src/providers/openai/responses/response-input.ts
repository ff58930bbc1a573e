/** A prompt as the Responses API takes it. Pure. */
import type { FunctionTool, ResponseInputItem } from "openai/resources/responses/responses";
import type { Prompt, PromptItem, PromptTool } from "../../../ports/prompt.ts";
import { briefNote } from "../chat/brief-note.ts";

/** The conversation, and the turn's note last, as in `chatMessages`. Instructions go in a field of their own. */
export function responseInput(prompt: Prompt): ResponseInputItem[] {
  const note = briefNote(prompt.brief, prompt.language);
  return [
    ...conversation(prompt.items),
    ...(note === undefined ? [] : [{ role: "system" as const, content: note }]),
  ];
}

/** Each call is answered right behind it, by an empty output where it has none yet; a result without its call is left out. */
function conversation(items: readonly PromptItem[]): ResponseInputItem[] {
  const results = new Map<string, string>();
  for (const item of items) if (item.role === "tool_result") results.set(item.callId, item.output);
  return items.flatMap((item): ResponseInputItem[] => {
    if (item.role === "tool_result") return [];
    if (item.role !== "tool_call") return [{ role: item.role, content: item.text }];
    const { callId, name, arguments: args } = item;
    return [
      { type: "function_call", call_id: callId, name, arguments: args },
      { type: "function_call_output", call_id: callId, output: results.get(callId) ?? "" },
    ];
  });
}

/** Functions that may be called. Their schemas are the client's own, which need not keep to the rules of `strict`. */
export function responseTools(tools: readonly PromptTool[]): FunctionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: "function",
    name,
    strict: false,
    parameters: (parameters ?? { type: "object", properties: {} }) as Record<string, unknown>,
    ...(description !== undefined && { description }),
  }));
}

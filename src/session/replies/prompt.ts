/** The conversation as a reply model reads it. Pure. */
import { coachLanguage } from "../../coach/coach.ts";
import type { Prompt, PromptItem, PromptTool } from "../../ports/prompt.ts";
import type { Item } from "../../protocol/items.ts";
import type { Entry, ReplyPlan, SessionState } from "../turns/state.ts";

/** The conversation as a model reads it. */
export function promptItems(entries: readonly Entry[]): PromptItem[] {
  return entries.flatMap((entry) => promptItem(entry.item, transcriptOf(entry)) ?? []);
}

/** The prompt of a planned reply: the client's own input where it gave one, the conversation otherwise. */
export function buildPrompt(state: SessionState, plan: ReplyPlan): Prompt {
  const items = plan.input
    ? plan.input.flatMap((item) => promptItem(item) ?? [])
    : promptItems(state.entries);
  return {
    instructions: plan.instructions,
    items,
    brief: plan.rules === "coach" ? state.brief : { kind: "plain" },
    language: coachLanguage(state.coach),
    tools: plan.tools.flatMap(promptTool),
    toolChoice: typeof plan.toolChoice === "string" ? plan.toolChoice : { name: plan.toolChoice.name },
    ...(!plan.parallelToolCalls && { parallelToolCalls: false }),
  };
}

function transcriptOf(entry: Entry): string | undefined {
  return entry.kind === "spoken_by_user" ? entry.transcript : undefined;
}

function promptItem(item: Item, transcript?: string): PromptItem | undefined {
  if (item.type === "function_call") {
    return { role: "tool_call", callId: item.call_id ?? "", name: item.name, arguments: item.arguments };
  }
  if (item.type === "function_call_output") {
    return { role: "tool_result", callId: item.call_id, output: item.output };
  }
  const text = transcript ?? contentText(item);
  return text === "" ? undefined : { role: item.role, text };
}

/** All that is written in a message's content, joined. */
export function contentText(item: Extract<Item, { type: "message" }>): string {
  return item.content
    .map((part) => ("text" in part ? part.text : "transcript" in part ? part.transcript : undefined) ?? "")
    .join(" ")
    .trim();
}

function promptTool(tool: ReplyPlan["tools"][number]): PromptTool[] {
  if (tool.name === undefined) return [];
  return [
    {
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters,
    },
  ];
}

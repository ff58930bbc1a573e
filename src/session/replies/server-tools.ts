import type { PromptItem, PromptTool } from "../../ports/prompt.ts";
import type { ReplyDelta, ReplyModel } from "../../ports/reply-model.ts";

/** Rounds of calls in one reply; then it has to speak. */
const maxRounds = 3;

type Call = Extract<ReplyDelta, { type: "tool_call" }>;

/**
 * Wraps a model. `run` does one call and says what came of it, as text for the model. Calls of other functions pass
 * through: those are the client's.
 */
export function withServerTools(
  model: ReplyModel,
  tools: readonly PromptTool[],
  run: (call: Call) => string,
): ReplyModel {
  const own = new Set(tools.map((tool) => tool.name));
  return {
    ...model,
    async *reply(prompt, options) {
      let items: readonly PromptItem[] = prompt.items;
      for (let round = 0; ; round++) {
        const calls: Call[] = [];
        let end: ReplyDelta = { type: "end" };
        // A function of the client's goes before one of ours of the same name.
        const free = tools.filter((tool) => !prompt.tools.some((other) => other.name === tool.name));
        const offered = round < maxRounds ? [...prompt.tools, ...free] : prompt.tools;
        for await (const delta of model.reply({ ...prompt, items, tools: offered }, options)) {
          if (delta.type === "end") end = delta;
          else if (delta.type === "tool_call" && own.has(delta.name) && isFree(delta, free))
            calls.push(delta);
          else yield delta;
        }
        if (calls.length === 0) return yield end;
        items = [...items, ...calls.flatMap((call) => exchange(call, run(call)))];
      }
    },
  };
}

function isFree(call: Call, free: readonly PromptTool[]): boolean {
  return free.some((tool) => tool.name === call.name);
}

function exchange(call: Call, output: string): PromptItem[] {
  const { callId, name } = call;
  return [
    { role: "tool_call", callId, name, arguments: call.arguments },
    { role: "tool_result", callId, output },
  ];
}

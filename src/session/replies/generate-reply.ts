/** Generates a reply: chooses model and voice, and notes times on the way. Step 6 of a turn. */
import { coachTools, isCoachTool, runCoachTool } from "../../coach/flow/tools.ts";
import { reply } from "../../pipeline/mouth/reply.ts";
import type { ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import type { Prompt } from "../../ports/prompt.ts";
import type { ReplyModel } from "../../ports/reply-model.ts";
import { sampleRate } from "../../protocol/audio-format.ts";
import type { SessionContext } from "../session-context.ts";
import type { ReplyPlan } from "../turns/state.ts";
import type { ReplyTimes } from "./latency.ts";
import { withServerTools } from "./server-tools.ts";

/** Context of a reply beside its plan and prompt. */
export interface GenerationContext {
  readonly times: ReplyTimes;
  readonly given: { text: string };
  readonly onSentence?: () => void;
  /** In place of the session's model. */
  readonly acting?: ReplyModel | undefined;
}

/** Makes a reply as it is read: the plan's model and voice, its moments noted. */
export function generateReply(
  session: SessionContext,
  { plan, prompt }: { readonly plan: ReplyPlan; readonly prompt: Prompt },
  { times, given, onSentence, acting }: GenerationContext,
  signal: AbortSignal,
): AsyncIterable<ReplyEvent> {
  const { engines, clock } = session;
  return reply(prompt, {
    model: modelFor(plan, acting ?? engines.replyModel),
    ...(plan.modality === "audio" && { synthesizer: engines.synthesizer }),
    voice: session.capabilities.findVoice(plan.voice) ?? plan.voice,
    speed: plan.speed,
    rate: sampleRate(plan.format),
    language: prompt.language,
    ...(plan.maxOutputTokens !== "inf" && { maxOutputTokens: plan.maxOutputTokens }),
    clock,
    signal,
    onFirstDelta() {
      times.firstTokenAt = clock.now();
    },
    onUsage: session.usage.add,
    isFixed: (sentence) =>
      plan.fixed === true || (prompt.brief.kind === "drill" && sentence === prompt.brief.next),
    onText(text, whole) {
      given.text += text;
      if (whole) onSentence?.();
    },
  });
}

function modelFor({ fixedText, parallelToolCalls }: ReplyPlan, model: ReplyModel): ReplyModel {
  if (fixedText !== undefined) return fixedTextModel(fixedText);
  return parallelToolCalls ? model : withOneToolCall(model);
}

/** [CT1] With `kuku.v1` a model that calls functions may act as the coach; never in a preemptive reply, which nobody has asked for. */
export function modelWithCoachTools(
  session: SessionContext,
  replyId: string,
  plan: ReplyPlan,
): ReplyModel | undefined {
  const { engines, clock, post } = session;
  const { extended, coach } = session.state();
  if (!extended || plan.rules !== "coach" || plan.outOfBand || !engines.replyModel.callsTools)
    return undefined;
  return withServerTools(engines.replyModel, coachTools(coach), ({ name }) => {
    if (!isCoachTool(name)) return "{}";
    const { result } = runCoachTool(session.state().coach, name, clock.wallTime());
    post({ type: "coach_tool_called", replyId, name });
    return result;
  });
}

/** [RF4] A model whose further calls are left out: not every server can be held to one. */
function withOneToolCall(model: ReplyModel): ReplyModel {
  return {
    ...model,
    async *reply(prompt, options) {
      let called = false;
      for await (const delta of model.reply(prompt, options)) {
        if (delta.type !== "tool_call" || !called) yield delta;
        called ||= delta.type === "tool_call";
      }
    },
  };
}

/** A model that says one thing. */
function fixedTextModel(text: string): ReplyModel {
  return {
    name: "fixed",
    callsTools: false,
    async *reply() {
      yield { type: "text", delta: text };
      yield { type: "end" };
    },
  };
}

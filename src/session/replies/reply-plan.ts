/**
 * Plan of a response that a client asks for, refused or completed with the session's defaults. Pure but for new ids.
 */
import type { Item } from "../../protocol/items.ts";
import type { ResponseParams } from "../../protocol/responses.ts";
import type { Refusal } from "../configuration/configure.ts";
import {
  fixedRefusal,
  refuseModelOptions,
  refuseToolUse,
  refuseVoice,
  voiceName,
  withRate,
} from "../configuration/configure.ts";
import { changedPlan } from "../configuration/fixed-settings.ts";
import { completeItem } from "../turns/conversation.ts";
import type { ReplyPlan } from "../turns/state.ts";
import { findEntry } from "../turns/state.ts";
import type { StepContext } from "../turns/step-context.ts";
import { hasReplies } from "../turns/transcription-session.ts";

/** Why these parameters cannot be had, or not now; undefined: they can. */
export function refuseParams(context: StepContext, params: ResponseParams): Refusal | undefined {
  const { state, env } = context;
  if (!hasReplies(state))
    return {
      code: "unsupported_value",
      param: "type",
      message:
        "This is a transcription session, which has no replies; connect without intent=transcription for a conversation.",
    };
  const voice = params.audio?.output?.voice;
  const unknown = params.input?.findIndex(
    (item) => item.type === "item_reference" && !findEntry(state, item.id),
  );
  if (params.conversation === "none" && state.outOfBandReplies.length >= env.limits.outOfBandReplies)
    return {
      code: "rate_limit_exceeded",
      param: "response.conversation",
      message: `At most ${env.limits.outOfBandReplies} out-of-band responses at once.`,
    };
  if (params.conversation !== "none" && state.reply.type !== "none")
    return {
      code: "conversation_already_has_active_response",
      param: "response",
      message: `The conversation already has an active response, ${state.reply.replyId}. Wait for its response.done, or cancel it.`,
    };
  if (unknown !== undefined && unknown >= 0)
    return {
      code: "item_reference_invalid_item_id",
      param: `response.input[${unknown}].id`,
      message: "This item is not in the conversation.",
    };
  return (
    refuseModelOptions(params, "response") ??
    (voice === undefined ? undefined : refuseVoice(voice, "response.audio.output.voice", env.capabilities)) ??
    refuseToolUse(params.tools, params.tool_choice, state.config.tools, "response", env.capabilities) ??
    refuseFixedParams(context, params)
  );
}

function refuseFixedParams(context: StepContext, params: ResponseParams): Refusal | undefined {
  const { fixed } = context.state;
  const changed = fixed && changedPlan(fixed, planReply(context, {}), planReply(context, params));
  return changed === undefined ? undefined : fixedRefusal(`response.${changed}`);
}

/** A response with every default filled in. */
export function planReply(context: StepContext, params: ResponseParams): ReplyPlan {
  const { config } = context.state;
  const output = params.audio?.output;
  const voice = output?.voice ?? config.audio.output.voice;
  const format = output?.format ?? config.audio.output.format;
  const input = params.input?.flatMap((item) => inputItem(context, item));
  const own = input !== undefined || params.instructions !== undefined;
  return {
    instructions: params.instructions ?? config.instructions,
    modality: (params.output_modalities ?? config.output_modalities)[0] ?? "audio",
    voice: voiceName(voice),
    speed: config.audio.output.speed,
    format: withRate(format),
    maxOutputTokens: params.max_output_tokens ?? config.max_output_tokens,
    tools: params.tools ?? config.tools,
    toolChoice: params.tool_choice ?? config.tool_choice,
    parallelToolCalls: params.parallel_tool_calls ?? config.parallel_tool_calls ?? true,
    metadata: params.metadata ?? null,
    outOfBand: params.conversation === "none",
    input,
    rules: own ? "plain" : "coach",
  };
}

function inputItem(context: StepContext, item: NonNullable<ResponseParams["input"]>[number]): Item[] {
  if (item.type !== "item_reference") return [completeItem(context, item)];
  const entry = findEntry(context.state, item.id);
  return entry ? [entry.item] : [];
}

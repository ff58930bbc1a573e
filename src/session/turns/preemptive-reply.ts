/** Rules [D…]: a reply begun in a pause, released if the pause was the end of the turn. Part of `transition`. */
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { userAudioItem } from "../outbound/wire.ts";
import { buildPrompt } from "../replies/prompt.ts";
import { planReply } from "../replies/reply-plan.ts";
import { partsTranscribed, withPart } from "./long-turn.ts";
import { continueTurn } from "./open-turn.ts";
import type { ReplyPlan, SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch } from "./step-context.ts";
import { hasReplies } from "./transcription-session.ts";

/** [D1] The transcript of a pause is there: its reply is begun, and nothing of it is sent. */
export function beginPreemptiveReply(
  context: StepContext,
  event: Extract<EarEvent, { type: "preemptive_transcript" }>,
): void {
  const { state } = context;
  const { text, understood } = event.transcript;
  if (!mayPreempt(state, event.utterance) || !understood || text.trim() === "") return;
  const plan = planReply(context, {});
  const over = assumingTurnEnd(state, event, context.env.wallTime);
  // [CA1] No model is asked about that.
  if (over.brief.kind === "care") return;
  const replyId = context.env.newId("resp");
  const prompt = buildPrompt(over, plan);
  patch(context, {
    preemptiveReply: {
      replyId,
      utterance: event.utterance,
      text,
      plan,
      entries: state.entries,
      config: state.config,
    },
  });
  context.effects.push({ type: "start_preemptive", replyId, plan, prompt });
}

/** A drill's answer depends on how each word was said, which only the whole utterance tells. */
function mayPreempt(state: SessionState, utterance: number): boolean {
  const { user, reply, coach, config, preemptiveReply } = state;
  if (!hasReplies(state)) return false;
  if (user.type !== "speaking" || user.utterance !== utterance) return false;
  if (reply.type !== "none" || coach.flow === "drill" || preemptiveReply) return false;
  if (!partsTranscribed(state)) return false;
  return config.audio.input.turn_detection?.create_response !== false;
}

/** The state as it will be if nothing more is said. */
function assumingTurnEnd(
  state: SessionState,
  event: Extract<EarEvent, { type: "preemptive_transcript" }>,
  wallTime: number,
): SessionState {
  const { transcript } = event;
  const { step } = continueTurn(state, withPart(state, transcript), wallTime);
  const item = userAudioItem("draft", transcript.text);
  const entry = { kind: "spoken_by_user", item, transcript: transcript.text } as const;
  return { ...state, coach: step.state, brief: step.brief, entries: [...state.entries, entry] };
}

/** [D2] Speech went on, or the turn came out otherwise: the reply begun is thrown away. */
export function dropPreemptiveReply(context: StepContext): void {
  const { preemptiveReply } = context.state;
  if (!preemptiveReply) return;
  patch(context, { preemptiveReply: undefined });
  context.effects.push({ type: "drop_preemptive", replyId: preemptiveReply.replyId });
}

/** Keeps a preemptive reply only while its words are those of the utterance's transcript. */
export function checkPreemptiveReply(context: StepContext, utterance: number, text: string): void {
  const { preemptiveReply } = context.state;
  if (preemptiveReply && (preemptiveReply.utterance !== utterance || preemptiveReply.text !== text))
    dropPreemptiveReply(context);
}

/** The preemptive reply that a reply may go on from: same plan, same configuration, nothing else said meanwhile. */
export function takePreemptiveReply(context: StepContext, plan: ReplyPlan): string | undefined {
  const { preemptiveReply, entries, config } = context.state;
  if (!preemptiveReply) return undefined;
  const same =
    preemptiveReply.config === config &&
    preemptiveReply.entries.length + 1 === entries.length &&
    // A reply may have been cut to what was heard of it meanwhile.
    preemptiveReply.entries.every(({ item }, at) => item === entries[at]?.item) &&
    JSON.stringify(preemptiveReply.plan) === JSON.stringify(plan);
  if (!same) {
    dropPreemptiveReply(context);
    return undefined;
  }
  patch(context, { preemptiveReply: undefined });
  return preemptiveReply.replyId;
}

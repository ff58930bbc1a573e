/** Rules [D…]: a reply drafted in a pause, released if the pause was the end of the turn. Part of `transition`. */
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { userAudioItem } from "../outbound/wire.ts";
import { buildPrompt } from "../replies/prompt.ts";
import { planReply } from "../replies/reply-plan.ts";
import { partsKnown, withPart } from "./long-turn.ts";
import { continueTurn } from "./open-turn.ts";
import type { ReplyPlan, SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch } from "./step-context.ts";

/** [D1] The transcript of a pause is there: its reply is begun, and nothing of it is sent. */
export function beginPreemptiveReply(
  draft: StepContext,
  event: Extract<EarEvent, { type: "drafted" }>,
): void {
  const { state } = draft;
  const { text, understood } = event.transcript;
  if (!mayDraft(state, event.utterance) || !understood || text.trim() === "") return;
  const plan = planReply(draft, {});
  const over = asIfOver(state, event, draft.env.wallTime);
  // [CA1] No model is asked about that.
  if (over.brief.kind === "care") return;
  const replyId = draft.env.newId("resp");
  const prompt = buildPrompt(over, plan);
  patch(draft, {
    speculative: {
      replyId,
      utterance: event.utterance,
      text,
      plan,
      entries: state.entries.length,
      config: state.config,
    },
  });
  draft.effects.push({ type: "start_draft", replyId, plan, prompt });
}

/** A drill's answer depends on how each word was said, which only the whole utterance tells. */
function mayDraft(state: SessionState, utterance: number): boolean {
  const { user, reply, coach, config, speculative } = state;
  if (user.type !== "speaking" || user.utterance !== utterance) return false;
  if (reply.type !== "none" || coach.flow === "drill" || speculative) return false;
  if (!partsKnown(state)) return false;
  return config.audio.input.turn_detection?.create_response !== false;
}

/** The state as it will be if nothing more is said. */
function asIfOver(
  state: SessionState,
  event: Extract<EarEvent, { type: "drafted" }>,
  wallTime: number,
): SessionState {
  const { transcript } = event;
  const { step } = continueTurn(state, withPart(state, transcript), wallTime);
  const item = userAudioItem("draft", transcript.text);
  const entry = { kind: "spoken_by_user", item, transcript: transcript.text } as const;
  return { ...state, coach: step.state, brief: step.brief, entries: [...state.entries, entry] };
}

/** [D2] Speech went on, or the turn came out otherwise: what was drafted is thrown away. */
export function dropPreemptiveReply(draft: StepContext): void {
  const { speculative } = draft.state;
  if (!speculative) return;
  patch(draft, { speculative: undefined });
  draft.effects.push({ type: "drop_draft", replyId: speculative.replyId });
}

/** Keeps a draft only while its words are those of the utterance's transcript. */
export function checkPreemptiveReply(draft: StepContext, utterance: number, text: string): void {
  const { speculative } = draft.state;
  if (speculative && (speculative.utterance !== utterance || speculative.text !== text))
    dropPreemptiveReply(draft);
}

/** The draft that a reply may go on from: same plan, same configuration, nothing else said meanwhile. */
export function takePreemptiveReply(draft: StepContext, plan: ReplyPlan): string | undefined {
  const { speculative, entries, config } = draft.state;
  if (!speculative) return undefined;
  const same =
    speculative.config === config &&
    speculative.entries + 1 === entries.length &&
    JSON.stringify(speculative.plan) === JSON.stringify(plan);
  if (!same) {
    dropPreemptiveReply(draft);
    return undefined;
  }
  patch(draft, { speculative: undefined });
  return speculative.replyId;
}

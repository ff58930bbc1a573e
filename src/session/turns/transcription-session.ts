/** Rules [TX…]: a session of type `transcription`, whose utterances are transcribed and measured, and never answered. Part of `transition`. */
import type { StageError } from "../../lib/errors.ts";
import type { SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch } from "./step-context.ts";

/** [TX1] Whether what is said is answered, by a reply and by the coach's flow. */
export function hasReplies({ type }: Pick<SessionState, "type">): boolean {
  return type === "realtime";
}

/** [TX4] An utterance has its transcript, or will have none: in a conversation its reply would account for it. */
export function closeTranscription(context: StepContext, itemId: string, error?: StageError): void {
  if (hasReplies(context.state)) return;
  const { turn } = context.state;
  const times = turn?.itemId === itemId ? turn : undefined;
  context.effects.push({ type: "close_transcription", itemId, turn: times, error }, { type: "send_limits" });
}

/** [TX4] The quota is used up and nobody speaks: the session ends once all that was said is transcribed. */
export function endOnceTranscribed(context: StepContext): void {
  const { quota, entries } = context.state;
  const pending = entries.some((entry) => entry.kind === "spoken_by_user" && entry.transcript === undefined);
  if (!quota || pending) return;
  patch(context, { quota: { ...quota, announced: true } });
  context.effects.push({ type: "arm", timer: "closing", ms: 0 });
}

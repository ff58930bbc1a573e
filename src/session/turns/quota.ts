/** Rules [QT…] and [AD…]: what a session does once its user's quota is used up, or while it is muted. Part of `transition`. */
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { QuotaName } from "../meter.ts";
import { requestReply } from "./reply-rules.ts";
import type { StepContext } from "./step-context.ts";
import { patch, requestEars, sendError } from "./step-context.ts";
import { endOnceTranscribed, hasReplies } from "./transcription-session.ts";

/** However long a user goes on talking into it, the session ends this long after its quota was used up, ms. */
const maxClosingMs = 90_000;

/** [QT1] The reply under way comes to the end of its sentence; the rest is [QT2]. */
export function quotaSpent(context: StepContext, quota: QuotaName): void {
  const { state } = context;
  // Closing words are being said already.
  if (state.quota || state.ending) return;
  patch(context, { quota: { name: quota, announced: false } });
  context.effects.push({ type: "send_limits" }, { type: "arm", timer: "closing", ms: maxClosingMs });
  const { reply } = state;
  if (reply.type !== "none" && reply.type !== "waiting")
    context.effects.push({ type: "finish_reply", replyId: reply.replyId });
}

/** [QT2] Says, as soon as nobody speaks, that this was all for today. */
export function sayFarewell(context: StepContext): void {
  const { quota, user, reply, ended } = context.state;
  if (!quota || quota.announced || ended || user.type !== "silent" || reply.type !== "none") return;
  if (!hasReplies(context.state)) return endOnceTranscribed(context);
  requestReply(context, {});
}

/** Bringing something into the conversation, which a muted client may not. */
const mutedEvents: ReadonlySet<ClientEvent["type"]> = new Set([
  "input_audio_buffer.commit",
  "conversation.item.create",
  "response.create",
]);

/** [AD1] True: the event is refused, because its client is muted. */
export function refuseMuted(context: StepContext, event: ClientEvent): boolean {
  if (!context.state.muted || !mutedEvents.has(event.type)) return false;
  sendMutedError(context, event.event_id);
  return true;
}

/** [AD1] */
export function sendMutedError(context: StepContext, eventId?: string): void {
  sendError(context, {
    code: "session_muted",
    message: "Whoever administers this server has muted the session.",
    eventId,
  });
}

/** [AD1] Mutes or unmutes the client; an utterance under way is dropped, since its end will not be heard. */
export function mute(context: StepContext, muted: boolean): void {
  if (muted === context.state.muted) return;
  patch(context, { muted });
  if (!muted) return;
  sendMutedError(context);
  requestEars(context, { type: "clear" });
}

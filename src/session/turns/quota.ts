/** Rules [QT…] and [AD…]: what a session does once its user's quota is used up, or while it is muted. Part of `transition`. */
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { QuotaName } from "../replies/metering.ts";
import { askReply } from "./reply-rules.ts";
import type { StepContext } from "./step-context.ts";
import { patch, sendError, tellEars } from "./step-context.ts";

/** However long a user goes on talking into it, the session ends this long after its quota was used up, ms. */
const longestMs = 90_000;

/** [QT1] The reply under way comes to the end of its sentence; the rest is [QT2]. */
export function quotaSpent(draft: StepContext, quota: QuotaName): void {
  const { state } = draft;
  // Closing words are being said already.
  if (state.quota || state.ending) return;
  patch(draft, { quota: { name: quota, telling: false } });
  draft.effects.push({ type: "tell_limits" }, { type: "arm", timer: "closing", ms: longestMs });
  const { reply } = state;
  if (reply.type !== "none" && reply.type !== "waiting")
    draft.effects.push({ type: "finish_reply", replyId: reply.replyId });
}

/** [QT2] As soon as nobody speaks, the coach says that this was all for today. */
export function sayFarewell(draft: StepContext): void {
  const { quota, user, reply, ended } = draft.state;
  if (!quota || quota.telling || ended || user.type !== "silent" || reply.type !== "none") return;
  askReply(draft, {});
}

/** Bringing something into the conversation, which a muted client may not. */
const bringing: ReadonlySet<ClientEvent["type"]> = new Set([
  "input_audio_buffer.commit",
  "conversation.item.create",
  "response.create",
]);

/** [AD1] True: the event is refused, because its client is muted. */
export function refuseMuted(draft: StepContext, event: ClientEvent): boolean {
  if (!draft.state.muted || !bringing.has(event.type)) return false;
  tellMuted(draft, event.event_id);
  return true;
}

/** [AD1] */
export function tellMuted(draft: StepContext, eventId?: string): void {
  sendError(draft, {
    code: "session_muted",
    message: "Whoever administers this server has muted the session.",
    eventId,
  });
}

/** [AD1] What was being said is thrown away: its end will not be heard. */
export function mute(draft: StepContext, muted: boolean): void {
  if (muted === draft.state.muted) return;
  patch(draft, { muted });
  if (!muted) return;
  tellMuted(draft);
  tellEars(draft, { type: "clear" });
}

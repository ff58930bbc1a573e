/** Rules [R…]: when a reply is announced, started, closed. Part of `transition`. */

import { assess, coachLanguage, takeBackProposal } from "../../coach/coach.ts";
import { apologyIn, declineIn } from "../../coach/flow/apology.ts";
import { farewellIn } from "../../coach/flow/farewell.ts";
import type { StageError } from "../../lib/errors.ts";
import type { Brief } from "../../ports/brief.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { ResponseParams } from "../../protocol/responses.ts";
import { unfollowedInResponse } from "../configuration/configure.ts";
import type { LeftItem, ReplyOutcome, SessionEvent } from "../events.ts";
import { careEvent, reportEvent, stageFailure } from "../outbound/wire.ts";
import { buildPrompt } from "../replies/prompt.ts";
import { planReply, refuseParams } from "../replies/reply-plan.ts";
import { releaseReply } from "./playback.ts";
import { takePreemptiveReply } from "./preemptive-reply.ts";
import type { Entry, ReplyPlan, SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { logUnfollowed, patch, sendError, sendExtended } from "./step-context.ts";

type Of<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;

/** `response.create`, or the end of a turn. `says`: what is said as it stands, without asking a model. */
export function askReply(draft: StepContext, params: ResponseParams, eventId?: string, says?: string): void {
  const refusal = refuseParams(draft, params);
  if (refusal) return sendError(draft, { ...refusal, eventId });
  logUnfollowed(draft, unfollowedInResponse(params));
  const plan = { ...planReply(draft, params), ...(says !== undefined && { says }) };
  if (plan.aside) return startAside(draft, plan);
  patch(draft, { greeting: "done", owesReply: false });
  draft.effects.push({ type: "disarm", timer: "quiet_user" }, { type: "disarm", timer: "greeting" });
  announce(draft, plan);
}

function announce(draft: StepContext, plan: ReplyPlan): void {
  const replyId = draft.env.newId("resp");
  patch(draft, { reply: { type: "waiting", replyId, plan } });
  draft.effects.push({ type: "announce_reply", replyId, plan });
  startWhenHeard(draft);
}

function startAside(draft: StepContext, plan: ReplyPlan): void {
  const replyId = draft.env.newId("resp");
  patch(draft, { asides: [...draft.state.asides, replyId] });
  const prompt = buildPrompt(draft.state, plan);
  draft.effects.push(
    { type: "announce_reply", replyId, plan },
    { type: "start_reply", replyId, plan, prompt },
  );
}

/** [R2] A reply starts once every utterance before it has its transcript. */
export function startWhenHeard(draft: StepContext): void {
  const { reply, entries, turn } = draft.state;
  const unheard = entries.some((entry) => entry.kind === "spoken_by_user" && entry.transcript === undefined);
  if (reply.type !== "waiting" || unheard) return;
  const { replyId } = reply;
  const plan = lastPlan(draft, carefulPlan(draft.state.brief, reply.plan));
  const draftId = takePreemptiveReply(draft, plan);
  const prompt = buildPrompt(draft.state, plan);
  const { turn: _, ...rest } = draft.state;
  draft.state = { ...rest, reply: { type: "making", replyId } };
  draft.effects.push({
    type: "start_reply",
    replyId,
    plan,
    prompt,
    ...(turn && { turn }),
    ...(draftId !== undefined && { draftId }),
  });
}

/** [CA1] Where there was a sign of crisis no model is asked, whatever the client would have it say. */
function carefulPlan(brief: Brief, plan: ReplyPlan): ReplyPlan {
  if (brief.kind !== "care" || plan.input || plan.says !== undefined) return plan;
  return { ...plan, says: brief.says, fixed: true };
}

/** [QT2] Once the quota is used up no model is asked; care goes before, once. */
function lastPlan(draft: StepContext, plan: ReplyPlan): ReplyPlan {
  const { quota, coach } = draft.state;
  if (!quota) return plan;
  if (plan.fixed && !quota.cared) {
    patch(draft, { quota: { ...quota, cared: true } });
    return plan;
  }
  patch(draft, { quota: { ...quota, telling: true } });
  return { ...plan, says: farewellIn(coachLanguage(coach)), fixed: true };
}

/** Ends the waiting reply because what it waits for will not come. */
export function failReply(draft: StepContext, error: StageError): void {
  const { reply } = draft.state;
  if (reply.type !== "waiting") return;
  const outcome = { status: "failed", error } as const;
  draft.effects.push({ type: "close_reply", replyId: reply.replyId, outcome });
}

/** `response.cancel` */
export function cancelReply(draft: StepContext, event: Of<"response.cancel">): void {
  const { reply, asides } = draft.state;
  const active = reply.type === "none" ? undefined : reply.replyId;
  const named = event.response_id;
  const replyId = named === undefined || named === active ? active : asides.find((id) => id === named);
  if (replyId === undefined)
    return sendError(draft, {
      code: "response_cancel_not_active",
      // Clients tell this one from other errors by how it begins.
      message: `Cancellation failed: ${named === undefined ? "there is no active response" : `"${named}" is not active`}.`,
      ...(named !== undefined && { param: "response_id" }),
      eventId: event.event_id,
    });
  const outcome = { status: "cancelled", reason: "client_cancelled" } as const;
  draft.effects.push({ type: "close_reply", replyId, outcome });
}

/** What a reply under way says of itself; another reply's word was dropped before it came here. */
export function replyProgressed(
  draft: StepContext,
  event: Extract<SessionEvent, { type: "reply_item_added" | "reply_sending" | "reply_ended" }>,
): void {
  const { replyId } = event;
  if (event.type === "reply_ended")
    draft.effects.push({
      type: "close_reply",
      replyId,
      outcome: event.outcome,
      ...(event.usage && { usage: event.usage }),
    });
  else if (event.type === "reply_sending") {
    if (draft.state.reply.type === "making" && draft.state.reply.replyId === replyId) {
      patch(draft, { reply: { type: "sending", replyId, at: draft.env.now } });
      closeTurn(draft);
    }
  } else {
    const { item } = event;
    const entry: Entry =
      item.type === "message"
        ? { kind: "spoken_by_coach", item, replyId, audioMs: 0, spoken: [] }
        : { kind: "plain", item };
    patch(draft, { entries: [...draft.state.entries, entry] });
  }
}

/** [R5] A closed reply leaves its items as they were said, and frees the conversation for the next. */
export function replyClosed(
  draft: StepContext,
  event: Extract<SessionEvent, { type: "reply_closed" }>,
): void {
  const { reply, asides } = draft.state;
  if (asides.includes(event.replyId))
    return patch(draft, { asides: asides.filter((id) => id !== event.replyId) });
  if (reply.type === "none" || reply.replyId !== event.replyId) return;
  const { now, wallTime } = draft.env;
  const startedAt = reply.type === "sending" ? reply.at : now;
  const sentAt = wallTime - (now - startedAt);
  patch(draft, {
    reply: { type: "none" },
    entries: draft.state.entries.map((entry) => asLeft(entry, event.replyId, event.left, sentAt)),
  });
  // [B9] Cancelled by the client or failed while it was held: there is nothing left to hold.
  if (event.outcome.status !== "completed" && draft.state.heldReply === event.replyId) releaseReply(draft);
  // A reply that was cut before anything was heard of it leaves the turn open: the user went on.
  if (draft.state.user.type === "silent") closeTurn(draft);
  armQuietUser(draft, startedAt, event.left);
  takeBackUnheard(draft, event.outcome);
  // [QT3] Said, failed or talked over: this was the last.
  if (draft.state.quota?.telling)
    return void draft.effects.push({
      type: "arm",
      timer: "closing",
      ms: draft.state.attached ? playingMs(draft, startedAt, event.left) : 0,
    });
  if (event.outcome.status === "failed") return tellFailure(draft, event.outcome.error);
  if (isApologisedFor(draft.state, event.outcome)) return apologise(draft, apologyFor(event.outcome));
  patch(draft, { apologising: false });
  if (draft.state.owesReply) return askReply(draft, {});
  // [CE2] Whoever speaks into the closing words has not ended yet.
  const cut = event.outcome.status === "cancelled" || draft.state.user.type !== "silent";
  if (draft.state.ending && !cut) close(draft, startedAt, event.left);
}

/** [CE1] A proposal that was cut or failed was not heard: no later yes answers it. */
function takeBackUnheard(draft: StepContext, { status }: ReplyOutcome): void {
  const { brief, coach } = draft.state;
  const asked =
    (brief.kind === "coaching" && (brief.wrapUp?.do === "propose" || brief.wrapUp?.do === "ask_again")) ||
    (brief.kind === "practice" && (brief.do === "feedback" || brief.do === "ask_again"));
  if (asked && status !== "completed") patch(draft, { coach: takeBackProposal(coach) });
}

/** The closing words were said: the report is written while they are heard. */
function close(draft: StepContext, startedAt: number, left: readonly LeftItem[]): void {
  const playing = draft.state.attached ? playingMs(draft, startedAt, left) : 0;
  draft.effects.push({ type: "make_report", closeMs: playing });
}

/** How long what was sent is still heard, ms. */
function playingMs(draft: StepContext, startedAt: number, left: readonly LeftItem[]): number {
  const audioMs = Math.max(0, ...left.map((item) => item.audioMs));
  return Math.max(0, startedAt + audioMs - draft.env.now);
}

/** [CE4] What a model made of the turn, if it comes while that is still the turn. */
export function assessed(draft: StepContext, event: Extract<SessionEvent, { type: "assessed" }>): void {
  const { coach } = draft.state;
  const next = assess(coach, event.assessment, { round: event.round, now: draft.env.wallTime });
  if (next.flagged && next.flagged !== coach.flagged)
    sendExtended(draft, careEvent(next.flagged.kind, coachLanguage(next)));
  if (next === coach) return;
  patch(draft, { coach: next });
  if (next.flow !== "coaching" || coach.flow !== "coaching") return;
  const { stage, round } = next.talk;
  if (stage !== coach.talk.stage) sendExtended(draft, { type: "coach.stage", stage, round });
}

/** [CE3] The report is told, and the session ends once its closing words were heard. */
export function reported(
  draft: StepContext,
  { report, closeMs }: Extract<SessionEvent, { type: "reported" }>,
): void {
  sendExtended(draft, reportEvent(report));
  draft.effects.push({ type: "arm", timer: "closing", ms: closeMs });
}

/**
 * [R9] With `kuku.v1` one `error` says what failed, and the coach says sorry, unless it was its voice that failed. Plain
 * clients have it in `response.done`; one of them (Pipecat) ends at any `error` that it did not provoke.
 */
function tellFailure(draft: StepContext, error: StageError): void {
  const { state } = draft;
  const { code, message } = stageFailure(error);
  if (state.extended) sendError(draft, { code, message });
  const spoken = state.config.output_modalities[0] === "audio";
  if (!state.extended || !spoken || state.apologising || error.stage === "synthesize") {
    patch(draft, { apologising: false });
    return;
  }
  apologise(draft, apologyIn);
}

/** [R9] Whether the coach says, in a response of its own, that it has no answer: the one that ended held nothing. */
export function isApologisedFor({ extended }: SessionState, outcome: ReplyOutcome): boolean {
  return extended && outcome.status === "incomplete" && outcome.empty === true;
}

function apologyFor(outcome: ReplyOutcome): typeof apologyIn {
  return outcome.status === "incomplete" && outcome.reason === "content_filter" ? declineIn : apologyIn;
}

function apologise(draft: StepContext, apology: typeof apologyIn): void {
  patch(draft, { apologising: true });
  announce(draft, {
    ...planReply(draft, {}),
    says: apology(coachLanguage(draft.state.coach)),
    fixed: true,
  });
}

function closeTurn(draft: StepContext): void {
  const { openTurn: _, ...rest } = draft.state;
  draft.state = rest;
}

function asLeft(entry: Entry, replyId: string, left: readonly LeftItem[], at: number): Entry {
  const found = left.find((each) => each.item.id === entry.item.id);
  if (!found) return entry;
  const { item, audioMs, spoken } = found;
  if (audioMs === 0) return { kind: "plain", item };
  return { kind: "spoken_by_coach", item, replyId, audioMs, spoken, at };
}

/** [TT8] The user's silence counts from the moment the reply has been played. */
function armQuietUser(draft: StepContext, startedAt: number, left: readonly LeftItem[]): void {
  const detection = draft.state.config.audio.input.turn_detection;
  if (detection?.type !== "server_vad" || !detection.idle_timeout_ms) return;
  if (draft.state.user.type === "speaking") return;
  const ms = playingMs(draft, startedAt, left) + detection.idle_timeout_ms;
  draft.effects.push({ type: "arm", timer: "quiet_user", ms });
}

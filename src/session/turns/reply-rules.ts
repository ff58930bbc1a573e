/** Rules [R…]: when a reply is announced, started, closed. Part of `transition`. */

import { applyAssessment, coachLanguage, withdrawProposal } from "../../coach/coach.ts";
import { type FixedReply, fixedReply } from "../../coach/flow/fixed-replies.ts";
import type { StageError } from "../../lib/errors.ts";
import type { Brief } from "../../ports/brief.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { ResponseParams } from "../../protocol/responses.ts";
import { ignoredResponseParams } from "../configuration/configure.ts";
import type { ReplyItem, ReplyOutcome, SessionEvent } from "../events.ts";
import { careEvent, reportEvent, stageFailure } from "../outbound/wire.ts";
import { buildPrompt } from "../replies/prompt.ts";
import { planReply, refuseParams } from "../replies/reply-plan.ts";
import { releaseReply } from "./playback.ts";
import { takePreemptiveReply } from "./preemptive-reply.ts";
import type { Entry, ReplyPlan, SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { logIgnored, patch, send, sendError } from "./step-context.ts";
import { hasReplies } from "./transcription-session.ts";

type Of<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;

/** Plans a reply: on `response.create`, or at the end of a turn. `fixedText` is said as it stands, without a model. */
export function requestReply(
  context: StepContext,
  params: ResponseParams,
  eventId?: string,
  fixedText?: string,
): void {
  const refusal = refuseParams(context, params);
  if (refusal) return sendError(context, { ...refusal, eventId });
  logIgnored(context, ignoredResponseParams(params));
  const plan = { ...planReply(context, params), fixedText };
  if (plan.outOfBand) return startOutOfBand(context, plan);
  patch(context, { greeting: "done", replyOwed: false });
  context.effects.push({ type: "disarm", timer: "user_silence" }, { type: "disarm", timer: "greeting" });
  announce(context, plan);
}

function announce(context: StepContext, plan: ReplyPlan): void {
  const replyId = context.env.newId("resp");
  patch(context, { reply: { type: "waiting", replyId, plan } });
  context.effects.push({ type: "announce_reply", replyId, plan });
  startWhenTranscribed(context);
}

function startOutOfBand(context: StepContext, plan: ReplyPlan): void {
  const replyId = context.env.newId("resp");
  patch(context, { outOfBandReplies: [...context.state.outOfBandReplies, replyId] });
  const prompt = buildPrompt(context.state, plan);
  context.effects.push(
    { type: "announce_reply", replyId, plan },
    { type: "start_reply", replyId, plan, prompt },
  );
}

/** [R2] A reply starts once every utterance before it has its transcript. */
export function startWhenTranscribed(context: StepContext): void {
  const { reply, entries, turn } = context.state;
  const unheard = entries.some((entry) => entry.kind === "spoken_by_user" && entry.transcript === undefined);
  if (reply.type !== "waiting" || unheard) return;
  const { replyId } = reply;
  const plan = farewellPlan(context, carePlan(context.state.brief, reply.plan));
  const preemptiveId = takePreemptiveReply(context, plan);
  const prompt = buildPrompt(context.state, plan);
  const { turn: _, ...rest } = context.state;
  context.state = { ...rest, reply: { type: "making", replyId } };
  context.effects.push({
    type: "start_reply",
    replyId,
    plan,
    prompt,
    ...(turn && { turn }),
    ...(preemptiveId !== undefined && { preemptiveId }),
  });
}

/** [CA1] Plans words of care at a sign of crisis: no model is asked, whatever the client would have it say. */
function carePlan(brief: Brief, plan: ReplyPlan): ReplyPlan {
  if (brief.kind !== "care" || plan.input || plan.fixedText !== undefined) return plan;
  return { ...plan, fixedText: brief.says, fixed: true };
}

/** [QT2] Once the quota is used up no model is asked; care goes before, once. */
function farewellPlan(context: StepContext, plan: ReplyPlan): ReplyPlan {
  const { quota, coach } = context.state;
  if (!quota) return plan;
  if (plan.fixed && !quota.careSaid) {
    patch(context, { quota: { ...quota, careSaid: true } });
    return plan;
  }
  patch(context, { quota: { ...quota, announced: true } });
  return { ...plan, fixedText: fixedReply("farewell", coachLanguage(coach)), fixed: true };
}

/** Ends the waiting reply because what it waits for will not come. */
export function failReply(context: StepContext, error: StageError): void {
  const { reply } = context.state;
  if (reply.type !== "waiting") return;
  const outcome = { status: "failed", error } as const;
  context.effects.push({ type: "close_reply", replyId: reply.replyId, outcome });
}

/** `response.cancel` */
export function cancelReply(context: StepContext, event: Of<"response.cancel">): void {
  const { reply, outOfBandReplies } = context.state;
  const active = reply.type === "none" ? undefined : reply.replyId;
  const named = event.response_id;
  const replyId =
    named === undefined || named === active ? active : outOfBandReplies.find((id) => id === named);
  if (replyId === undefined)
    return sendError(context, {
      code: "response_cancel_not_active",
      // Clients tell this one from other errors by how it begins.
      message: `Cancellation failed: ${named === undefined ? "there is no active response" : `"${named}" is not active`}.`,
      ...(named !== undefined && { param: "response_id" }),
      eventId: event.event_id,
    });
  const outcome = { status: "cancelled", reason: "client_cancelled" } as const;
  context.effects.push({ type: "close_reply", replyId, outcome });
}

/** Takes the progress of the reply under way; that of another reply was dropped before it came here. */
export function replyProgressed(
  context: StepContext,
  event: Extract<SessionEvent, { type: "reply_item_added" | "reply_sending" | "reply_ended" }>,
): void {
  const { replyId } = event;
  if (event.type === "reply_ended")
    context.effects.push({
      type: "close_reply",
      replyId,
      outcome: event.outcome,
      ...(event.usage && { usage: event.usage }),
    });
  else if (event.type === "reply_sending") {
    if (context.state.reply.type === "making" && context.state.reply.replyId === replyId) {
      patch(context, { reply: { type: "sending", replyId, at: context.env.now } });
      closeOpenTurn(context);
    }
  } else {
    const { item } = event;
    const entry: Entry =
      item.type === "message"
        ? { kind: "spoken_by_coach", item, replyId, audioMs: 0, spoken: [] }
        : { kind: "plain", item };
    patch(context, { entries: [...context.state.entries, entry] });
  }
}

/** [R5] A closed reply leaves its items as they were said, and frees the conversation for the next. */
export function replyClosed(
  context: StepContext,
  event: Extract<SessionEvent, { type: "reply_closed" }>,
): void {
  const { reply, outOfBandReplies } = context.state;
  if (outOfBandReplies.includes(event.replyId))
    return patch(context, { outOfBandReplies: outOfBandReplies.filter((id) => id !== event.replyId) });
  if (reply.type === "none" || reply.replyId !== event.replyId) return;
  const { now, wallTime } = context.env;
  const startedAt = reply.type === "sending" ? reply.at : now;
  const sentAt = wallTime - (now - startedAt);
  patch(context, {
    reply: { type: "none" },
    entries: context.state.entries.map((entry) => withReplyItem(entry, event, sentAt)),
  });
  // [B9] Cancelled by the client or failed while it was held: there is nothing left to hold.
  if (event.outcome.status !== "completed" && context.state.heldReply === event.replyId)
    releaseReply(context);
  // A reply that was cut before anything was heard of it leaves the turn open: the user went on.
  if (context.state.user.type === "silent") closeOpenTurn(context);
  armUserSilence(context, remainingPlaybackMs(context, startedAt, event.left));
  withdrawUnheardProposal(context, event.outcome);
  // [QT3] Said, failed or talked over: this was the last.
  if (context.state.quota?.announced)
    return void context.effects.push({
      type: "arm",
      timer: "closing",
      ms: context.state.attached ? remainingPlaybackMs(context, startedAt, event.left) : 0,
    });
  if (event.outcome.status === "failed") return handleFailure(context, event.outcome.error);
  if (isApologisedFor(context.state, event.outcome)) return apologise(context, apologyFor(event.outcome));
  patch(context, { apologising: false });
  if (context.state.replyOwed) return requestReply(context, {});
  // [CE2] Whoever speaks into the closing words has not ended yet.
  const cut = event.outcome.status === "cancelled" || context.state.user.type !== "silent";
  if (context.state.ending && !cut) endAfterClosingWords(context, startedAt, event.left);
}

/** [CE1] A proposal that was cut or failed was not heard: no later yes answers it. */
function withdrawUnheardProposal(context: StepContext, { status }: ReplyOutcome): void {
  const { brief, coach } = context.state;
  const asked =
    (brief.kind === "coaching" && (brief.wrapUp?.do === "propose" || brief.wrapUp?.do === "ask_again")) ||
    (brief.kind === "practice" && (brief.do === "feedback" || brief.do === "ask_again"));
  if (asked && status !== "completed") patch(context, { coach: withdrawProposal(coach) });
}

/** The closing words were said: the report is written while they are heard. */
function endAfterClosingWords(context: StepContext, startedAt: number, left: readonly ReplyItem[]): void {
  const playing = context.state.attached ? remainingPlaybackMs(context, startedAt, left) : 0;
  context.effects.push({ type: "make_report", closeMs: playing });
}

/** Returns the time that sent audio is still heard, ms. */
function remainingPlaybackMs(context: StepContext, startedAt: number, left: readonly ReplyItem[]): number {
  const audioMs = Math.max(0, ...left.map((item) => item.audioMs));
  return Math.max(0, startedAt + audioMs - context.env.now);
}

/** [CE4] Takes a model's assessment of the turn, if it comes while that is still the turn. */
export function assessed(context: StepContext, event: Extract<SessionEvent, { type: "assessed" }>): void {
  const { coach } = context.state;
  const next = applyAssessment(coach, event.assessment, { round: event.round, now: context.env.wallTime });
  if (next.flagged && next.flagged !== coach.flagged)
    send(context, careEvent(next.flagged.kind, coachLanguage(next)));
  if (next === coach) return;
  patch(context, { coach: next });
  if (next.flow !== "coaching" || coach.flow !== "coaching") return;
  const { stage, round } = next.talk;
  if (stage !== coach.talk.stage) send(context, { type: "coach.stage", stage, round });
}

/** [CE3] The report is told, and the session ends once its closing words were heard. */
export function reported(
  context: StepContext,
  { report, closeMs }: Extract<SessionEvent, { type: "reported" }>,
): void {
  send(context, reportEvent(report));
  context.effects.push({ type: "arm", timer: "closing", ms: closeMs });
}

/**
 * [R9] With `kuku.v1` one `error` says what failed, and the coach says sorry, unless it was its voice that failed. Plain
 * clients have it in `response.done`; one of them (Pipecat) ends at any `error` that it did not provoke.
 */
function handleFailure(context: StepContext, error: StageError): void {
  const { state } = context;
  const { code, message } = stageFailure(error);
  if (state.extended) sendError(context, { code, message });
  const spoken = state.config.output_modalities[0] === "audio";
  if (!state.extended || !spoken || state.apologising || error.stage === "synthesize") {
    patch(context, { apologising: false });
    return;
  }
  apologise(context, "apology");
}

/** [R9] Whether the coach fixedText, in a response of its own, that it has no answer: the one that ended held nothing. */
export function isApologisedFor({ extended }: SessionState, outcome: ReplyOutcome): boolean {
  return extended && outcome.status === "incomplete" && outcome.empty === true;
}

function apologyFor(outcome: ReplyOutcome): FixedReply {
  return outcome.status === "incomplete" && outcome.reason === "content_filter" ? "decline" : "apology";
}

function apologise(context: StepContext, reply: FixedReply): void {
  patch(context, { apologising: true });
  announce(context, {
    ...planReply(context, {}),
    fixedText: fixedReply(reply, coachLanguage(context.state.coach)),
    fixed: true,
  });
}

function closeOpenTurn(context: StepContext): void {
  const { openTurn: _, ...rest } = context.state;
  context.state = rest;
}

function withReplyItem(
  entry: Entry,
  { replyId, responseNumber, outcome, left }: Extract<SessionEvent, { type: "reply_closed" }>,
  at: number,
): Entry {
  const found = left.find((each) => each.item.id === entry.item.id);
  if (!found) return entry;
  const { item, audioMs, spoken } = found;
  if (audioMs === 0) return { kind: "plain", item };
  const said: Entry = { kind: "spoken_by_coach", item, replyId, audioMs, spoken, at };
  // [RS5] Nobody is owed the rest of a reply that was cut.
  return outcome.status === "cancelled" ? said : { ...said, responseNumber };
}

/** [TT8] The user's silence counts from the moment the reply has been played, `playingMs` from now. */
export function armUserSilence(context: StepContext, playingMs: number): void {
  const detection = context.state.config.audio.input.turn_detection;
  if (detection?.type !== "server_vad" || !detection.idle_timeout_ms) return;
  if (!hasReplies(context.state)) return;
  if (context.state.user.type === "speaking") return;
  const ms = playingMs + detection.idle_timeout_ms;
  context.effects.push({ type: "arm", timer: "user_silence", ms });
}

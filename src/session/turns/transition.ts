/**
 * The brain of turn-taking: state and event in, state and effects out. Pure; the rules it follows are numbered in
 * SPEC.md. Steps 5 and 11 of a turn.
 */

import type { CancelReason } from "../../lib/scope.ts";
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { CloseCodeName } from "../../protocol/close-codes.ts";
import type { Effect } from "../effects.ts";
import type { SessionEvent } from "../events.ts";
import { contentText } from "../replies/prompt.ts";
import { applyUserTurn, coachActs } from "./coaching.ts";
import { addMessage, createItem, deleteItem, retrieveItem } from "./conversation.ts";
import { correctTranscript } from "./correct-transcript.ts";
import { onEarEvent } from "./ear-events.ts";
import { end } from "./ending.ts";
import { refuseLongText } from "./item-size.ts";
import { join } from "./joining.ts";
import { open, timerFired, update, updateByBeta } from "./lifecycle.ts";
import {
  interruptReply,
  playbackReported,
  stopPlayback,
  tellPlaybackEnd,
  truncate,
  truncateToHeard,
} from "./playback.ts";
import { mute, quotaSpent, refuseMuted, sayFarewell, sendMutedError } from "./quota.ts";
import {
  assessed,
  cancelReply,
  replyClosed,
  replyProgressed,
  reported,
  requestReply,
} from "./reply-rules.ts";
import type { SessionState } from "./state.ts";
import type { Env, StepContext } from "./step-context.ts";
import { patch, requestEars, sendError } from "./step-context.ts";
import { endHoldIfSettled } from "./tentative-interruption.ts";
import { restartIdleTimer } from "./time-limits.ts";
import { itemTranscribed } from "./transcripts.ts";

export interface Step {
  readonly state: SessionState;
  /** To be done in order. */
  readonly effects: readonly Effect[];
}

/** One step of a session. Events of a reply that is no longer under way change nothing. */
export function transition(state: SessionState, event: SessionEvent, env: Env): Step {
  if (state.ended || isStale(state, event)) return { state, effects: [] };
  const context: StepContext = { state, effects: [], env };
  apply(context, event);
  endHoldIfSettled(context);
  tellPlaybackEnd(context);
  sayFarewell(context);
  return { state: context.state, effects: context.effects };
}

/** Events about a reply while it is made. */
const replyEventTypes: ReadonlySet<SessionEvent["type"]> = new Set([
  "reply_item_added",
  "reply_sending",
  "reply_ended",
  "coach_tool_called",
]);

/** The one place where what a dead reply still says is dropped. */
function isStale(state: SessionState, event: SessionEvent): boolean {
  if (!replyEventTypes.has(event.type) || !("replyId" in event)) return false;
  const active = state.reply.type !== "none" && state.reply.replyId === event.replyId;
  return !active && !state.outOfBandReplies.includes(event.replyId);
}

function apply(context: StepContext, event: SessionEvent): void {
  switch (event.type) {
    case "opened":
      return open(context);
    case "joined":
      return join(context, event);
    case "returned":
      return patch(context, { attached: true, extended: event.extended });
    case "left":
      return patch(context, { attached: false });
    case "message":
      restartIdleTimer(context);
      return context.state.muted ? sendMutedError(context, event.itemId) : applyMessage(context, event);
    case "client":
      restartIdleTimer(context);
      if (refuseMuted(context, event.event) || refuseLong(context, event.event)) return;
      return context.state.pendingEarAnswers > 0
        ? defer(context, event.event)
        : applyClientEvent(context, event.event);
    case "ears":
      // A talk under push to talk is told of by its parts alone.
      if (event.event.type === "speech_started" || event.event.type === "committed")
        restartIdleTimer(context);
      onEarEvent(context, event.event);
      return isEarAnswer(event.event) ? releaseDeferred(context) : undefined;
    case "item_transcribed":
    case "item_failed":
      return itemTranscribed(context, event);
    case "audio_dropped":
      return sendError(context, {
        code: "audio_dropped",
        message: "The server could not keep up with the input audio and dropped some.",
      });
    case "reply_item_added":
    case "reply_sending":
    case "reply_ended":
      return replyProgressed(context, event);
    case "reply_closed":
      return replyClosed(context, event);
    case "coach_tool_called":
      return coachActs(context, event.name);
    case "assessed":
      return assessed(context, event);
    case "reported":
      return reported(context, event);
    case "heard":
      return truncateToHeard(context, event.replyId);
    case "timer":
      return timerFired(context, event);
    case "quota_spent":
      return quotaSpent(context, event.quota);
    case "mute":
      return mute(context, event.muted);
    case "end":
      return end(context, event.reason, closeCodeNames[event.reason] ?? "normal", event.reason);
  }
}

/** Close codes for ends that were not the client's own doing. */
const closeCodeNames: Readonly<Partial<Record<CancelReason, CloseCodeName>>> = {
  revoked: "policyViolation",
  draining: "serviceRestart",
};

/** [IN7] What is too long is refused before it waits for anything. */
function refuseLong(context: StepContext, event: ClientEvent): boolean {
  const refusal = refuseLongText(event, context.env);
  if (refusal) sendError(context, { ...refusal, eventId: event.event_id });
  return refusal !== undefined;
}

/** [C5] Applies a message: as speech does, it takes the floor; the coach gives way, and answers it. */
function applyMessage(
  context: StepContext,
  { itemId, said }: Extract<SessionEvent, { type: "message" }>,
): void {
  interruptReply(context);
  // Of an utterance that its lost socket has left open nothing more will be heard.
  if (!context.state.attached && context.state.user.type !== "silent")
    requestEars(context, { type: "clear" });
  patch(context, { greeting: "done" });
  if (!addMessage(context, itemId, said)) return;
  patch(context, { turn: { id: context.env.newId("turn"), itemId, endedAt: context.env.now } });
  if ("text" in said) applyUserTurn(context, said, itemId);
  if (context.state.reply.type === "none") requestReply(context, {});
  else patch(context, { replyOwed: true });
}

function applyClientEvent(context: StepContext, event: ClientEvent): void {
  switch (event.type) {
    case "session.update":
      return update(context, event);
    case "transcription_session.update":
      return updateByBeta(context, event);
    case "input_audio_buffer.append":
      // Audio needs no decision: the actor hands it to the ears before it comes here.
      return;
    case "input_audio_buffer.commit":
      return requestEars(context, { type: "commit", cause: "client", ...eventId(event) });
    case "input_audio_buffer.clear":
      return requestEars(context, { type: "clear", ...eventId(event) });
    case "output_audio_buffer.clear":
      return clearOutput(context);
    case "conversation.item.create": {
      const item = createItem(context, event);
      if (item?.type !== "message" || item.role !== "user") return;
      const text = contentText(item);
      if (text !== "") applyUserTurn(context, { text }, item.id);
      return;
    }
    case "conversation.item.retrieve":
      return retrieveItem(context, event);
    case "conversation.item.truncate":
      return truncate(context, event);
    case "conversation.item.delete":
      return deleteItem(context, event);
    case "response.create":
      return requestReply(context, event.response ?? {}, event.event_id);
    case "response.cancel":
      return cancelReply(context, event);
    case "kuku.playback":
      return playbackReported(context, event);
    case "kuku.transcript.correct":
      return correctTranscript(context, event);
  }
}

function isEarAnswer(event: EarEvent): boolean {
  if (event.type === "committed") return event.cause === "client";
  return event.type === "commit_empty" || event.type === "cleared";
}

/** Most events that wait for the ears' answer, which comes before anything else happens to them. */
const maxDeferred = 1000;

function defer(context: StepContext, event: ClientEvent): void {
  const { deferredEvents } = context.state;
  if (deferredEvents.length < maxDeferred)
    return patch(context, { deferredEvents: [...deferredEvents, event] });
  sendError(context, {
    code: "rate_limit_exceeded",
    message: "Too many events wait behind a commit or clear.",
    eventId: event.event_id,
  });
}

function releaseDeferred(context: StepContext): void {
  const { pendingEarAnswers, deferredEvents } = context.state;
  patch(context, { pendingEarAnswers: Math.max(0, pendingEarAnswers - 1) });
  if (context.state.pendingEarAnswers > 0) return;
  patch(context, { deferredEvents: [] });
  for (const event of deferredEvents)
    context.effects.push({ type: "post", event: { type: "client", event } });
}

function eventId(event: { event_id?: string | undefined }): { eventId?: string } {
  return event.event_id === undefined ? {} : { eventId: event.event_id };
}

/** `output_audio_buffer.clear`: silence, now. */
function clearOutput(context: StepContext): void {
  const { reply, playback } = context.state;
  if (reply.type !== "none") {
    const outcome = { status: "cancelled", reason: "client_cancelled" } as const;
    context.effects.push({ type: "close_reply", replyId: reply.replyId, outcome });
  }
  if (playback && playback.state !== "ended") stopPlayback(context);
  patch(context, { replyOwed: false });
}

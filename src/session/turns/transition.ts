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
import { addMessage, createItem, deleteItem, retrieveItem } from "./conversation.ts";
import { onEarEvent } from "./ear-events.ts";
import { end, join, open, timerFired, touch, update } from "./lifecycle.ts";
import { interruptReply, keepHeard, playbackReported, stopPlayback, truncate } from "./playback.ts";
import { mute, quotaSpent, refuseMuted, sayFarewell, tellMuted } from "./quota.ts";
import { askReply, assessed, cancelReply, replyClosed, replyProgressed, reported } from "./reply-rules.ts";
import type { SessionState } from "./state.ts";
import type { Env, StepContext } from "./step-context.ts";
import { patch, sendError, tellEars } from "./step-context.ts";
import { settleHold } from "./tentative-interruption.ts";
import { applyUserTurn, coachActs, itemHeard } from "./utterances.ts";

export interface Step {
  readonly state: SessionState;
  /** To be done in order. */
  readonly effects: readonly Effect[];
}

/** One step of a session. Events of a reply that is no longer under way change nothing. */
export function transition(state: SessionState, event: SessionEvent, env: Env): Step {
  if (state.ended || isStale(state, event)) return { state, effects: [] };
  const draft: StepContext = { state, effects: [], env };
  take(draft, event);
  settleHold(draft);
  sayFarewell(draft);
  return { state: draft.state, effects: draft.effects };
}

/** What a reply says of itself while it is made. */
const ofReply: ReadonlySet<SessionEvent["type"]> = new Set([
  "reply_item_added",
  "reply_sending",
  "reply_ended",
  "coach_acts",
]);

/** The one place where what a dead reply still says is dropped. */
function isStale(state: SessionState, event: SessionEvent): boolean {
  if (!ofReply.has(event.type) || !("replyId" in event)) return false;
  const active = state.reply.type !== "none" && state.reply.replyId === event.replyId;
  return !active && !state.asides.includes(event.replyId);
}

function take(draft: StepContext, event: SessionEvent): void {
  switch (event.type) {
    case "opened":
      return open(draft);
    case "joined":
      return join(draft, event.extended, event.owed);
    case "returned":
      return patch(draft, { attached: true, extended: event.extended });
    case "left":
      return patch(draft, { attached: false });
    case "message":
      touch(draft);
      return draft.state.muted ? tellMuted(draft, event.itemId) : takeMessage(draft, event);
    case "client":
      touch(draft);
      if (refuseMuted(draft, event.event)) return;
      return draft.state.unanswered > 0 ? hold(draft, event.event) : takeClient(draft, event.event);
    case "ears":
      // A talk under push to talk is told of by its parts alone.
      if (event.event.type === "speech_started" || event.event.type === "committed") touch(draft);
      onEarEvent(draft, event.event);
      return isAnswer(event.event) ? release(draft) : undefined;
    case "item_transcribed":
    case "item_failed":
      return itemHeard(draft, event);
    case "audio_dropped":
      return sendError(draft, {
        code: "audio_dropped",
        message: "The server could not keep up with the input audio and dropped some.",
      });
    case "reply_item_added":
    case "reply_sending":
    case "reply_ended":
      return replyProgressed(draft, event);
    case "reply_closed":
      return replyClosed(draft, event);
    case "coach_acts":
      return coachActs(draft, event.name);
    case "assessed":
      return assessed(draft, event);
    case "reported":
      return reported(draft, event);
    case "heard":
      return keepHeard(draft, event.replyId);
    case "timer":
      return timerFired(draft, event);
    case "quota_spent":
      return quotaSpent(draft, event.quota);
    case "mute":
      return mute(draft, event.muted);
    case "end":
      return end(draft, event.reason, closesAs[event.reason] ?? "normal", event.reason);
  }
}

/** What a client is to make of it where it was not its own doing. */
const closesAs: Readonly<Partial<Record<CancelReason, CloseCodeName>>> = {
  revoked: "policyViolation",
  draining: "serviceRestart",
};

/** [C5] As speech does, it takes the floor: the coach gives way, and answers it. */
function takeMessage(draft: StepContext, { itemId, said }: Extract<SessionEvent, { type: "message" }>): void {
  interruptReply(draft);
  // Of an utterance that its lost socket has left open nothing more will be heard.
  if (!draft.state.attached && draft.state.user.type !== "silent") tellEars(draft, { type: "clear" });
  patch(draft, { greeting: "done" });
  if (!addMessage(draft, itemId, said)) return;
  patch(draft, { turn: { id: draft.env.newId("turn"), itemId, endedAt: draft.env.now } });
  if ("text" in said) applyUserTurn(draft, said, itemId);
  if (draft.state.reply.type === "none") askReply(draft, {});
  else patch(draft, { owesReply: true });
}

function takeClient(draft: StepContext, event: ClientEvent): void {
  switch (event.type) {
    case "session.update":
      return update(draft, event);
    case "input_audio_buffer.append":
      // Audio needs no decision: the actor hands it to the ears before it comes here.
      return;
    case "input_audio_buffer.commit":
      return tellEars(draft, { type: "commit", cause: "client", ...eventId(event) });
    case "input_audio_buffer.clear":
      return tellEars(draft, { type: "clear", ...eventId(event) });
    case "output_audio_buffer.clear":
      return clearOutput(draft);
    case "conversation.item.create": {
      const item = createItem(draft, event);
      if (item?.type !== "message" || item.role !== "user") return;
      const text = contentText(item);
      if (text !== "") applyUserTurn(draft, { text }, item.id);
      return;
    }
    case "conversation.item.retrieve":
      return retrieveItem(draft, event);
    case "conversation.item.truncate":
      return truncate(draft, event);
    case "conversation.item.delete":
      return deleteItem(draft, event);
    case "response.create":
      return askReply(draft, event.response ?? {}, event.event_id);
    case "response.cancel":
      return cancelReply(draft, event);
    case "kuku.playback":
      return playbackReported(draft, event);
  }
}

function isAnswer(event: EarEvent): boolean {
  if (event.type === "committed") return event.cause === "client";
  return event.type === "commit_empty" || event.type === "cleared";
}

/** Most events that wait for the ears' answer, which comes before anything else happens to them. */
const mostHeld = 1000;

function hold(draft: StepContext, event: ClientEvent): void {
  const { held } = draft.state;
  if (held.length < mostHeld) return patch(draft, { held: [...held, event] });
  sendError(draft, {
    code: "rate_limit_exceeded",
    message: "Too many events wait behind a commit or clear.",
    eventId: event.event_id,
  });
}

function release(draft: StepContext): void {
  const { unanswered, held } = draft.state;
  patch(draft, { unanswered: Math.max(0, unanswered - 1) });
  if (draft.state.unanswered > 0) return;
  patch(draft, { held: [] });
  for (const event of held) draft.effects.push({ type: "post", event: { type: "client", event } });
}

function eventId(event: { event_id?: string | undefined }): { eventId?: string } {
  return event.event_id === undefined ? {} : { eventId: event.event_id };
}

/** `output_audio_buffer.clear`: silence, now. */
function clearOutput(draft: StepContext): void {
  const { reply, playback } = draft.state;
  if (reply.type !== "none") {
    const outcome = { status: "cancelled", reason: "client_cancelled" } as const;
    draft.effects.push({ type: "close_reply", replyId: reply.replyId, outcome });
  }
  if (playback && playback.state !== "ended") stopPlayback(draft);
  patch(draft, { owesReply: false });
}

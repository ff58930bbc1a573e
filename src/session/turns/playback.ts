/** Rules [B…]: barge-in, and what the listener's speaker has really played. Part of `transition`. */
import type { ClientEvent } from "../../protocol/client-events.ts";
import { playedMs } from "../outbound/pacing.ts";
import { heardText } from "../replies/spoken-text.ts";
import { replaceEntry } from "./conversation.ts";
import type { Entry, Playback, SessionState } from "./state.ts";
import { findEntry } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send, sendError } from "./step-context.ts";
import { settleReply } from "./unheard.ts";

type Of<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;
type CoachEntry = Extract<Entry, { kind: "spoken_by_coach" }>;

/** The user speaks: a reply under way is cut, one that only plays on is told to stop and cut to what was heard. */
export function interruptReply(context: StepContext): void {
  const { reply, playback } = context.state;
  if (reply.type !== "none")
    context.effects.push({
      type: "close_reply",
      replyId: reply.replyId,
      outcome: { status: "cancelled", reason: "turn_detected" },
    });
  if (playback && playback.state !== "ended") stopPlayback(context);
  // A client that was told to hold and reports nothing is told how that ends, too.
  const { heldReply } = context.state;
  if (heldReply === undefined) return;
  patch(context, { heldReply: undefined });
  send(context, { type: "kuku.playback.clear", response_id: heldReply });
}

/** Whether the coach can be heard at `now` (clock, ms), as far as the server knows. */
export function coachIsHeard(state: SessionState, now: number): boolean {
  const { reply, playback, entries } = state;
  if (reply.type === "sending") return true;
  if (playback?.state !== "playing") return false;
  // A client may never report the end; what was sent has one all the same.
  const played = playedMs(playback, now);
  return entries.some(
    (entry) =>
      entry.kind === "spoken_by_coach" && entry.replyId === playback.replyId && played < entry.audioMs,
  );
}

/** [B6] The reply waits where it is, at the server and at the listener's speaker, until `releaseReply` or its cut. */
export function holdReply(context: StepContext): void {
  const { reply, playback } = context.state;
  if (reply.type === "sending")
    context.effects.push({ type: "hold_reply", replyId: reply.replyId, held: true });
  const plays = playback && playback.state !== "ended" ? playback : undefined;
  const response_id = reply.type === "sending" ? reply.replyId : plays?.replyId;
  if (response_id === undefined) return;
  if (plays?.replyId === response_id)
    patch(context, { playback: playbackNow(plays, "paused", context.env.now) });
  patch(context, { heldReply: response_id });
  send(context, { type: "kuku.playback.pause", response_id });
}

/** [B7] Lets a held reply go on. */
export function releaseReply(context: StepContext): void {
  const { reply, playback, heldReply } = context.state;
  if (heldReply === undefined) return;
  if (reply.type === "sending" && reply.replyId === heldReply)
    context.effects.push({ type: "hold_reply", replyId: heldReply, held: false });
  if (playback?.replyId === heldReply && playback.state !== "ended")
    patch(context, { playback: playbackNow(playback, "playing", context.env.now) });
  patch(context, { heldReply: undefined });
  send(context, { type: "kuku.playback.resume", response_id: heldReply });
}

/** Asks a client that reports its playback to throw the rest away; history keeps what was heard. */
export function stopPlayback(context: StepContext): void {
  const { playback } = context.state;
  if (!playback) return;
  send(context, { type: "kuku.playback.clear", response_id: playback.replyId });
  if (playback.told === "started")
    send(context, { type: "output_audio_buffer.cleared", response_id: playback.replyId });
  context.effects.push({ type: "post", event: { type: "heard", replyId: playback.replyId } });
  patch(context, {
    playback: { ...playbackNow(playback, "ended", context.env.now), told: "ended" },
  });
  if (context.state.heldReply === playback.replyId) patch(context, { heldReply: undefined });
}

/** The playback as it stands now, in another state. */
function playbackNow(playback: Playback, state: Playback["state"], now: number): Playback {
  return { ...playback, playedMs: playedMs(playback, now), state, at: now };
}

/** A reply that was stopped while it played: its item keeps the words that were heard. */
export function truncateToHeard(context: StepContext, replyId: string): void {
  const { playback } = context.state;
  if (playback?.replyId !== replyId) return;
  for (const entry of context.state.entries) {
    if (entry.kind !== "spoken_by_coach" || entry.replyId !== replyId) continue;
    // Its last sentence may have been cut before its audio ended: all that was sent is not all of its words.
    const heardMs = Math.min(playback.playedMs, entry.audioMs);
    const whole = entry.spoken.map(({ text }) => text).join("");
    if (heardMs < entry.audioMs || heardText(entry.spoken, heardMs) !== whole.trimEnd())
      truncateEntry(context, entry, heardMs);
  }
}

/** `kuku.playback` */
export function playbackReported(context: StepContext, event: Of<"kuku.playback">): void {
  if (!context.state.extended)
    return sendError(context, {
      code: "extension_required",
      message: "kuku.playback needs the sub-protocol kuku.v1.",
      param: "type",
      eventId: event.event_id,
    });
  const known =
    "replyId" in context.state.reply && context.state.reply.replyId === event.response_id
      ? true
      : context.state.entries.some(
          (entry) => entry.kind === "spoken_by_coach" && entry.replyId === event.response_id,
        );
  // Reports of a reply that was deleted or out of band change nothing worth keeping.
  if (!known) return;
  const { playback } = context.state;
  const before = playback?.replyId === event.response_id ? playback.told : undefined;
  const starts = before === undefined && event.state === "playing";
  patch(context, {
    playback: {
      replyId: event.response_id,
      playedMs: event.played_ms,
      state: event.state,
      at: context.env.now,
      told: starts ? "started" : before,
    },
  });
  if (starts) send(context, { type: "output_audio_buffer.started", response_id: event.response_id });
}

/** [RF6] Tells that a reply was played to its end: once it is over, and the client has said so. */
export function tellPlaybackEnd(context: StepContext): void {
  const { playback, reply } = context.state;
  if (playback?.told !== "started" || playback.state !== "ended") return;
  if ("replyId" in reply && reply.replyId === playback.replyId) return;
  patch(context, { playback: { ...playback, told: "ended" } });
  send(context, { type: "output_audio_buffer.stopped", response_id: playback.replyId });
}

/** `conversation.item.truncate` */
export function truncate(context: StepContext, event: Of<"conversation.item.truncate">): void {
  const entry = findEntry(context.state, event.item_id);
  if (entry?.kind !== "spoken_by_coach")
    return sendError(context, {
      code: "item_truncate_invalid_item_id",
      message: `There is no assistant message with audio "${event.item_id}".`,
      param: "item_id",
      eventId: event.event_id,
    });
  if (event.content_index !== 0)
    return sendError(context, {
      code: "invalid_value",
      message: "The item has one content part: content_index must be 0.",
      param: "content_index",
      eventId: event.event_id,
    });
  const { reply } = context.state;
  if (reply.type !== "none" && reply.replyId === entry.replyId) {
    // Nobody cuts short what is still being said: the reply ends first, then its item is cut.
    context.effects.push(
      {
        type: "close_reply",
        replyId: reply.replyId,
        outcome: { status: "cancelled", reason: "client_cancelled" },
      },
      { type: "post", event: { type: "client", event } },
    );
    return;
  }
  if (event.audio_end_ms > Math.ceil(entry.audioMs))
    return sendError(context, {
      code: "invalid_value",
      message: `The item's audio is ${Math.ceil(entry.audioMs)} ms long, shorter than ${event.audio_end_ms} ms.`,
      param: "audio_end_ms",
      eventId: event.event_id,
    });
  truncateEntry(context, entry, event.audio_end_ms);
}

function truncateEntry(context: StepContext, entry: CoachEntry, heardMs: number): void {
  const transcript = heardText(entry.spoken, heardMs);
  replaceEntry(context, entry.item.id, {
    ...settleReply(entry),
    item: { ...entry.item, content: [{ type: "output_audio", transcript }] } as CoachEntry["item"],
    audioMs: heardMs,
  });
  send(context, {
    type: "conversation.item.truncated",
    item_id: entry.item.id,
    content_index: 0,
    audio_end_ms: heardMs,
  });
}

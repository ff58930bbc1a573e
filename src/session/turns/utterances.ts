/** Rules [TT…]: an utterance from the first sound to its end. Part of `transition`. */

import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { deliveryEvent, userAudioItem } from "../outbound/wire.ts";
import { applyLongTurn } from "./coaching.ts";
import { addEntry } from "./conversation.ts";
import { addPart } from "./long-turn.ts";
import { interruptReply } from "./playback.ts";
import { requestReply } from "./reply-rules.ts";
import type { PendingUtterance } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send } from "./step-context.ts";
import { hasReplies } from "./transcription-session.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;

/** The item an utterance will be; its id is given out with the first thing told of it. */
export function pendingUtterance(context: StepContext, utterance: number): PendingUtterance {
  const known = context.state.pendingUtterances[utterance];
  if (known) return known;
  const made: PendingUtterance = { itemId: context.env.newId("item"), partial: "" };
  patch(context, { pendingUtterances: { ...context.state.pendingUtterances, [utterance]: made } });
  return made;
}

/** Removes an utterance of which nothing more is awaited. */
export function removePendingUtterance(
  context: StepContext,
  utterance: number,
): PendingUtterance | undefined {
  const { [utterance]: known, ...pendingUtterances } = context.state.pendingUtterances;
  patch(context, { pendingUtterances });
  return known;
}

/** Someone has the floor: the client is told, and the coach gives way. */
export function reportSpeechStarted(context: StepContext, utterance: number, atMs: number): void {
  const { itemId } = pendingUtterance(context, utterance);
  patch(context, { user: { type: "speaking", utterance, itemId }, greeting: "done" });
  context.effects.push({ type: "disarm", timer: "user_silence" }, { type: "disarm", timer: "greeting" });
  send(context, {
    type: "input_audio_buffer.speech_started",
    item_id: itemId,
    audio_start_ms: Math.round(atMs),
  });
  if (interrupts(context)) interruptReply(context);
}

/** Whether speech makes the coach give way. */
export function interrupts(context: StepContext): boolean {
  return context.state.config.audio.input.turn_detection?.interrupt_response !== false;
}

/** The user stopped; the client is told unless the sound was tentative. */
export function speechStopped(context: StepContext, event: Of<"speech_stopped">): void {
  patch(context, { silenceMs: event.silenceMs });
  if (context.state.user.type === "tentative") return;
  send(context, {
    type: "input_audio_buffer.speech_stopped",
    item_id: pendingUtterance(context, event.utterance).itemId,
    audio_end_ms: Math.round(event.atMs),
  });
}

/** An utterance is closed: it becomes an item, and at an endpoint a reply is asked for. */
export function committed(context: StepContext, event: Omit<Of<"committed">, "type">): void {
  const { silenceMs } = context.state;
  const itemId = addUtterance(context, event, context.env.wallTime - (silenceMs ?? 0));
  if (context.state.longTurn) addPart(context, itemId, true);
  patch(context, {
    user: { type: "silent" },
    greeting: "done",
    turn: { id: context.env.newId("turn"), itemId, endedAt: context.env.now, silenceMs },
    silenceMs: undefined,
  });
  const detection = context.state.config.audio.input.turn_detection;
  if (!hasReplies(context.state)) return;
  if (event.cause !== "endpoint" || detection?.create_response === false) return;
  if (context.state.reply.type === "none") requestReply(context, {});
  else patch(context, { replyOwed: true });
}

/** [TT10] The turn is longer than one utterance: what was said so far is an item, and the next is being said. */
export function rolledOver(context: StepContext, event: Omit<Of<"committed">, "type">): void {
  const itemId = addUtterance(context, event, context.env.wallTime - (event.behindMs ?? 0));
  addPart(context, itemId, false);
  const { user } = context.state;
  if (user.type !== "speaking" || user.utterance !== event.utterance) return;
  const utterance = event.utterance + 1;
  patch(context, {
    user: { type: "speaking", utterance, itemId: pendingUtterance(context, utterance).itemId },
  });
}

/** Makes an utterance an item; returns the item's id. `endedAt`: when its last sound was heard, ms since the epoch. */
function addUtterance(context: StepContext, event: Omit<Of<"committed">, "type">, endedAt: number): string {
  const { utterance, startMs, endMs } = event;
  const listening = pendingUtterance(context, utterance);
  const { itemId } = listening;
  const closed = { ...listening, seconds: (endMs - startMs) / 1000, endMs, endedAt };
  patch(context, { pendingUtterances: { ...context.state.pendingUtterances, [utterance]: closed } });
  const previous = context.state.entries.at(-1)?.item.id ?? null;
  send(context, { type: "input_audio_buffer.committed", item_id: itemId, previous_item_id: previous });
  addEntry(context, { kind: "spoken_by_user", item: userAudioItem(itemId) });
  if (context.state.config.kuku?.record) context.effects.push({ type: "keep_audio", itemId, startMs, endMs });
  return itemId;
}

/** The open utterance was thrown away. */
export function cleared(context: StepContext, utterance: number | undefined): void {
  if (utterance !== undefined) removePendingUtterance(context, utterance);
  patch(context, { user: { type: "silent" } });
  send(context, { type: "input_audio_buffer.cleared" });
  const { longTurn } = context.state;
  if (longTurn) patch(context, { longTurn: { ...longTurn, ended: true } });
  applyLongTurn(context);
}

/** A partial replaces the one before, a delta only adds: what does not continue the last one waits for `completed`. */
export function partial(context: StepContext, event: Of<"partial">): void {
  const listening = pendingUtterance(context, event.utterance);
  const { transcription } = context.state.config.audio.input;
  if (context.state.user.type === "tentative" || listening.tentative) return;
  // Plain clients do not expect words of an item before it is in the conversation.
  const early = context.state.extended || !hasReplies(context.state);
  if (!transcription || (listening.seconds === undefined && !early)) return;
  if (!event.text.startsWith(listening.partial) || event.text === listening.partial) return;
  send(context, {
    type: "conversation.item.input_audio_transcription.delta",
    item_id: listening.itemId,
    content_index: 0,
    delta: event.text.slice(listening.partial.length),
  });
  const told = { ...listening, partial: event.text };
  patch(context, { pendingUtterances: { ...context.state.pendingUtterances, [event.utterance]: told } });
}

/** Sends the delivery of an utterance while it is said. */
export function sendLiveDelivery(context: StepContext, event: Of<"delivery_live">): void {
  const { user, config } = context.state;
  if (user.type !== "speaking" || user.utterance !== event.utterance) return;
  if (config.kuku?.delivery !== false) send(context, deliveryEvent(user.itemId, event.delivery, false));
}

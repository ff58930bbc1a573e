/** Rules [TT…]: an utterance from the first sound to its transcript. Part of `transition`. */
import { coachLanguage, expectation } from "../../coach/coach.ts";
import { withWords } from "../../coach/delivery/word-figures.ts";
import type { CoachTurn } from "../../coach/flow/coach-turn.ts";
import { type CoachToolName, runCoachTool } from "../../coach/flow/tools.ts";
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { Reading } from "../../ports/reading.ts";
import { earSettings } from "../configuration/ear-settings.ts";
import type { SessionEvent } from "../events.ts";
import { careEvent, deliveryEvent, drillEvent, stageFailure, userAudioItem } from "../outbound/wire.ts";
import { type StoredContour, storedContour } from "../persistence/stored-contour.ts";
import { addEntry, replaceEntry } from "./conversation.ts";
import { addPart, isPart, settlePart, takeLongTurn } from "./long-turn.ts";
import { continueTurn } from "./open-turn.ts";
import { interruptReply } from "./playback.ts";
import { checkPreemptiveReply } from "./preemptive-reply.ts";
import { failReply, requestReply, startWhenTranscribed } from "./reply-rules.ts";
import type { PendingUtterance } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send, sendError } from "./step-context.ts";

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

/** The user stopped; told unless there was a doubt that it was anything. */
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
  if (!transcription || (listening.seconds === undefined && !context.state.extended)) return;
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

/** Takes a transcript: item, client, coach and the waiting reply are told. */
export function transcribed(context: StepContext, event: Of<"transcribed">): void {
  const listening = removePendingUtterance(context, event.utterance);
  if (!listening) return;
  const { itemId, seconds = 0, endMs, endedAt = context.env.wallTime } = listening;
  const { transcript } = event;
  const language = coachLanguage(context.state.coach);
  const delivery = event.delivery && withWords(event.delivery, transcript, language);
  if (endMs !== undefined) advanceTranscribedTo(context, event.utterance, endMs);
  checkPreemptiveReply(context, event.utterance, transcript.text);
  settleTranscript(context, itemId, transcript, seconds);
  const said = { transcript, delivery };
  const { turnDelivery } = event;
  const long = isPart(context.state, itemId);
  if (long) settlePart(context, itemId, { ...said, turnDelivery });
  else sendDelivery(context, itemId, delivery);
  const reading = long ? undefined : applyUserTurn(context, said, itemId);
  const contour = event.contour && storedContour(event.contour, transcript, reading);
  if (delivery) storeDelivery(context, itemId, delivery, { endedAt, seconds, contour });
  if (long) applyLongTurn(context);
  startWhenTranscribed(context);
}

function sendDelivery(context: StepContext, itemId: string, delivery: Delivery | undefined): void {
  if (delivery && context.state.config.kuku?.delivery !== false)
    send(context, deliveryEvent(itemId, delivery));
}

/** [TT13] Once all of a long turn is known the coach takes it, as one. False: no part of it could be transcribed. */
function applyLongTurn(context: StepContext): boolean {
  const heard = takeLongTurn(context);
  if (!heard) return true;
  for (const { itemId, delivery } of heard.deliveries) sendDelivery(context, itemId, delivery);
  if (heard.turn) applyUserTurn(context, heard.turn, heard.itemId);
  return heard.turn !== undefined;
}

function storeDelivery(
  context: StepContext,
  itemId: string,
  delivery: Delivery,
  { endedAt, seconds, contour }: { endedAt: number; seconds: number; contour: StoredContour | undefined },
): void {
  const durationMs = seconds * 1000;
  const course = contour && { contour };
  context.effects.push({ type: "store_delivery", itemId, delivery, endedAt, durationMs, ...course });
}

/** Sends the delivery of an utterance while it is said. */
export function sendLiveDelivery(context: StepContext, event: Of<"delivery_live">): void {
  const { user, config } = context.state;
  if (user.type !== "speaking" || user.utterance !== event.utterance) return;
  if (config.kuku?.delivery !== false) send(context, deliveryEvent(user.itemId, event.delivery, false));
}

/** The input's words are known up to here, unless an earlier utterance is still being worked on. */
function advanceTranscribedTo(context: StepContext, utterance: number, endMs: number): void {
  const { pendingUtterances, transcribedToMs } = context.state;
  const earlier = Object.keys(pendingUtterances).some((number) => Number(number) < utterance);
  if (!earlier) patch(context, { transcribedToMs: Math.max(transcribedToMs, endMs) });
}

/** Writes a transcript into its item and tells the client, if it asked for transcripts. */
function settleTranscript(
  context: StepContext,
  itemId: string,
  transcript: { text: string; understood: boolean },
  seconds: number,
): void {
  const { text, understood } = transcript;
  replaceEntry(context, itemId, {
    kind: "spoken_by_user",
    item: userAudioItem(itemId, text),
    transcript: text,
  });
  const { turn, config, extended } = context.state;
  if (turn?.itemId === itemId) patch(context, { turn: { ...turn, transcribedAt: context.env.now } });
  if (!config.audio.input.transcription) return;
  send(context, {
    type: "conversation.item.input_audio_transcription.completed",
    item_id: itemId,
    content_index: 0,
    transcript: text,
    usage: { type: "duration", seconds },
    ...(extended && { kuku: { understood } }),
  });
}

/**
 * The flow takes a turn of the user; what it makes of it goes to the client, the ears and the next reply.
 * @returns how the turn was read, in a drill
 */
export function applyUserTurn(context: StepContext, turn: CoachTurn, itemId: string): Reading | undefined {
  const before = expectation(context.state.coach)?.text;
  const { openTurn, step } = continueTurn(context.state, { ...turn, itemId }, context.env.wallTime);
  patch(context, { coach: step.state, brief: step.brief, openTurn, ending: step.ends ?? false });
  if (step.care) send(context, careEvent(step.care, coachLanguage(step.state), itemId));
  if (step.drill) send(context, drillEvent(step.drill, itemId));
  if (step.stage) send(context, { type: "coach.stage", ...step.stage });
  if (step.wrapUp) send(context, { type: "coach.wrap_up", ...step.wrapUp });
  // [CE4] Beside the reply; whoever leads a plain conversation by instructions of their own pays for no second model.
  if (step.stage && context.state.extended && context.env.capabilities.assesses)
    context.effects.push({ type: "assess", round: step.stage.round });
  if (expectation(step.state)?.text !== before)
    context.effects.push({
      type: "ear_input",
      input: { type: "configure", settings: earSettings(context.state) },
    });
  return step.drill?.reading;
}

/** [CT1] The reply under way acts as the coach: what that changes is told as if the user's words had. */
export function coachActs(context: StepContext, name: CoachToolName): void {
  const before = expectation(context.state.coach)?.text;
  const step = runCoachTool(context.state.coach, name, context.env.wallTime);
  patch(context, { coach: step.state, ...(step.ends && { ending: true }) });
  if (step.drill) send(context, drillEvent(step.drill));
  if (step.wrapUp) send(context, { type: "coach.wrap_up", ...step.wrapUp });
  if (expectation(step.state)?.text !== before)
    context.effects.push({
      type: "ear_input",
      input: { type: "configure", settings: earSettings(context.state) },
    });
}

/** Gives up an utterance that cannot be transcribed; of a long turn the rest is answered. */
export function transcriptionFailed(context: StepContext, event: Of<"failed">): void {
  const listening = removePendingUtterance(context, event.utterance);
  if (!listening || listening.tentative) return;
  const { itemId } = listening;
  if (!isPart(context.state, itemId)) return itemFailed(context, itemId, event.error);
  sendItemFailed(context, itemId, event.error);
  settlePart(context, itemId, "failed");
  if (!applyLongTurn(context)) failReply(context, event.error);
  startWhenTranscribed(context);
}

/** A `conversation.item.create` with audio has its transcript, or will have none. */
export function itemTranscribed(
  context: StepContext,
  event: Extract<SessionEvent, { type: "item_transcribed" | "item_failed" }>,
): void {
  if (event.type === "item_failed") return itemFailed(context, event.itemId, event.error);
  const { itemId, transcript, seconds } = event;
  settleTranscript(context, itemId, transcript, seconds);
  const language = coachLanguage(context.state.coach);
  const delivery = event.delivery && withWords(event.delivery, transcript, language);
  if (delivery) send(context, deliveryEvent(itemId, delivery));
  const reading = applyUserTurn(context, { transcript, delivery }, itemId);
  const contour = event.contour && storedContour(event.contour, transcript, reading);
  if (delivery) storeDelivery(context, itemId, delivery, { endedAt: context.env.wallTime, seconds, contour });
  startWhenTranscribed(context);
}

type Failure = Extract<EarEvent, { type: "failed" }>["error"];

/** [TT9] A transcript that cannot be had ends the reply that waits for it, not the session. */
function itemFailed(context: StepContext, itemId: string, error: Failure): void {
  sendItemFailed(context, itemId, error);
  failReply(context, error);
}

function sendItemFailed(context: StepContext, itemId: string, error: Failure): void {
  replaceEntry(context, itemId, { kind: "spoken_by_user", item: userAudioItem(itemId), transcript: "" });
  const failure = stageFailure(error);
  if (context.state.config.audio.input.transcription)
    send(context, {
      type: "conversation.item.input_audio_transcription.failed",
      item_id: itemId,
      content_index: 0,
      error: failure,
    });
  else if (context.state.reply.type !== "waiting")
    sendError(context, { code: failure.code, message: failure.message });
}

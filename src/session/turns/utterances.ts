/** Rules [TT…]: an utterance from the first sound to its transcript. Part of `transition`. */
import { coachLanguage, expectation } from "../../coach/coach.ts";
import { withWords } from "../../coach/delivery/word-figures.ts";
import type { CoachTurn } from "../../coach/flow/coach-turn.ts";
import { type CoachToolName, useCoachTool } from "../../coach/flow/tools.ts";
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { Reading } from "../../ports/reading.ts";
import { earSettings } from "../configuration/ear-settings.ts";
import type { SessionEvent } from "../events.ts";
import { careEvent, deliveryEvent, drillEvent, stageFailure, userAudioItem } from "../outbound/wire.ts";
import { type KeptContour, keptContour } from "../persistence/kept-contour.ts";
import { addEntry, replaceEntry } from "./conversation.ts";
import { addPart, isPart, learnPart, takeLongTurn } from "./long-turn.ts";
import { continueTurn } from "./open-turn.ts";
import { interruptReply } from "./playback.ts";
import { checkPreemptiveReply } from "./preemptive-reply.ts";
import { askReply, failReply, startWhenHeard } from "./reply-rules.ts";
import type { Listening } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send, sendError, sendExtended } from "./step-context.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;

/** The item an utterance will be; its id is given out with the first thing told of it. */
export function listeningTo(draft: StepContext, utterance: number): Listening {
  const known = draft.state.listening[utterance];
  if (known) return known;
  const made: Listening = { itemId: draft.env.newId("item"), partial: "" };
  patch(draft, { listening: { ...draft.state.listening, [utterance]: made } });
  return made;
}

/** Nothing more is awaited of it. */
export function stopListening(draft: StepContext, utterance: number): Listening | undefined {
  const { [utterance]: known, ...listening } = draft.state.listening;
  patch(draft, { listening });
  return known;
}

/** Someone has the floor: the client is told, and the coach gives way. */
export function tellSpeech(draft: StepContext, utterance: number, atMs: number): void {
  const { itemId } = listeningTo(draft, utterance);
  patch(draft, { user: { type: "speaking", utterance, itemId }, greeting: "done" });
  draft.effects.push({ type: "disarm", timer: "quiet_user" }, { type: "disarm", timer: "greeting" });
  send(draft, {
    type: "input_audio_buffer.speech_started",
    item_id: itemId,
    audio_start_ms: Math.round(atMs),
  });
  if (interrupts(draft)) interruptReply(draft);
}

/** Whether speech makes the coach give way. */
export function interrupts(draft: StepContext): boolean {
  return draft.state.config.audio.input.turn_detection?.interrupt_response !== false;
}

/** The user stopped; told unless there was a doubt that it was anything. */
export function speechStopped(draft: StepContext, event: Of<"speech_stopped">): void {
  patch(draft, { silenceMs: event.silenceMs });
  if (draft.state.user.type === "doubted") return;
  send(draft, {
    type: "input_audio_buffer.speech_stopped",
    item_id: listeningTo(draft, event.utterance).itemId,
    audio_end_ms: Math.round(event.atMs),
  });
}

/** An utterance is closed: it becomes an item, and at an endpoint a reply is asked for. */
export function committed(draft: StepContext, event: Omit<Of<"committed">, "type">): void {
  const { silenceMs } = draft.state;
  const itemId = addUtterance(draft, event, draft.env.wallTime - (silenceMs ?? 0));
  if (draft.state.longTurn) addPart(draft, itemId, true);
  patch(draft, {
    user: { type: "silent" },
    greeting: "done",
    turn: { id: draft.env.newId("turn"), itemId, endedAt: draft.env.now, silenceMs },
    silenceMs: undefined,
  });
  const detection = draft.state.config.audio.input.turn_detection;
  if (event.cause !== "endpoint" || detection?.create_response === false) return;
  if (draft.state.reply.type === "none") askReply(draft, {});
  else patch(draft, { owesReply: true });
}

/** [TT10] The turn is longer than one utterance: what was said so far is an item, and the next is being said. */
export function rolledOver(draft: StepContext, event: Omit<Of<"committed">, "type">): void {
  const itemId = addUtterance(draft, event, draft.env.wallTime - (event.behindMs ?? 0));
  addPart(draft, itemId, false);
  const { user } = draft.state;
  if (user.type !== "speaking" || user.utterance !== event.utterance) return;
  const utterance = event.utterance + 1;
  patch(draft, { user: { type: "speaking", utterance, itemId: listeningTo(draft, utterance).itemId } });
}

/** Makes an utterance an item; returns the item's id. `endedAt`: when its last sound was heard, ms since the epoch. */
function addUtterance(draft: StepContext, event: Omit<Of<"committed">, "type">, endedAt: number): string {
  const { utterance, startMs, endMs } = event;
  const listening = listeningTo(draft, utterance);
  const { itemId } = listening;
  const closed = { ...listening, seconds: (endMs - startMs) / 1000, endMs, endedAt };
  patch(draft, { listening: { ...draft.state.listening, [utterance]: closed } });
  const previous = draft.state.entries.at(-1)?.item.id ?? null;
  send(draft, { type: "input_audio_buffer.committed", item_id: itemId, previous_item_id: previous });
  addEntry(draft, { kind: "spoken_by_user", item: userAudioItem(itemId) });
  return itemId;
}

/** The open utterance was thrown away. */
export function cleared(draft: StepContext, utterance: number | undefined): void {
  if (utterance !== undefined) stopListening(draft, utterance);
  patch(draft, { user: { type: "silent" } });
  send(draft, { type: "input_audio_buffer.cleared" });
  const { longTurn } = draft.state;
  if (longTurn) patch(draft, { longTurn: { ...longTurn, ended: true } });
  hearLongTurn(draft);
}

/** A partial replaces the one before, a delta only adds: what does not continue the last one waits for `completed`. */
export function partial(draft: StepContext, event: Of<"partial">): void {
  const listening = listeningTo(draft, event.utterance);
  const { transcription } = draft.state.config.audio.input;
  if (draft.state.user.type === "doubted" || listening.doubted) return;
  // Plain clients do not expect words of an item before it is in the conversation.
  if (!transcription || (listening.seconds === undefined && !draft.state.extended)) return;
  if (!event.text.startsWith(listening.partial) || event.text === listening.partial) return;
  send(draft, {
    type: "conversation.item.input_audio_transcription.delta",
    item_id: listening.itemId,
    content_index: 0,
    delta: event.text.slice(listening.partial.length),
  });
  const told = { ...listening, partial: event.text };
  patch(draft, { listening: { ...draft.state.listening, [event.utterance]: told } });
}

/** What was said is known: item, client, coach and the waiting reply are told. */
export function transcribed(draft: StepContext, event: Of<"transcribed">): void {
  const listening = stopListening(draft, event.utterance);
  if (!listening) return;
  const { itemId, seconds = 0, endMs, endedAt = draft.env.wallTime } = listening;
  const { transcript } = event;
  const language = coachLanguage(draft.state.coach);
  const delivery = event.delivery && withWords(event.delivery, transcript, language);
  if (endMs !== undefined) heardTo(draft, event.utterance, endMs);
  checkPreemptiveReply(draft, event.utterance, transcript.text);
  settleTranscript(draft, itemId, transcript, seconds);
  const said = { transcript, ...(delivery && { delivery }) };
  const { turnDelivery } = event;
  const long = isPart(draft.state, itemId);
  if (long) learnPart(draft, itemId, { ...said, ...(turnDelivery && { turnDelivery }) });
  else tellDelivery(draft, itemId, delivery);
  const reading = long ? undefined : applyUserTurn(draft, said, itemId);
  const contour = event.contour && keptContour(event.contour, transcript, reading);
  if (delivery) keepDelivery(draft, itemId, delivery, { endedAt, seconds, contour });
  if (long) hearLongTurn(draft);
  startWhenHeard(draft);
}

function tellDelivery(draft: StepContext, itemId: string, delivery: Delivery | undefined): void {
  if (delivery && draft.state.config.kuku?.delivery !== false)
    sendExtended(draft, deliveryEvent(itemId, delivery));
}

/** [TT13] Once all of a long turn is known the coach takes it, as one. False: no part of it could be transcribed. */
function hearLongTurn(draft: StepContext): boolean {
  const heard = takeLongTurn(draft);
  if (!heard) return true;
  for (const { itemId, delivery } of heard.deliveries) tellDelivery(draft, itemId, delivery);
  if (heard.turn) applyUserTurn(draft, heard.turn, heard.itemId);
  return heard.turn !== undefined;
}

function keepDelivery(
  draft: StepContext,
  itemId: string,
  delivery: Delivery,
  { endedAt, seconds, contour }: { endedAt: number; seconds: number; contour: KeptContour | undefined },
): void {
  const durationMs = seconds * 1000;
  const course = contour && { contour };
  draft.effects.push({ type: "keep_delivery", itemId, delivery, endedAt, durationMs, ...course });
}

/** How it is said, while it is said. */
export function deliveredSoFar(draft: StepContext, event: Of<"delivery_live">): void {
  const { user, config } = draft.state;
  if (user.type !== "speaking" || user.utterance !== event.utterance) return;
  if (config.kuku?.delivery !== false) sendExtended(draft, deliveryEvent(user.itemId, event.delivery, false));
}

/** The input's words are known up to here, unless an earlier utterance is still being worked on. */
function heardTo(draft: StepContext, utterance: number, endMs: number): void {
  const { listening, heardToMs } = draft.state;
  const earlier = Object.keys(listening).some((number) => Number(number) < utterance);
  if (!earlier) patch(draft, { heardToMs: Math.max(heardToMs, endMs) });
}

/** Writes a transcript into its item and tells the client, if it asked for transcripts. */
function settleTranscript(
  draft: StepContext,
  itemId: string,
  transcript: { text: string; understood: boolean },
  seconds: number,
): void {
  const { text, understood } = transcript;
  replaceEntry(draft, itemId, {
    kind: "spoken_by_user",
    item: userAudioItem(itemId, text),
    transcript: text,
  });
  const { turn, config, extended } = draft.state;
  if (turn?.itemId === itemId) patch(draft, { turn: { ...turn, transcribedAt: draft.env.now } });
  if (!config.audio.input.transcription) return;
  send(draft, {
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
export function applyUserTurn(draft: StepContext, turn: CoachTurn, itemId: string): Reading | undefined {
  const before = expectation(draft.state.coach)?.text;
  const { openTurn, step } = continueTurn(draft.state, { ...turn, itemId }, draft.env.wallTime);
  patch(draft, { coach: step.state, brief: step.brief, openTurn, ending: step.ends ?? false });
  if (step.care) sendExtended(draft, careEvent(step.care, coachLanguage(step.state), itemId));
  if (step.drill) sendExtended(draft, drillEvent(step.drill, itemId));
  if (step.stage) sendExtended(draft, { type: "coach.stage", ...step.stage });
  if (step.wrapUp) sendExtended(draft, { type: "coach.wrap_up", ...step.wrapUp });
  // [CE4] Beside the reply; whoever leads a plain conversation by instructions of their own pays for no second model.
  if (step.stage && draft.state.extended && draft.env.abilities.assesses)
    draft.effects.push({ type: "assess", round: step.stage.round });
  if (expectation(step.state)?.text !== before)
    draft.effects.push({ type: "hear", input: { type: "configure", settings: earSettings(draft.state) } });
  return step.drill?.reading;
}

/** [CT1] The reply under way acts as the coach: what that changes is told as if the user's words had. */
export function coachActs(draft: StepContext, name: CoachToolName): void {
  const before = expectation(draft.state.coach)?.text;
  const step = useCoachTool(draft.state.coach, name, draft.env.wallTime);
  patch(draft, { coach: step.state, ...(step.ends && { ending: true }) });
  if (step.drill) sendExtended(draft, drillEvent(step.drill));
  if (step.wrapUp) sendExtended(draft, { type: "coach.wrap_up", ...step.wrapUp });
  if (expectation(step.state)?.text !== before)
    draft.effects.push({ type: "hear", input: { type: "configure", settings: earSettings(draft.state) } });
}

/** What was said will not be known; of a long turn the rest is answered. */
export function transcriptionFailed(draft: StepContext, event: Of<"failed">): void {
  const listening = stopListening(draft, event.utterance);
  if (!listening || listening.doubted) return;
  const { itemId } = listening;
  if (!isPart(draft.state, itemId)) return itemFailed(draft, itemId, event.error);
  tellItemFailed(draft, itemId, event.error);
  learnPart(draft, itemId, "failed");
  if (!hearLongTurn(draft)) failReply(draft, event.error);
  startWhenHeard(draft);
}

/** A `conversation.item.create` with audio has its transcript, or will have none. */
export function itemHeard(
  draft: StepContext,
  event: Extract<SessionEvent, { type: "item_transcribed" | "item_failed" }>,
): void {
  if (event.type === "item_failed") return itemFailed(draft, event.itemId, event.error);
  const { itemId, transcript, seconds } = event;
  settleTranscript(draft, itemId, transcript, seconds);
  const language = coachLanguage(draft.state.coach);
  const delivery = event.delivery && withWords(event.delivery, transcript, language);
  if (delivery) sendExtended(draft, deliveryEvent(itemId, delivery));
  const reading = applyUserTurn(draft, { transcript, ...(delivery && { delivery }) }, itemId);
  const contour = event.contour && keptContour(event.contour, transcript, reading);
  if (delivery) keepDelivery(draft, itemId, delivery, { endedAt: draft.env.wallTime, seconds, contour });
  startWhenHeard(draft);
}

type Failure = Extract<EarEvent, { type: "failed" }>["error"];

/** [TT9] A transcript that cannot be had ends the reply that waits for it, not the session. */
function itemFailed(draft: StepContext, itemId: string, error: Failure): void {
  tellItemFailed(draft, itemId, error);
  failReply(draft, error);
}

function tellItemFailed(draft: StepContext, itemId: string, error: Failure): void {
  replaceEntry(draft, itemId, { kind: "spoken_by_user", item: userAudioItem(itemId), transcript: "" });
  const failure = stageFailure(error);
  if (draft.state.config.audio.input.transcription)
    send(draft, {
      type: "conversation.item.input_audio_transcription.failed",
      item_id: itemId,
      content_index: 0,
      error: failure,
    });
  else if (draft.state.reply.type !== "waiting")
    sendError(draft, { code: failure.code, message: failure.message });
}

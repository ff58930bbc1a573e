/** Rules [TT…]: an utterance's transcript comes, or cannot be had. Part of `transition`. */
import { coachLanguage } from "../../coach/coach.ts";
import { withWords } from "../../coach/delivery/word-figures.ts";
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { Transcript } from "../../ports/transcriber.ts";
import type { ServerEventOf } from "../../protocol/server-events.ts";
import type { SessionEvent } from "../events.ts";
import { deliveryEvent, stageFailure, userAudioItem } from "../outbound/wire.ts";
import { type StoredContour, storedContour } from "../persistence/stored-contour.ts";
import { applyLongTurn, applyUserTurn, sendDelivery } from "./coaching.ts";
import { replaceEntry } from "./conversation.ts";
import { isPart, settlePart } from "./long-turn.ts";
import { checkPreemptiveReply } from "./preemptive-reply.ts";
import { failReply, startWhenTranscribed } from "./reply-rules.ts";
import type { SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send, sendError } from "./step-context.ts";
import { closeTranscription, hasReplies } from "./transcription-session.ts";
import { removePendingUtterance } from "./utterances.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;
type TranscriptDetails = ServerEventOf<"conversation.item.input_audio_transcription.completed">["kuku"];

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
  closeTranscription(context, itemId);
  const said = { transcript, delivery, ...(isSilent(context.state, event) && { silent: true as const }) };
  const { turnDelivery } = event;
  const long = isPart(context.state, itemId);
  if (long) settlePart(context, itemId, { ...said, turnDelivery });
  else sendDelivery(context, itemId, delivery);
  const reading = long ? undefined : applyUserTurn(context, { ...said, contour: event.melody }, itemId);
  const contour = event.contour && storedContour(event.contour, transcript, reading);
  if (delivery) storeDelivery(context, itemId, delivery, { endedAt, seconds, contour });
  if (long) applyLongTurn(context);
  startWhenTranscribed(context);
}

/** [C10] Whether an utterance had no voice: nothing of it could be measured, though all is, and no word was recognised. */
function isSilent({ config, extended }: SessionState, { transcript, delivery }: Of<"transcribed">): boolean {
  const { text, understood, command } = transcript;
  const measured = extended && config.kuku?.delivery !== false;
  return measured && delivery === undefined && !understood && command === undefined && text.trim() === "";
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
  transcript: Transcript,
  seconds: number,
): void {
  const { text, logprobs } = transcript;
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
    ...(config.include &&
      logprobs && { logprobs: logprobs.map(({ bytes, ...token }) => ({ ...token, bytes: [...bytes] })) }),
    ...(extended && { kuku: detailsOf(context.state, transcript) }),
  });
}

/** Facts about a transcript for which the reference has no field. */
function detailsOf(state: SessionState, { understood, words }: Transcript): TranscriptDetails {
  const rated = words?.some(({ confidence, doubtful }) => confidence !== undefined || doubtful);
  if (!words || (hasReplies(state) && !rated)) return { understood };
  return {
    understood,
    words: words.map(({ text, startMs, endMs, confidence, doubtful }) => ({
      text,
      start_ms: startMs,
      end_ms: endMs,
      ...(confidence !== undefined && { confidence }),
      ...(doubtful && { doubtful }),
    })),
  };
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
  closeTranscription(context, itemId);
  const language = coachLanguage(context.state.coach);
  const delivery = event.delivery && withWords(event.delivery, transcript, language);
  if (delivery) send(context, deliveryEvent(itemId, delivery));
  const reading = applyUserTurn(context, { transcript, delivery, contour: event.melody }, itemId);
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
  closeTranscription(context, itemId, error);
}

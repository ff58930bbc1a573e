/** Rules [TT…]: what the ears' events mean for the turn. Part of `transition`. */
import { coachLanguage, expectation, hear } from "../coach/coach.ts";
import { type CoachTurn, joinTurns } from "../coach/turn.ts";
import type { EarEvent, EarSettings } from "../pipeline/ear-events.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import { addEntry, replaceEntry } from "./conversation.ts";
import type { Draft } from "./draft.ts";
import { patch, send, sendError, sendExtended } from "./draft.ts";
import type { SessionEvent } from "./events.ts";
import { interruptReply } from "./playback.ts";
import { askReply, failReply, startWhenHeard } from "./replies.ts";
import type { Listening, SessionState } from "./state.ts";
import { deliveryEvent, drillEvent, stageFailure, turnDetection, userAudioItem } from "./wire.ts";

/** One event of the ears. */
export function hearEars(draft: Draft, event: EarEvent): void {
  switch (event.type) {
    case "speech_started":
      return speechStarted(draft, event);
    case "speech_stopped":
      return send(draft, {
        type: "input_audio_buffer.speech_stopped",
        item_id: listeningTo(draft, event.utterance).itemId,
        audio_end_ms: Math.round(event.atMs),
      });
    case "committed":
      return committed(draft, event);
    case "commit_empty":
      return sendError(draft, {
        code: "input_audio_buffer_commit_empty",
        message: "There is no audio to commit: append some first.",
        eventId: event.eventId,
      });
    case "cleared":
      return cleared(draft, event.utterance);
    case "partial":
      return partial(draft, event);
    case "transcribed":
      return transcribed(draft, event);
    case "failed":
      return transcriptionFailed(draft, event);
    case "overflow":
      return sendError(draft, {
        code: "input_audio_buffer_overflow",
        message: `This turn is longer than ${draft.env.limits.utteranceMs / 1000} s; audio beyond that is dropped.`,
      });
  }
}

/** What the ears are to do, from the session's configuration and what the coach listens for. */
export function earSettings(state: SessionState): EarSettings {
  const { input } = state.config.audio;
  const expected = expectation(state.coach);
  const hint = input.transcription?.prompt;
  return {
    rate: sampleRate(input.format),
    detection: turnDetection(input.turn_detection),
    language: coachLanguage(state.coach),
    ...(hint !== undefined && { hint }),
    ...(expected && { expectation: expected }),
    measureDelivery: state.config.kuku?.delivery ?? true,
  };
}

/** The item an utterance will be; its id is given out with the first thing told of it. */
function listeningTo(draft: Draft, utterance: number): Listening {
  const known = draft.state.listening[utterance];
  if (known) return known;
  const made: Listening = { itemId: draft.env.newId("item"), partial: "" };
  patch(draft, { listening: { ...draft.state.listening, [utterance]: made } });
  return made;
}

function stopListening(draft: Draft, utterance: number): Listening | undefined {
  const { [utterance]: known, ...listening } = draft.state.listening;
  patch(draft, { listening });
  return known;
}

function speechStarted(draft: Draft, event: Extract<EarEvent, { type: "speech_started" }>): void {
  const { itemId } = listeningTo(draft, event.utterance);
  patch(draft, { user: { type: "speaking", utterance: event.utterance, itemId }, greeting: "done" });
  draft.effects.push({ type: "disarm", timer: "quiet_user" }, { type: "disarm", timer: "greeting" });
  send(draft, {
    type: "input_audio_buffer.speech_started",
    item_id: itemId,
    audio_start_ms: Math.round(event.atMs),
  });
  if (draft.state.config.audio.input.turn_detection?.interrupt_response !== false) interruptReply(draft);
}

function committed(draft: Draft, event: Extract<EarEvent, { type: "committed" }>): void {
  const listening = listeningTo(draft, event.utterance);
  const { itemId } = listening;
  const seconds = (event.endMs - event.startMs) / 1000;
  patch(draft, {
    user: { type: "silent" },
    greeting: "done",
    turn: { id: draft.env.newId("turn"), itemId, endedAt: draft.env.now },
    listening: { ...draft.state.listening, [event.utterance]: { ...listening, seconds } },
  });
  const previous = draft.state.entries.at(-1)?.item.id ?? null;
  send(draft, { type: "input_audio_buffer.committed", item_id: itemId, previous_item_id: previous });
  addEntry(draft, { kind: "spoken_by_user", item: userAudioItem(itemId) });
  const detection = draft.state.config.audio.input.turn_detection;
  if (event.cause !== "endpoint" || detection?.create_response === false) return;
  if (draft.state.reply.type === "none") askReply(draft, {});
  else patch(draft, { owesReply: true });
}

function cleared(draft: Draft, utterance: number | undefined): void {
  if (utterance !== undefined) stopListening(draft, utterance);
  patch(draft, { user: { type: "silent" } });
  send(draft, { type: "input_audio_buffer.cleared" });
}

/** A partial replaces the one before, a delta only adds: what does not continue the last one waits for `completed`. */
function partial(draft: Draft, event: Extract<EarEvent, { type: "partial" }>): void {
  const listening = listeningTo(draft, event.utterance);
  const { transcription } = draft.state.config.audio.input;
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

function transcribed(draft: Draft, event: Extract<EarEvent, { type: "transcribed" }>): void {
  const listening = stopListening(draft, event.utterance);
  if (!listening) return;
  const { itemId, seconds = 0 } = listening;
  const { transcript, delivery } = event;
  settleTranscript(draft, itemId, transcript, seconds);
  if (delivery && draft.state.config.kuku?.delivery !== false)
    sendExtended(draft, deliveryEvent(itemId, delivery));
  coachHears(draft, { transcript, ...(delivery && { delivery }) }, itemId);
  startWhenHeard(draft);
}

/** Writes a transcript into its item and tells the client, if it asked for transcripts. */
function settleTranscript(
  draft: Draft,
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

/** The flow takes a turn of the user; what it makes of it goes to the client, the ears and the next reply. */
export function coachHears(draft: Draft, turn: CoachTurn, itemId: string): void {
  const before = expectation(draft.state.coach)?.text;
  // [TT12] The flow goes back to where this turn began and hears it whole, so that no part counts as a turn of its own.
  const { coach, heard } = draft.state.openTurn ?? { coach: draft.state.coach, heard: [] };
  const openTurn = { coach, heard: [...heard, turn] };
  const step = hear(coach, joinTurns(openTurn.heard));
  patch(draft, { coach: step.state, brief: step.brief, openTurn });
  if (step.drill) sendExtended(draft, drillEvent(step.drill, itemId));
  if (step.stage) sendExtended(draft, { type: "coach.stage", ...step.stage });
  if (expectation(step.state)?.text !== before)
    draft.effects.push({ type: "hear", input: { type: "configure", settings: earSettings(draft.state) } });
}

function transcriptionFailed(draft: Draft, event: Extract<EarEvent, { type: "failed" }>): void {
  const listening = stopListening(draft, event.utterance);
  if (listening) itemFailed(draft, listening.itemId, event.error);
}

/** A `conversation.item.create` with audio has its transcript, or will have none. */
export function itemHeard(
  draft: Draft,
  event: Extract<SessionEvent, { type: "item_transcribed" | "item_failed" }>,
): void {
  if (event.type === "item_failed") return itemFailed(draft, event.itemId, event.error);
  settleTranscript(draft, event.itemId, event.transcript, event.seconds);
  coachHears(draft, { transcript: event.transcript }, event.itemId);
  startWhenHeard(draft);
}

type Failure = Extract<EarEvent, { type: "failed" }>["error"];

/** [TT9] A transcript that cannot be had ends the reply that waits for it, not the session. */
function itemFailed(draft: Draft, itemId: string, error: Failure): void {
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
  failReply(draft, error);
}

/** [TT16] The user types what they really said. Part of `transition`. */
import { correctWords } from "../../coach/coach.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import { userAudioItem } from "../outbound/wire.ts";
import { replaceEntry } from "./conversation.ts";
import { patch, type StepContext, send, sendError } from "./step-context.ts";

/** `kuku.transcript.correct`: item, coach and what is kept have the typed words from here on. */
export function correctTranscript(
  context: StepContext,
  event: Extract<ClientEvent, { type: "kuku.transcript.correct" }>,
): void {
  const { state } = context;
  const { item_id: itemId, transcript, event_id: eventId } = event;
  if (!state.extended)
    return sendError(context, {
      code: "extension_required",
      message: "kuku.transcript.correct needs the sub-protocol kuku.v1.",
      param: "type",
      eventId,
    });
  const entry = state.entries.find(({ item }) => item.id === itemId);
  if (entry?.kind !== "spoken_by_user" || entry.transcript === undefined)
    return sendError(context, {
      code: "item_correct_invalid_item_id",
      message: `There is no spoken item "${itemId}" of the user that has its transcript.`,
      param: "item_id",
      eventId,
    });
  const item = userAudioItem(itemId, transcript);
  replaceEntry(context, itemId, { kind: "spoken_by_user", item, transcript });
  // The turn has been said: what follows is another one.
  const coach = correctWords(state.coach, itemId, transcript, context.env.wallTime);
  patch(context, { coach, openTurn: undefined });
  send(context, {
    type: "conversation.item.input_audio_transcription.completed",
    item_id: itemId,
    content_index: 0,
    transcript,
    usage: { type: "duration", seconds: 0 },
    kuku: { understood: true, corrected: true },
  });
}

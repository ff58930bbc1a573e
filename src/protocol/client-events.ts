/** Schemas and types of all client events. */
import { z } from "zod";
import { transcriptionSessionUpdate } from "./beta-transcription.ts";
import { clientEventId, id, index, ms } from "./fields.ts";
import { newItem } from "./items.ts";
import { kukuPlayback, kukuTranscriptCorrect } from "./kuku-events.ts";
import { responseParams } from "./responses.ts";
import { sessionUpdate } from "./session-config.ts";

/** Changes the session; absent fields stay as they are. Answered by `session.updated`. */
const sessionUpdateEvent = z.strictObject({
  type: z.literal("session.update"),
  event_id: clientEventId,
  session: sessionUpdate,
});

/** Input audio, base64, in the session's input format. Not answered. */
const inputAudioBufferAppend = z.strictObject({
  type: z.literal("input_audio_buffer.append"),
  event_id: clientEventId,
  audio: z.string(),
});

/** Ends the turn here. Answered by `input_audio_buffer.committed`. */
const inputAudioBufferCommit = z.strictObject({
  type: z.literal("input_audio_buffer.commit"),
  event_id: clientEventId,
});

/** Throws the audio of the open turn away. Answered by `input_audio_buffer.cleared`. */
const inputAudioBufferClear = z.strictObject({
  type: z.literal("input_audio_buffer.clear"),
  event_id: clientEventId,
});

/** Stops the reply's audio at once; cancels the response if it is under way. */
const outputAudioBufferClear = z.strictObject({
  type: z.literal("output_audio_buffer.clear"),
  event_id: clientEventId,
});

/** Adds an item. Answered by `conversation.item.added` and `.done`. */
const conversationItemCreate = z.strictObject({
  type: z.literal("conversation.item.create"),
  event_id: clientEventId,
  /** Insert after this item; `root`: at the beginning; absent: at the end. */
  previous_item_id: id.nullable().optional(),
  item: newItem,
});

/** Asks for an item with its audio. Answered by `conversation.item.retrieved`. */
const conversationItemRetrieve = z.strictObject({
  type: z.literal("conversation.item.retrieve"),
  event_id: clientEventId,
  item_id: id,
});

/** Says how much of an assistant's audio was heard; the rest leaves the history. Answered by `conversation.item.truncated`. */
const conversationItemTruncate = z.strictObject({
  type: z.literal("conversation.item.truncate"),
  event_id: clientEventId,
  item_id: id,
  content_index: index,
  audio_end_ms: ms,
});

/** Removes an item. Answered by `conversation.item.deleted`. */
const conversationItemDelete = z.strictObject({
  type: z.literal("conversation.item.delete"),
  event_id: clientEventId,
  item_id: id,
});

/** Asks for a reply, in the conversation or out of band. Answered by `response.created` and all that follows. */
const responseCreate = z.strictObject({
  type: z.literal("response.create"),
  event_id: clientEventId,
  response: responseParams.optional(),
});

/** Stops a reply: the one named, or the conversation's. Answered by `response.done` with status `cancelled`. */
const responseCancel = z.strictObject({
  type: z.literal("response.cancel"),
  event_id: clientEventId,
  response_id: id.optional(),
});

/** The schema of each client event, by type. */
export const clientEventSchemas = {
  "session.update": sessionUpdateEvent,
  "transcription_session.update": transcriptionSessionUpdate,
  "input_audio_buffer.append": inputAudioBufferAppend,
  "input_audio_buffer.commit": inputAudioBufferCommit,
  "input_audio_buffer.clear": inputAudioBufferClear,
  "output_audio_buffer.clear": outputAudioBufferClear,
  "conversation.item.create": conversationItemCreate,
  "conversation.item.retrieve": conversationItemRetrieve,
  "conversation.item.truncate": conversationItemTruncate,
  "conversation.item.delete": conversationItemDelete,
  "response.create": responseCreate,
  "response.cancel": responseCancel,
  "kuku.playback": kukuPlayback,
  "kuku.transcript.correct": kukuTranscriptCorrect,
};
export type ClientEventType = keyof typeof clientEventSchemas;

/** Any client event. Servers read with `parseClientEvent`, which is faster and says more. */
export const clientEvent = z.discriminatedUnion("type", [
  sessionUpdateEvent,
  transcriptionSessionUpdate,
  inputAudioBufferAppend,
  inputAudioBufferCommit,
  inputAudioBufferClear,
  outputAudioBufferClear,
  conversationItemCreate,
  conversationItemRetrieve,
  conversationItemTruncate,
  conversationItemDelete,
  responseCreate,
  responseCancel,
  kukuPlayback,
  kukuTranscriptCorrect,
]);
export type ClientEvent = z.infer<typeof clientEvent>;

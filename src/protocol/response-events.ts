/** Schemas of server events of a reply, in the order in which they are sent. */
import { z } from "zod";
import { index, serverEventId } from "./fields.ts";
import { item } from "./items.ts";
import { response } from "./responses.ts";

const event_id = serverEventId;
const responseFields = { event_id, response };
const itemFields = { event_id, response_id: z.string(), output_index: index };
const playbackFields = { event_id, response_id: z.string() };
const partFields = {
  event_id,
  response_id: z.string(),
  item_id: z.string(),
  output_index: index,
  content_index: index,
};
const callFields = {
  event_id,
  response_id: z.string(),
  item_id: z.string(),
  output_index: index,
  call_id: z.string(),
};

/** A content part in these events; within an item the same part is an `output_audio` or `output_text`. */
const contentPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("audio"), transcript: z.string() }),
  z.object({ type: z.literal("text"), text: z.string() }),
]);

/** The schema of each response event, by type. */
export const responseEvents = {
  "response.created": z.object({ type: z.literal("response.created"), ...responseFields }),
  "response.output_item.added": z.object({
    type: z.literal("response.output_item.added"),
    ...itemFields,
    item,
  }),
  "response.content_part.added": z.object({
    type: z.literal("response.content_part.added"),
    ...partFields,
    part: contentPart,
  }),
  "response.output_text.delta": z.object({
    type: z.literal("response.output_text.delta"),
    ...partFields,
    delta: z.string(),
  }),
  "response.output_text.done": z.object({
    type: z.literal("response.output_text.done"),
    ...partFields,
    text: z.string(),
  }),
  "response.output_audio_transcript.delta": z.object({
    type: z.literal("response.output_audio_transcript.delta"),
    ...partFields,
    delta: z.string(),
  }),
  /** With `kuku.v1` the audio comes as binary frames instead. */
  "response.output_audio.delta": z.object({
    type: z.literal("response.output_audio.delta"),
    ...partFields,
    /** Base64 audio in the response's format. */
    delta: z.string(),
  }),
  "response.output_audio.done": z.object({ type: z.literal("response.output_audio.done"), ...partFields }),
  "response.output_audio_transcript.done": z.object({
    type: z.literal("response.output_audio_transcript.done"),
    ...partFields,
    transcript: z.string(),
  }),
  "response.function_call_arguments.delta": z.object({
    type: z.literal("response.function_call_arguments.delta"),
    ...callFields,
    delta: z.string(),
  }),
  "response.function_call_arguments.done": z.object({
    type: z.literal("response.function_call_arguments.done"),
    ...callFields,
    name: z.string(),
    arguments: z.string(),
  }),
  "response.content_part.done": z.object({
    type: z.literal("response.content_part.done"),
    ...partFields,
    part: contentPart,
  }),
  "response.output_item.done": z.object({
    type: z.literal("response.output_item.done"),
    ...itemFields,
    item,
  }),
  "response.done": z.object({ type: z.literal("response.done"), ...responseFields }),
  // Of clients that report their playback.
  "output_audio_buffer.started": z.object({
    type: z.literal("output_audio_buffer.started"),
    ...playbackFields,
  }),
  "output_audio_buffer.stopped": z.object({
    type: z.literal("output_audio_buffer.stopped"),
    ...playbackFields,
  }),
  "output_audio_buffer.cleared": z.object({
    type: z.literal("output_audio_buffer.cleared"),
    ...playbackFields,
  }),
};

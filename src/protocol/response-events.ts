/** Schemas of server events of a reply, in the order in which they are sent. */
import { z } from "zod";
import { index, serverEvents } from "./fields.ts";
import { item } from "./items.ts";
import { response } from "./responses.ts";

const playbackFields = { response_id: z.string() };
const itemFields = { ...playbackFields, output_index: index };
const partFields = {
  response_id: z.string(),
  item_id: z.string(),
  output_index: index,
  content_index: index,
};
const callFields = {
  response_id: z.string(),
  item_id: z.string(),
  output_index: index,
  call_id: z.string(),
};

/** A content part in these events; within an item the same part is an `output_audio` or `output_text`. */
const part = z.discriminatedUnion("type", [
  z.object({ type: z.literal("audio"), transcript: z.string() }),
  z.object({ type: z.literal("text"), text: z.string() }),
]);

export const responseEvents = serverEvents({
  "response.created": { response },
  "response.output_item.added": { ...itemFields, item },
  "response.content_part.added": { ...partFields, part },
  "response.output_text.delta": { ...partFields, delta: z.string() },
  "response.output_text.done": { ...partFields, text: z.string() },
  "response.output_audio_transcript.delta": { ...partFields, delta: z.string() },
  /** Base64 audio in the response's format. With `kuku.v1` the audio comes as binary frames instead. */
  "response.output_audio.delta": { ...partFields, delta: z.string() },
  "response.output_audio.done": partFields,
  "response.output_audio_transcript.done": { ...partFields, transcript: z.string() },
  "response.function_call_arguments.delta": { ...callFields, delta: z.string() },
  "response.function_call_arguments.done": { ...callFields, name: z.string(), arguments: z.string() },
  "response.content_part.done": { ...partFields, part },
  "response.output_item.done": { ...itemFields, item },
  "response.done": { response },
  // Of clients that report their playback.
  "output_audio_buffer.started": playbackFields,
  "output_audio_buffer.stopped": playbackFields,
  "output_audio_buffer.cleared": playbackFields,
});

/** Schemas and types of all client events. */
import { z } from "zod";
import { betaClientEvents } from "./beta-transcription.ts";
import { clientEvents, id, index, ms } from "./fields.ts";
import { newItem } from "./items.ts";
import { kukuClientEvents } from "./kuku-events.ts";
import { responseParams } from "./responses.ts";
import { sessionUpdate } from "./session-config.ts";

/** The schema of each client event, by type. Servers read with `parseClientEvent`, which is faster and says more. */
export const clientEventSchemas = {
  ...clientEvents({
    /** Changes the session; absent fields stay as they are. Answered by `session.updated`. */
    "session.update": { session: sessionUpdate },
  }),
  ...betaClientEvents,
  ...clientEvents({
    /** Input audio, base64, in the session's input format. Not answered. */
    "input_audio_buffer.append": { audio: z.string() },
    /** Ends the turn here. Answered by `input_audio_buffer.committed`. */
    "input_audio_buffer.commit": {},
    /** Throws the audio of the open turn away. Answered by `input_audio_buffer.cleared`. */
    "input_audio_buffer.clear": {},
    /** Stops the reply's audio at once; cancels the response if it is under way. */
    "output_audio_buffer.clear": {},
    /**
     * Adds an item after the one named (`root`: at the beginning; absent: at the end). Answered by
     * `conversation.item.added` and `.done`.
     */
    "conversation.item.create": { previous_item_id: id.nullable().optional(), item: newItem },
    /** Asks for an item with its audio. Answered by `conversation.item.retrieved`. */
    "conversation.item.retrieve": { item_id: id },
    /** Says how much of an assistant's audio was heard; the rest leaves the history. Answered by `conversation.item.truncated`. */
    "conversation.item.truncate": { item_id: id, content_index: index, audio_end_ms: ms },
    /** Removes an item. Answered by `conversation.item.deleted`. */
    "conversation.item.delete": { item_id: id },
    /** Asks for a reply, in the conversation or out of band. Answered by `response.created` and all that follows. */
    "response.create": { response: responseParams.optional() },
    /** Stops a reply: the one named, or the conversation's. Answered by `response.done` with status `cancelled`. */
    "response.cancel": { response_id: id.optional() },
  }),
  ...kukuClientEvents,
};
export type ClientEventType = keyof typeof clientEventSchemas;
export type ClientEvent = z.infer<(typeof clientEventSchemas)[ClientEventType]>;

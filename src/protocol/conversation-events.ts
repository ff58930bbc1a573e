/** Schemas of server events about the session, the conversation and the input audio. */
import { z } from "zod";
import { type ErrorCode, errorCodes } from "./errors.ts";
import { index, ms, serverEvents, wholeMs } from "./fields.ts";
import { item } from "./items.ts";
import { session } from "./session-config.ts";

const itemFields = { item_id: z.string() };
/** Null for the first item of a conversation. */
const previous_item_id = z.string().nullable();
const errorType = z.enum([
  "invalid_request_error",
  "authentication_error",
  "rate_limit_error",
  "server_error",
]);
const errorCode = z.enum(Object.keys(errorCodes) as ErrorCode[]);

export const sessionEvents = serverEvents({
  /** The first event of every connection. */
  "session.created": { session },
  "session.updated": { session },
  "rate_limits.updated": {
    rate_limits: z.array(
      z.object({
        name: z.enum(["requests", "tokens"]),
        limit: z.number(),
        remaining: z.number(),
        reset_seconds: z.number(),
      }),
    ),
  },
  /** Something could not be done; the session goes on unless a close follows. */
  error: {
    error: z.object({
      type: errorType,
      code: errorCode,
      message: z.string(),
      /** Path of the field at fault, such as `item.content[0].text`. */
      param: z.string().nullable(),
      /** The client's own id of the event at fault. */
      event_id: z.string().nullable(),
    }),
  },
});

export const inputAudioEvents = serverEvents({
  "input_audio_buffer.speech_started": {
    ...itemFields,
    /** From the session's first input sample; includes the prefix padding. */
    audio_start_ms: wholeMs,
  },
  "input_audio_buffer.speech_stopped": { ...itemFields, audio_end_ms: wholeMs },
  "input_audio_buffer.committed": { ...itemFields, previous_item_id },
  "input_audio_buffer.cleared": {},
  "input_audio_buffer.timeout_triggered": { ...itemFields, audio_start_ms: wholeMs, audio_end_ms: wholeMs },
});

export const conversationEvents = serverEvents({
  "conversation.item.added": { previous_item_id, item },
  "conversation.item.done": { previous_item_id, item },
  "conversation.item.retrieved": { item },
  "conversation.item.truncated": { ...itemFields, content_index: index, audio_end_ms: ms },
  "conversation.item.deleted": itemFields,
  "conversation.item.input_audio_transcription.delta": {
    ...itemFields,
    content_index: index,
    delta: z.string(),
  },
  "conversation.item.input_audio_transcription.completed": {
    ...itemFields,
    content_index: index,
    transcript: z.string(),
    /** Length of the audio. */
    usage: z.object({ type: z.literal("duration"), seconds: z.number().min(0) }),
    /** Log probabilities; absent unless asked for and told by the engine. */
    logprobs: z
      .array(z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()) }))
      .optional(),
    /**
     * With `kuku.v1`. `understood: false`: speech was heard, but the engine cannot tell what was said. `words`, in a
     * transcription session and of engines that tell how certain a word is, where their times are known: from the beginning
     * of the item's audio. `confidence`: 0..1. `doubtful: true`: perhaps not what was said.
     * `corrected: true`: typed by the user in the place of what was heard.
     */
    kuku: z
      .object({
        understood: z.boolean(),
        corrected: z.literal(true).optional(),
        words: z
          .array(
            z.object({
              text: z.string(),
              start_ms: ms,
              end_ms: ms,
              confidence: z.number().min(0).max(1).optional(),
              doubtful: z.literal(true).optional(),
            }),
          )
          .optional(),
      })
      .optional(),
  },
  "conversation.item.input_audio_transcription.failed": {
    ...itemFields,
    content_index: index,
    error: z.object({
      type: z.string(),
      code: z.string(),
      message: z.string(),
      param: z.string().optional(),
    }),
  },
});

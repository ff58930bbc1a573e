/** Schemas of server events about the session, the conversation and the input audio. */
import { z } from "zod";
import { type ErrorCode, errorCodes } from "./errors.ts";
import { index, ms, serverEventId, wholeMs } from "./fields.ts";
import { item } from "./items.ts";
import { session } from "./session-config.ts";

const event_id = serverEventId;
const itemFields = { event_id, item_id: z.string() };
/** Null for the first item of a conversation. */
const previous_item_id = z.string().nullable();
const errorType = z.enum([
  "invalid_request_error",
  "authentication_error",
  "rate_limit_error",
  "server_error",
]);
const errorCode = z.enum(Object.keys(errorCodes) as ErrorCode[]);

export const sessionEvents = {
  /** The first event of every connection. */
  "session.created": z.object({ type: z.literal("session.created"), event_id, session }),
  "session.updated": z.object({ type: z.literal("session.updated"), event_id, session }),
  "rate_limits.updated": z.object({
    type: z.literal("rate_limits.updated"),
    event_id,
    rate_limits: z.array(
      z.object({
        name: z.enum(["requests", "tokens"]),
        limit: z.number(),
        remaining: z.number(),
        reset_seconds: z.number(),
      }),
    ),
  }),
  /** Something could not be done; the session goes on unless a close follows. */
  error: z.object({
    type: z.literal("error"),
    event_id,
    error: z.object({
      type: errorType,
      code: errorCode,
      message: z.string(),
      /** Path of the field at fault, such as `item.content[0].text`. */
      param: z.string().nullable(),
      /** The client's own id of the event at fault. */
      event_id: z.string().nullable(),
    }),
  }),
};

export const inputAudioEvents = {
  "input_audio_buffer.speech_started": z.object({
    type: z.literal("input_audio_buffer.speech_started"),
    ...itemFields,
    /** From the session's first input sample; includes the prefix padding. */
    audio_start_ms: wholeMs,
  }),
  "input_audio_buffer.speech_stopped": z.object({
    type: z.literal("input_audio_buffer.speech_stopped"),
    ...itemFields,
    audio_end_ms: wholeMs,
  }),
  "input_audio_buffer.committed": z.object({
    type: z.literal("input_audio_buffer.committed"),
    ...itemFields,
    previous_item_id,
  }),
  "input_audio_buffer.cleared": z.object({ type: z.literal("input_audio_buffer.cleared"), event_id }),
  "input_audio_buffer.timeout_triggered": z.object({
    type: z.literal("input_audio_buffer.timeout_triggered"),
    ...itemFields,
    audio_start_ms: wholeMs,
    audio_end_ms: wholeMs,
  }),
};

export const conversationEvents = {
  "conversation.item.added": z.object({
    type: z.literal("conversation.item.added"),
    event_id,
    previous_item_id,
    item,
  }),
  "conversation.item.done": z.object({
    type: z.literal("conversation.item.done"),
    event_id,
    previous_item_id,
    item,
  }),
  "conversation.item.retrieved": z.object({
    type: z.literal("conversation.item.retrieved"),
    event_id,
    item,
  }),
  "conversation.item.truncated": z.object({
    type: z.literal("conversation.item.truncated"),
    ...itemFields,
    content_index: index,
    audio_end_ms: ms,
  }),
  "conversation.item.deleted": z.object({ type: z.literal("conversation.item.deleted"), ...itemFields }),
  "conversation.item.input_audio_transcription.delta": z.object({
    type: z.literal("conversation.item.input_audio_transcription.delta"),
    ...itemFields,
    content_index: index,
    delta: z.string(),
  }),
  "conversation.item.input_audio_transcription.completed": z.object({
    type: z.literal("conversation.item.input_audio_transcription.completed"),
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
  }),
  "conversation.item.input_audio_transcription.failed": z.object({
    type: z.literal("conversation.item.input_audio_transcription.failed"),
    ...itemFields,
    content_index: index,
    error: z.object({
      type: z.string(),
      code: z.string(),
      message: z.string(),
      param: z.string().optional(),
    }),
  }),
};

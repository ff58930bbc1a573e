/** Schemas of responses, the wire's name for replies: parameters of `response.create`, and the resource that reports them. */
import { z } from "zod";
import { audioFormat } from "./audio-format.ts";
import { hint, index, metadata } from "./fields.ts";
import { inputItem, item } from "./items.ts";
import { maxOutputTokens, outputModalities, prompt, toolChoice, tools, voice } from "./session-config.ts";

/** Parameters of `response.create` for one response; absent fields are the session's. */
export const responseParams = z.strictObject({
  /** `none`: out of band, leaves the conversation as it is. Default `auto`. */
  conversation: z.enum(["auto", "none"]).optional(),
  /** Items to answer instead of the conversation; may be empty. */
  input: z.array(inputItem).max(1000).optional(),
  instructions: z.string().optional(),
  metadata: metadata.nullable().optional(),
  output_modalities: outputModalities.optional(),
  audio: z
    .strictObject({
      output: z.strictObject({ format: audioFormat.optional(), voice: voice.optional() }).optional(),
    })
    .optional(),
  tools: tools.optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  max_output_tokens: maxOutputTokens.optional(),
  prompt: prompt.nullable().optional(),
  reasoning: hint,
  temperature: hint,
});
export type ResponseParams = z.infer<typeof responseParams>;

const responseStatus = z.enum(["in_progress", "completed", "cancelled", "incomplete", "failed"]);

/** Reason of a response's outcome. */
const responseStatusDetails = z.object({
  type: z.enum(["completed", "cancelled", "incomplete", "failed"]),
  /**
   * Reason of `cancelled`: `turn_detected` (barge-in) or `client_cancelled`; of `incomplete`: `max_output_tokens` or
   * `content_filter`.
   */
  reason: z.enum(["turn_detected", "client_cancelled", "max_output_tokens", "content_filter"]).optional(),
  /** Error of `failed`. */
  error: z.object({ type: z.string(), code: z.string(), message: z.string() }).optional(),
});
export type ResponseStatusDetails = z.infer<typeof responseStatusDetails>;

const cachedTokenDetails = z.object({ text_tokens: index, audio_tokens: index, image_tokens: index });

/**
 * Tokens as the reply model counts them, all of them text: 0 where it does not count, and where the response ended
 * before it could say.
 */
const responseUsage = z.object({
  total_tokens: index,
  input_tokens: index,
  output_tokens: index,
  input_token_details: z.object({
    text_tokens: index,
    audio_tokens: index,
    image_tokens: index,
    cached_tokens: index,
    cached_tokens_details: cachedTokenDetails,
  }),
  output_token_details: z.object({ text_tokens: index, audio_tokens: index }),
});
export type ResponseUsage = z.infer<typeof responseUsage>;

/** The state of a response, whole in `response.done`. */
export const response = z.object({
  object: z.literal("realtime.response"),
  id: z.string(),
  /** Null for an out-of-band response. */
  conversation_id: z.string().nullable(),
  status: responseStatus,
  /** Null while it is under way. */
  status_details: responseStatusDetails.nullable(),
  /** Without their audio. */
  output: z.array(item),
  output_modalities: outputModalities,
  audio: z.object({ output: z.object({ format: audioFormat, voice: z.string() }) }).optional(),
  max_output_tokens: maxOutputTokens,
  metadata: metadata.nullable(),
  /** Null while it is under way. */
  usage: responseUsage.nullable(),
});
export type Response = z.infer<typeof response>;

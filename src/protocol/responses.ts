/** Responses: what a client may ask of one, and the resource that tells how it went. A response is the wire's name for a reply. */
import { z } from "zod";
import { audioFormat } from "./audio-format.ts";
import { index, metadata } from "./fields.ts";
import { inputItem, item } from "./items.ts";
import { maxOutputTokens, outputModalities, prompt, toolChoice, tools, voice } from "./session-config.ts";

/** What `response.create` may set for this response alone; absent fields are the session's. */
export const responseParams = z.strictObject({
  /** `none`: out of band, leaves the conversation as it is. Default `auto`. */
  conversation: z.enum(["auto", "none"]).optional(),
  /** What to answer instead of the conversation; may be empty. */
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
  reasoning: z
    .strictObject({ effort: z.enum(["minimal", "low", "medium", "high", "xhigh"]).optional() })
    .optional(),
  prompt: prompt.nullable().optional(),
});
export type ResponseParams = z.infer<typeof responseParams>;

export const responseStatus = z.enum(["in_progress", "completed", "cancelled", "incomplete", "failed"]);
export type ResponseStatus = z.infer<typeof responseStatus>;

/** Why a response ended as it did; absent while it is under way and when it simply completed. */
export const responseStatusDetails = z.object({
  type: z.enum(["completed", "cancelled", "incomplete", "failed"]),
  /**
   * Of `cancelled`: `turn_detected` (barge-in) or `client_cancelled`. Of `incomplete`: `max_output_tokens` or
   * `content_filter`.
   */
  reason: z.enum(["turn_detected", "client_cancelled", "max_output_tokens", "content_filter"]).optional(),
  /** Of `failed`. */
  error: z.object({ type: z.string(), code: z.string(), message: z.string() }).optional(),
});
export type ResponseStatusDetails = z.infer<typeof responseStatusDetails>;

/** Tokens as the model counts them; absent where it does not count. */
export const responseUsage = z.object({
  total_tokens: index,
  input_tokens: index,
  output_tokens: index,
});

/** The state of a response, whole in `response.done`. */
export const response = z.object({
  object: z.literal("realtime.response"),
  id: z.string(),
  /** Absent for an out-of-band response. */
  conversation_id: z.string().optional(),
  status: responseStatus,
  status_details: responseStatusDetails.optional(),
  /** Without their audio. */
  output: z.array(item),
  output_modalities: outputModalities,
  audio: z.object({ output: z.object({ format: audioFormat, voice: z.string() }) }).optional(),
  max_output_tokens: maxOutputTokens,
  metadata: metadata.nullable(),
  usage: responseUsage.optional(),
});
export type Response = z.infer<typeof response>;

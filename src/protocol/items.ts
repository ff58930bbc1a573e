/** Schemas of items, the entries of a conversation: as clients create them and as the server reports them. */
import { z } from "zod";
import { id } from "./fields.ts";

/** Content of a system message. */
const systemContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("input_text"), text: z.string() }),
]);

/** Content of a user message: text, or speech as base64 audio in the session's input format. */
const userContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("input_text"), text: z.string() }),
  z.strictObject({
    type: z.literal("input_audio"),
    /** Base64; left out of every server event but `conversation.item.retrieved`. */
    audio: z.string().optional(),
    transcript: z.string().optional(),
  }),
]);

/** Content of an assistant message. Server events leave out the audio, not its transcript. */
const assistantContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("output_text"), text: z.string() }),
  z.strictObject({
    type: z.literal("output_audio"),
    audio: z.string().optional(),
    transcript: z.string().optional(),
  }),
]);

export type AssistantContent = z.infer<typeof assistantContent>;

const itemStatus = z.enum(["completed", "incomplete", "in_progress"]);

const object = z.literal("realtime.item");

const systemFields = {
  type: z.literal("message"),
  role: z.literal("system"),
  content: z.array(systemContent),
};
const userFields = {
  type: z.literal("message"),
  role: z.literal("user"),
  content: z.array(userContent),
};
const assistantFields = {
  type: z.literal("message"),
  role: z.literal("assistant"),
  content: z.array(assistantContent),
};
const functionCallFields = {
  type: z.literal("function_call"),
  name: z.string(),
  /** JSON text. */
  arguments: z.string(),
};
const functionCallOutputFields = {
  type: z.literal("function_call_output"),
  call_id: id,
  /** Free text; often JSON. */
  output: z.string(),
};

/** A client may choose the id; it may repeat `object` and `status`, which the server sets itself. */
const givenFields = { id: id.optional(), object: object.optional(), status: itemStatus.optional() };

/** An item as a client hands it in, by `conversation.item.create` or in a response's `input`. */
export const newItem = z.discriminatedUnion("type", [
  z.discriminatedUnion("role", [
    z.strictObject({ ...systemFields, ...givenFields }),
    z.strictObject({ ...userFields, ...givenFields }),
    z.strictObject({ ...assistantFields, ...givenFields }),
  ]),
  z.strictObject({ ...functionCallFields, call_id: id.optional(), ...givenFields }),
  z.strictObject({ ...functionCallOutputFields, ...givenFields }),
]);
export type NewItem = z.infer<typeof newItem>;

/** Points at an item of the conversation, in the `input` of a `response.create`. */
const itemReference = z.strictObject({ type: z.literal("item_reference"), id });

/** One entry of a response's `input`. */
export const inputItem = z.discriminatedUnion("type", [newItem, itemReference]);

const keptFields = { id: z.string(), object, status: itemStatus };

/** An item as the server reports it. */
export const item = z.discriminatedUnion("type", [
  z.discriminatedUnion("role", [
    z.object({ ...systemFields, ...keptFields }),
    z.object({ ...userFields, ...keptFields }),
    z.object({ ...assistantFields, ...keptFields }),
  ]),
  z.object({ ...functionCallFields, call_id: z.string(), ...keptFields }),
  z.object({ ...functionCallOutputFields, call_id: z.string(), ...keptFields }),
]);
export type Item = z.infer<typeof item>;
export type FunctionCallItem = Extract<Item, { type: "function_call" }>;

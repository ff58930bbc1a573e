/** Rules [C…]: the items of the conversation. Part of `transition`. */

import { bytesPerSample, sampleRate } from "../../protocol/audio-format.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { Item, NewItem } from "../../protocol/items.ts";
import { decodeAudio } from "../codec.ts";
import type { Refusal } from "../configuration/configure.ts";
import type { UserMessage } from "../events.ts";
import { userAudioItem, userTextItem } from "../outbound/wire.ts";
import { refuseLongItem, refuseWithoutRoom } from "./item-size.ts";
import type { Entry } from "./state.ts";
import { findEntry } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send, sendError } from "./step-context.ts";

type Of<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;

/** Puts an entry into the conversation (`index`: default the end) and tells the client of it. */
export function addEntry(context: StepContext, entry: Entry, index = context.state.entries.length): void {
  const { entries } = context.state;
  const previous_item_id = entries[index - 1]?.item.id ?? null;
  patch(context, { entries: [...entries.slice(0, index), entry, ...entries.slice(index)] });
  sendItem(context, entry.item, previous_item_id);
}

/** Tells the client of an item that is whole. */
export function sendItem(context: StepContext, item: Item, previous_item_id: string | null): void {
  if (context.state.beta) return send(context, { type: "conversation.item.created", previous_item_id, item });
  send(context, { type: "conversation.item.added", previous_item_id, item });
  send(context, { type: "conversation.item.done", previous_item_id, item });
}

/** Puts an entry in the place of the one with this id; nothing happens where it was deleted. */
export function replaceEntry(context: StepContext, itemId: string, entry: Entry): void {
  const { entries } = context.state;
  patch(context, { entries: entries.map((each) => (each.item.id === itemId ? entry : each)) });
}

/** A client's item with what the server adds: id, object, status. */
export function completeItem(context: StepContext, item: NewItem): Item {
  const given = {
    id: item.id ?? context.env.newId("item"),
    object: "realtime.item",
    status: "completed",
  } as const;
  if (item.type === "function_call")
    return { ...item, ...given, call_id: item.call_id ?? context.env.newId("call") };
  return { ...item, ...given } as Item;
}

/** `conversation.item.create`. True when the item was taken. */
export function createItem(context: StepContext, event: Of<"conversation.item.create">): Item | undefined {
  const refusal = refuseItem(context, event);
  if (refusal) {
    sendError(context, { ...refusal, eventId: event.event_id });
    return undefined;
  }
  const item = completeItem(context, event.item);
  const index = placeAfter(context, event.previous_item_id ?? undefined) ?? context.state.entries.length;
  const audio = audioOf(event.item);
  if (audio === undefined) addEntry(context, { kind: "plain", item }, index);
  else {
    const { format } = context.state.config.audio.input;
    const pcm = decodeAudio(format, decodeBase64(audio));
    addEntry(context, { kind: "spoken_by_user", item: withoutAudio(item) }, index);
    context.effects.push({ type: "transcribe_item", itemId: item.id, pcm, rate: sampleRate(format) });
  }
  return item;
}

function placeAfter(context: StepContext, previous: string | undefined): number | undefined {
  if (previous === undefined) return context.state.entries.length;
  if (previous === "root") return 0;
  const index = context.state.entries.findIndex((entry) => entry.item.id === previous);
  return index < 0 ? undefined : index + 1;
}

function refuseItem(context: StepContext, event: Of<"conversation.item.create">): Refusal | undefined {
  const { state, env } = context;
  const { item } = event;
  const refuse = (code: Refusal["code"], param: string, message: string): Refusal => ({
    code,
    param,
    message,
  });
  const noRoom = refuseWithoutRoom(item, state.entries, env);
  if (noRoom) return noRoom;
  if (item.id !== undefined && findEntry(state, item.id))
    return refuse("item_create_invalid_item_id", "item.id", `There is an item "${item.id}" already.`);
  if (placeAfter(context, event.previous_item_id ?? undefined) === undefined)
    return refuse(
      "item_create_invalid_item_id",
      "previous_item_id",
      `There is no item "${event.previous_item_id}" to stand after.`,
    );
  if (item.type === "function_call_output" && !hasCall(context, item.call_id))
    return refuse("invalid_tool_call_id", "item.call_id", `There is no function call "${item.call_id}".`);
  return item.type === "message" ? refuseContent(context, item) : undefined;
}

function hasCall(context: StepContext, callId: string): boolean {
  return context.state.entries.some(({ item }) => item.type === "function_call" && item.call_id === callId);
}

function refuseContent(
  context: StepContext,
  item: Extract<NewItem, { type: "message" }>,
): Refusal | undefined {
  const audio = audioOf(item);
  const at = item.content.findIndex((part) => "audio" in part && part.audio !== undefined);
  if (at < 0) return undefined;
  const param = `item.content[${at}].audio`;
  if (audio === undefined)
    return { code: "unsupported_value", param, message: "Only a user message may carry audio." };
  if (item.content.length > 1)
    return {
      code: "unsupported_value",
      param,
      message: "A message with audio has that one content part only.",
    };
  const bytes = decodeBase64(audio);
  const { format } = context.state.config.audio.input;
  const width = bytesPerSample(format);
  if (bytes.length === 0 || bytes.length % width !== 0)
    return { code: "invalid_audio", param, message: "The audio is not a whole number of samples in base64." };
  const seconds = bytes.length / width / sampleRate(format);
  const most = context.env.limits.utteranceMs / 1000;
  if (seconds <= most) return undefined;
  const message = `A message's audio may be ${most} s long (MAX_INPUT_BUFFER_SECONDS); this is ${seconds.toFixed(1)} s.`;
  return { code: "invalid_value", param, message };
}

function audioOf(item: NewItem): string | undefined {
  if (item.type !== "message" || item.role !== "user") return undefined;
  for (const part of item.content)
    if (part.type === "input_audio" && part.audio !== undefined) return part.audio;
  return undefined;
}

function withoutAudio(item: Item): Item {
  return item.type === "message" && item.role === "user"
    ? { ...item, content: [{ type: "input_audio", transcript: "" }] }
    : item;
}

function decodeBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** [C5] A message that came whole: an item, and a turn of the user. False: there is no room for it. */
export function addMessage(context: StepContext, itemId: string, said: UserMessage): boolean {
  const { env, state } = context;
  const item = "text" in said ? userTextItem(itemId, said.text) : userAudioItem(itemId);
  const refusal = refuseLongItem(item, env) ?? refuseWithoutRoom(item, state.entries, env);
  if (refusal) {
    sendError(context, { ...refusal, eventId: itemId });
    return false;
  }
  if ("text" in said) addEntry(context, { kind: "plain", item });
  else {
    addEntry(context, { kind: "spoken_by_user", item });
    context.effects.push({ type: "transcribe_item", itemId, ...said });
  }
  return true;
}

/** `conversation.item.retrieve` */
export function retrieveItem(context: StepContext, event: Of<"conversation.item.retrieve">): void {
  const entry = findEntry(context.state, event.item_id);
  if (entry) {
    context.effects.push({ type: "send_retrieved", item: entry.item });
    return;
  }
  sendError(context, {
    code: "item_retrieve_invalid_item_id",
    message: `There is no item "${event.item_id}".`,
    param: "item_id",
    eventId: event.event_id,
  });
}

/** `conversation.item.delete` */
export function deleteItem(context: StepContext, event: Of<"conversation.item.delete">): void {
  if (!findEntry(context.state, event.item_id))
    return sendError(context, {
      code: "item_delete_invalid_item_id",
      message: `There is no item "${event.item_id}".`,
      param: "item_id",
      eventId: event.event_id,
    });
  patch(context, { entries: context.state.entries.filter((entry) => entry.item.id !== event.item_id) });
  send(context, { type: "conversation.item.deleted", item_id: event.item_id });
}

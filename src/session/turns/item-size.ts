/** Rules [IN7] and [C8]: how much of what a client hands in a conversation holds. Pure. */
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { Item, NewItem } from "../../protocol/items.ts";
import type { Refusal } from "../configuration/configure.ts";
import type { Entry } from "./state.ts";
import type { Env } from "./step-context.ts";

/** Bytes that wait for the store for each byte of an item: its JSON, its text and its words, two bytes a character. */
const waitingPerByte = 6;

const known = new WeakMap<object, number>();

/** Returns the size of an item: of its JSON without audio, UTF-8 bytes. */
function itemBytes(item: Item | NewItem): number {
  const counted = known.get(item);
  if (counted !== undefined) return counted;
  const bytes = jsonBytes(item);
  known.set(item, bytes);
  return bytes;
}

/** Returns the size of all items, bytes. */
export function conversationBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, { item }) => sum + itemBytes(item), 0);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value, (key, field) => (key === "audio" ? undefined : field)));
}

/** Refuses an event whose text is too long by itself, before anything of it is kept. */
export function refuseLongText(event: ClientEvent, { limits }: Env): Refusal | undefined {
  if (event.type === "conversation.item.create") return refuseLongItem(event.item, { limits });
  if (event.type !== "session.update" || event.session.type !== "realtime") return undefined;
  const { instructions, tools } = event.session;
  for (const [name, value] of Object.entries({ instructions, tools })) {
    const bytes = value === undefined ? 0 : jsonBytes(value);
    if (bytes <= limits.instructionsBytes) continue;
    const message = `The ${name} of a session may have at most ${limits.instructionsBytes} bytes (MAX_INSTRUCTIONS_BYTES); these have ${bytes}.`;
    return { code: "message_too_large", param: `session.${name}`, message };
  }
  return undefined;
}

/** Refuses an item that is too long by itself. */
export function refuseLongItem(item: Item | NewItem, { limits }: Pick<Env, "limits">): Refusal | undefined {
  const bytes = itemBytes(item);
  if (bytes <= limits.itemBytes) return undefined;
  const message = `An item may have at most ${limits.itemBytes} bytes beside its audio (MAX_ITEM_BYTES); this has ${bytes}.`;
  return { code: "message_too_large", param: "item", message };
}

/** Refuses an item for which the conversation, its user's conversations, or the queue to the store have no room. */
export function refuseWithoutRoom(
  item: Item | NewItem,
  entries: readonly Entry[],
  { limits, room }: Env,
): Refusal | undefined {
  const bytes = itemBytes(item);
  const full = (message: string): Refusal => ({ code: "conversation_full", param: "item", message });
  if (entries.length >= limits.items) return full(`A conversation holds at most ${limits.items} items.`);
  if (conversationBytes(entries) + bytes > limits.conversationBytes)
    return full(
      `The items of a conversation may have ${limits.conversationBytes} bytes together (MAX_CONVERSATION_BYTES).`,
    );
  if (bytes > room.ofUser)
    return full("The conversations of this user hold as much as they may (MAX_CONVERSATION_BYTES_PER_USER).");
  if (bytes * waitingPerByte <= room.toStore) return undefined;
  const message = "Too much waits to be stored; the item was not taken. Send it again later.";
  return { code: "storage_behind", param: "item", message };
}

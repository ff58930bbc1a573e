/** What was said in a session, as messages: from the items that are stored, with the audio that can still be fetched. */
import type { AudioRecord, ItemRecord } from "../../store/records.ts";
import { toTime } from "../http/common-schemas.ts";
import type { Message } from "./schemas/messages.ts";
import type { RestServices } from "./services.ts";

/** Where audio can be fetched. */
export function audioUrl(key: string): string {
  return `/audio/${key}`;
}

/** An item of the user or the coach as a message. */
export function toMessage({ id, role, text, createdAt }: ItemRecord, audioKey?: string): Message {
  return {
    id,
    timestamp: toTime(createdAt),
    sender: role === "assistant" ? "ai" : "user",
    text,
    ...(audioKey !== undefined && { audioUrl: audioUrl(audioKey) }),
  };
}

/** Whether audio can still be fetched. */
export function isFetchable({ kind, expiresAt }: AudioRecord, now: number): boolean {
  return kind === "reply" && (expiresAt === undefined || now < expiresAt);
}

/** All messages of a session, in order. */
export async function readHistory(
  { store, clock }: Pick<RestServices, "store" | "clock">,
  sessionId: string,
): Promise<Message[]> {
  const [items, audio] = await Promise.all([store.readItems(sessionId), store.listAudio(sessionId, "reply")]);
  const now = clock.wallTime();
  const keys = new Map(
    audio.filter((each) => isFetchable(each, now)).map(({ itemId, key }) => [itemId, key]),
  );
  return items
    .filter(({ role }) => role === "user" || role === "assistant")
    .map((item) => toMessage(item, keys.get(item.id)));
}

/** The coach's answer to a message: what it said behind it and before the user's next; undefined: nothing. */
export function answerTo(messages: readonly Message[], messageId: string): Message | undefined {
  const at = messages.findIndex(({ id, sender }) => id === messageId && sender === "user");
  const next = at < 0 ? undefined : messages[at + 1];
  return next?.sender === "ai" ? next : undefined;
}

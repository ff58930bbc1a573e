/** Records for the store's tests: complete, and each its own. */
import type { ItemRecord, NewSession } from "../../src/store/records.ts";

/** A morning in June 2025, wall clock, ms. */
export const morning = Date.UTC(2025, 5, 2, 8);
export const day = 86_400_000;

let sessions = 0;

/** A new session with an id of its own; `anna`'s unless said. */
export function newSession(fields: Partial<NewSession> = {}): NewSession {
  return {
    id: `session-${++sessions}`,
    ownerId: "anna",
    persona: "kuku",
    language: "en-US",
    origin: "socket",
    recorded: false,
    createdAt: morning,
    ...fields,
  };
}

/** The `n`th item of a session. */
export function item(n: number, text = `words of item ${n}`, fields: Partial<ItemRecord> = {}): ItemRecord {
  return {
    id: `item_${n}`,
    position: n,
    role: n % 2 === 1 ? "user" : "assistant",
    text,
    entry: { type: "message", id: `item_${n}`, content: [{ type: "text", text }] },
    createdAt: morning + n * 1000,
    ...fields,
  };
}

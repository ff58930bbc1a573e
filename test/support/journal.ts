/** A journal whose pages a test reads, and whose database it holds in its hand. */
import type { Change, SessionJournal, StoredConversation } from "../../src/store/journal/journal.ts";
import type { ItemRecord, SessionPatch, SessionRecord } from "../../src/store/records.ts";

/** Opens an empty one, or one of a stored conversation. */
export function testJournal(stored?: StoredConversation) {
  const changes: Change[] = [];
  let patch: SessionPatch = {};
  const items = new Map<string, ItemRecord>((stored?.items ?? []).map((item) => [item.id, item]));
  let waiting: { resolve: (outcome: "saved" | "lost") => void }[] = [];
  let outcome: "saved" | "lost" | "never" = "saved";
  let full = false;
  let closed = false;
  let room = Number.POSITIVE_INFINITY;
  let behind: PromiseWithResolvers<void> | undefined;
  const journal: SessionJournal = {
    sessionId: stored?.session.id ?? "session-1",
    write(written) {
      if (full || closed) return false;
      for (const change of written) {
        changes.push(change);
        if (change.type === "session") patch = { ...patch, ...change.patch };
        if (change.type === "item") items.set(change.item.id, change.item);
        if (change.type === "item_removed") items.delete(change.itemId);
      }
      return true;
    },
    get room() {
      return room;
    },
    writable: () => behind?.promise,
    settled() {
      if (outcome !== "never") return Promise.resolve(outcome);
      return new Promise((resolve) => waiting.push({ resolve }));
    },
    close() {
      closed = true;
    },
  };
  return {
    journal,
    changes,
    of: <T extends Change["type"]>(type: T) =>
      changes.filter((change): change is Extract<Change, { type: T }> => change.type === type),
    get closed() {
      return closed;
    },
    /** What a `settled` is answered with from here on; `never`: it waits until `settle`. */
    answer(next: typeof outcome) {
      outcome = next;
    },
    settle(how: "saved" | "lost" = "saved") {
      const ready = waiting;
      waiting = [];
      for (const each of ready) each.resolve(how);
    },
    fill() {
      full = true;
    },
    /** Leaves a client so many bytes. */
    leave(bytes: number) {
      room = bytes;
    },
    /** Falls behind, until the function returned is called. */
    fallBehind() {
      behind = Promise.withResolvers<void>();
      const { resolve } = behind;
      return () => {
        behind = undefined;
        resolve();
      };
    },
    /** As another process would read it. */
    stored(): StoredConversation {
      const session: SessionRecord = {
        id: journal.sessionId,
        ownerId: "local",
        persona: "kuku",
        language: "en-US",
        status: "active",
        origin: "socket",
        type: "realtime",
        awaitingWrapUp: false,
        messageCount: 0,
        recorded: false,
        createdAt: 0,
        updatedAt: 0,
      };
      const inOrder = [...items.values()].sort((a, b) => a.position - b.position);
      // As plain JSON, which is what a database gives back.
      return JSON.parse(JSON.stringify({ session, snapshot: patch.snapshot, items: inOrder }));
    },
  };
}

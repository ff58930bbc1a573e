/** Changes of one session on their way into the database: as rows, so that a later one takes the place of an earlier. */

import { searchableWords } from "../queries/words.ts";
import type { NewSession } from "../records.ts";
import type { Change } from "./journal.ts";
import { plainJson, plainText } from "./plain-json.ts";

/** Where a row goes; `removed` are items to be deleted. */
export type RowTable = "opened" | "items" | "removed" | "turns" | "deliveries" | "audio" | "reports";

/** A row as the JSON text of its columns. */
interface Row {
  readonly table: RowTable;
  readonly json: string;
}

/** What waits of one session. */
export interface Waiting {
  /** By what they replace. */
  readonly rows: Map<string, Row>;
  /** Columns of the session that change, as JSON texts. */
  readonly columns: Map<string, string>;
  /** Of the texts, UTF-16: two a character. */
  bytes: number;
}

/** What names the session in each of its rows. */
export interface RowOwner {
  readonly sessionId: string;
  readonly ownerId: string;
}

export function nothingWaiting(): Waiting {
  return { rows: new Map(), columns: new Map(), bytes: 0 };
}

/** How many changes wait, those that were replaced not counted. */
export function countWaiting({ rows, columns }: Waiting): number {
  return rows.size + (columns.size > 0 ? 1 : 0);
}

/** Lays `newer` over `older`, which keeps the whole. */
export function layOver(older: Waiting, newer: Waiting): void {
  for (const [key, row] of newer.rows) putRow(older, key, row);
  for (const [name, json] of newer.columns) putColumn(older, name, json);
}

/** By how much `newer` makes `older` larger, laid over it. */
export function growthBy(older: Waiting, newer: Waiting): number {
  let growth = newer.bytes;
  for (const key of newer.rows.keys()) growth -= 2 * (older.rows.get(key)?.json.length ?? 0);
  for (const name of newer.columns.keys()) growth -= 2 * (older.columns.get(name)?.length ?? 0);
  return growth;
}

/** The row of a new session, as the store knows it, and as the journals write it. */
function sessionRow(session: NewSession): Record<string, unknown> {
  return {
    id: session.id,
    owner_id: session.ownerId,
    persona: session.persona,
    language: session.language,
    origin: session.origin,
    recorded: session.recorded,
    created_at: Math.round(session.createdAt),
    resume_hash: session.resumeHash,
    node_id: session.nodeId,
  };
}

/** Begins with the session's own record. */
export function waitingToOpen(session: NewSession): Waiting {
  const waiting = nothingWaiting();
  putRow(waiting, "opened", { table: "opened", json: plainJson(sessionRow(session)) });
  return waiting;
}

/** Changes as rows; `now` (wall clock, ms) is when the session was changed. @throws TypeError for what is no JSON. */
export function waitingOf(changes: readonly Change[], of: RowOwner, now: number): Waiting {
  const waiting = nothingWaiting();
  for (const change of changes) takeChange(waiting, change, of);
  putColumn(waiting, "updated_at", String(Math.round(now)));
  return waiting;
}

function takeChange(waiting: Waiting, change: Change, of: RowOwner): void {
  const session_id = of.sessionId;
  const put = (table: RowTable, key: string, columns: Record<string, unknown>) =>
    putRow(waiting, key, { table, json: plainJson({ session_id, ...columns }) });
  switch (change.type) {
    case "session":
      for (const [name, value] of Object.entries(change.patch))
        if (value !== undefined)
          putColumn(waiting, columnNames[name as keyof typeof columnNames], plainJson(value));
      return;
    case "item": {
      const { item } = change;
      return put("items", `item ${item.id}`, {
        id: item.id,
        owner_id: of.ownerId,
        position: item.position,
        role: item.role,
        text: item.text,
        entry: item.entry,
        created_at: Math.round(item.createdAt),
        audio_key: item.audioKey,
        words: searchableWords(item.text),
      });
    }
    case "item_removed":
      return put("removed", `item ${change.itemId}`, { id: change.itemId });
    case "turn": {
      const { turn } = change;
      return put("turns", `turn ${turn.id}`, {
        ...turn,
        itemId: undefined,
        item_id: turn.itemId,
        at: Math.round(turn.at),
      });
    }
    case "delivery": {
      const { itemId, at, metrics, contour } = change.delivery;
      const row = { item_id: itemId, at: Math.round(at), metrics, contour };
      return put("deliveries", `delivery ${itemId}`, row);
    }
    case "audio":
      return put("audio", `audio ${change.audio.key}`, audioRow(session_id, change.audio));
    case "put_away":
      return putColumn(waiting, "released", "true");
    case "ended":
      putColumn(waiting, "released", "true");
      putColumn(waiting, "ended_at", String(Math.round(change.at)));
      putColumn(waiting, "end_reason", plainJson(change.reason));
      if (change.wordless) return;
      return put("reports", "report", { created_at: Math.round(change.at) });
  }
}

/** Which column a field of the patch goes to. */
const columnNames = {
  language: "language",
  stage: "stage",
  awaitingWrapUp: "awaiting_wrap_up",
  messageCount: "message_count",
  recorded: "recorded",
  snapshot: "snapshot",
  resumeHash: "resume_hash",
} as const;

/** The row of a piece of audio. */
function audioRow(
  sessionId: string,
  audio: Extract<Change, { type: "audio" }>["audio"],
): Record<string, unknown> {
  return {
    session_id: sessionId,
    key: audio.key,
    kind: audio.kind,
    item_id: audio.itemId,
    content_type: plainText(audio.contentType),
    bytes: Math.round(audio.bytes),
    duration_ms: audio.durationMs,
    created_at: Math.round(audio.createdAt),
    expires_at: audio.expiresAt === undefined ? undefined : Math.round(audio.expiresAt),
  };
}

function putRow(waiting: Waiting, key: string, row: Row): void {
  waiting.bytes += 2 * (row.json.length - (waiting.rows.get(key)?.json.length ?? 0));
  waiting.rows.set(key, row);
}

function putColumn(waiting: Waiting, name: string, json: string): void {
  waiting.bytes += 2 * (json.length - (waiting.columns.get(name)?.length ?? 0));
  waiting.columns.set(name, json);
}

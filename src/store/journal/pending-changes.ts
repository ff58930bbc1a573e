/** Changes of one session on their way into the database: as rows, so that a later change replaces an earlier one. */

import { searchableWords } from "../queries/words.ts";
import type { NewSession, SessionPatch } from "../records.ts";
import { columnName, toRow } from "../schema/row-sql.ts";
import { audio, deliveries, items, readings, reports, sessions, turns } from "../schema/schema.ts";
import type { Change } from "./journal.ts";
import { plainJson } from "./plain-json.ts";

/** Destination of a row; `removedItems` are items to be deleted. */
export type RowTarget =
  | "sessions"
  | "items"
  | "removedItems"
  | "turns"
  | "deliveries"
  | "readings"
  | "audio"
  | "reports";

interface Row {
  readonly target: RowTarget;
  /** JSON text of the columns. */
  readonly json: string;
}

/** Changes of one session that are not stored yet, and that are stored together. */
export interface PendingChanges {
  /** Rows by the key under which a later one replaces them. */
  readonly rows: Map<string, Row>;
  /** Columns of the session's own row that change, as JSON texts. */
  readonly columns: Map<string, string>;
  /** Size of the JSON texts in memory, two bytes a UTF-16 unit. */
  bytes: number;
}

/** Ids that every row of a session carries. */
export interface RowOwner {
  readonly sessionId: string;
  readonly ownerId: string;
}

export function noChanges(): PendingChanges {
  return { rows: new Map(), columns: new Map(), bytes: 0 };
}

/** Room that a batch has left. */
export interface BatchRoom {
  readonly rows: number;
  readonly bytes: number;
}

/** Number of changes that wait, without those that were replaced. */
export function countChanges({ rows, columns }: PendingChanges): number {
  return rows.size + (columns.size > 0 ? 1 : 0);
}

/** Merges `newer` into `older`, replacing what both hold. */
export function mergeChanges(older: PendingChanges, newer: PendingChanges): void {
  for (const [key, row] of newer.rows) putRow(older, key, row);
  for (const [name, json] of newer.columns) putColumn(older, name, json);
}

/** Bytes by which merging `newer` would enlarge `older`; may be negative. */
export function growthBy(older: PendingChanges, newer: PendingChanges): number {
  let growth = newer.bytes;
  for (const key of newer.rows.keys()) growth -= 2 * (older.rows.get(key)?.json.length ?? 0);
  for (const name of newer.columns.keys()) growth -= 2 * (older.columns.get(name)?.length ?? 0);
  return growth;
}

/** Returns the changes of a new session: its own row. */
export function sessionOpened(session: NewSession): PendingChanges {
  const pending = noChanges();
  const row = toRow(sessions, { type: "realtime", ...session, updatedAt: session.createdAt });
  putRow(pending, "session", { target: "sessions", json: plainJson(row) });
  return pending;
}

/**
 * Converts changes to rows. `now`: wall clock, ms; stored as the time of the session's last change.
 * @throws TypeError for a value that has no JSON
 */
export function toPending(changes: readonly Change[], owner: RowOwner, now: number): PendingChanges {
  const pending = noChanges();
  for (const change of changes) addChange(pending, change, owner);
  putColumn(pending, "updated_at", String(Math.round(now)));
  return pending;
}

function addChange(pending: PendingChanges, change: Change, { sessionId, ownerId }: RowOwner): void {
  const put = (target: RowTarget, key: string, row: Record<string, unknown>) =>
    putRow(pending, key, { target, json: plainJson(row) });
  switch (change.type) {
    case "session":
      return putPatch(pending, change.patch);
    case "item": {
      const words = searchableWords(change.item.text);
      const row = toRow(items, { ...change.item, sessionId, ownerId, words });
      return put("items", `item ${change.item.id}`, row);
    }
    case "item_removed":
      return put("removedItems", `item ${change.itemId}`, toRow(items, { sessionId, id: change.itemId }));
    case "turn":
      return put("turns", `turn ${change.turn.id}`, toRow(turns, { ...change.turn, sessionId }));
    case "delivery": {
      const row = toRow(deliveries, { ...change.delivery, sessionId });
      return put("deliveries", `delivery ${change.delivery.itemId}`, row);
    }
    case "reading": {
      const row = toRow(readings, { ...change.reading, sessionId });
      return put("readings", `reading ${change.reading.itemId}`, row);
    }
    case "audio":
      return put("audio", `audio ${change.audio.key}`, toRow(audio, { ...change.audio, sessionId }));
    case "put_away":
      return putColumn(pending, "released", "true");
    case "ended": {
      const { at, reason, wordless } = change;
      putColumn(pending, "released", "true");
      putColumn(pending, "ended_at", String(Math.round(at)));
      putColumn(pending, "end_reason", plainJson(reason));
      if (wordless) return;
      const row = { sessionId, status: "pending", createdAt: at, updatedAt: at };
      return put("reports", "report", toRow(reports, row));
    }
  }
}

function putPatch(pending: PendingChanges, patch: SessionPatch): void {
  for (const [field, value] of Object.entries(patch))
    if (value !== undefined)
      putColumn(pending, columnName(sessions, field as keyof SessionPatch), plainJson(value));
}

function putRow(pending: PendingChanges, key: string, row: Row): void {
  pending.bytes += 2 * (row.json.length - (pending.rows.get(key)?.json.length ?? 0));
  pending.rows.set(key, row);
}

function putColumn(pending: PendingChanges, name: string, json: string): void {
  pending.bytes += 2 * (json.length - (pending.columns.get(name)?.length ?? 0));
  pending.columns.set(name, json);
}

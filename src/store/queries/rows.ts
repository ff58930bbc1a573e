/** Conversion of rows to records: the columns that are read, and an absent field for each NULL. */
import { and, eq, getTableColumns, type InferSelectModel, isNull, type SQL } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { AudioRecord, ItemRecord, Page, SessionRecord } from "../records.ts";
import { type audio, items, sessions } from "../schema/schema.ts";
import type { SessionsOf } from "../store.ts";

/** The query builder on the pool, or on one connection of it. */
export type Queries = NodePgDatabase;

/** A record without its NULLs. */
type Present<Row> = {
  [Name in keyof Row as null extends Row[Name] ? never : Name]: Row[Name];
} & { [Name in keyof Row as null extends Row[Name] ? Name : never]?: NonNullable<Row[Name]> };

/** Removes the fields that are NULL. */
export function present<Row extends object>(row: Row): Present<Row> {
  const fields = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(fields) as Present<Row>;
}

const {
  snapshot: _snapshot,
  resumeHash: _hash,
  nodeId: _node,
  epoch: _epoch,
  ...session
} = getTableColumns(sessions);
/** A session's columns, without those that only its holder needs. */
export const sessionColumns = session;

/** Selects the sessions that a query is about. */
export function sessionsOf({ ownerId, endUser }: SessionsOf): SQL | undefined {
  const owned = eq(sessions.ownerId, ownerId);
  if (endUser === undefined) return owned;
  return and(owned, endUser === null ? isNull(sessions.endUser) : eq(sessions.endUser, endUser));
}

const { sessionId: _session, ownerId: _owner, words: _words, ...item } = getTableColumns(items);
/** An item's columns, without ownership and search words. */
export const itemColumns = item;

export function toSession(
  row: Pick<InferSelectModel<typeof sessions>, keyof typeof sessionColumns> & { title?: string | null },
): SessionRecord {
  return present(row);
}

/** Converts a row to an item, whose entry may itself be null. */
export function toItem(row: Pick<InferSelectModel<typeof items>, keyof typeof itemColumns>): ItemRecord {
  return { ...present(row), entry: row.entry };
}

export function toAudio(row: InferSelectModel<typeof audio>): AudioRecord & { readonly sessionId: string } {
  return present(row);
}

/** A key by which a list is sorted. */
type SortKey = string | number;

/** Cuts a page out of rows, of which one more than `limit` was asked for. `keys`: those that an entry is sorted by. */
export function toPage<Row, Entry>(
  rows: readonly Row[],
  limit: number,
  { toEntry, keys }: { toEntry(row: Row): Entry; keys(row: Row): readonly SortKey[] },
): Page<Entry> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { entries: page.map(toEntry), ...(rows.length > limit && last && { next: toCursor(keys(last)) }) };
}

/** Makes a cursor of the sort keys of a page's last entry. */
function toCursor(keys: readonly SortKey[]): string {
  return Buffer.from(JSON.stringify(keys)).toString("base64url");
}

/** Reads a cursor of `length` keys; undefined for anything else, which a client may send. */
export function fromCursor(cursor: string | undefined, length: number): readonly SortKey[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (!Array.isArray(keys) || keys.length !== length) return undefined;
    const [first, ...rest] = keys;
    return Number.isSafeInteger(first) && rest.every((key) => typeof key === "string" && !key.includes("\0"))
      ? keys
      : undefined;
  } catch {
    return undefined;
  }
}

/** What the store answers about what was said: the items of a session, and search over all of an owner's. */
import { and, asc, desc, eq, sql } from "drizzle-orm";
import { itemsOf } from "./claim.ts";
import { fromCursor, itemColumns, present, type Queries, toCursor, toItem } from "./rows.ts";
import { deliveries, items, turns } from "./schema.ts";
import type { SearchQuery, Store } from "./store.ts";
import { excerpt, readQuery } from "./words.ts";

type ItemQueries = Pick<Store, "readItems" | "readTurns" | "readDeliveries" | "searchItems">;

export function itemQueries(db: Queries): ItemQueries {
  return {
    readItems: (sessionId) => itemsOf(db, sessionId),
    async readTurns(sessionId) {
      const rows = await db
        .select()
        .from(turns)
        .where(eq(turns.sessionId, sessionId))
        .orderBy(asc(turns.at), asc(turns.id));
      return rows.map(({ sessionId: _, ...turn }) => present(turn));
    },
    async readDeliveries(sessionId) {
      const rows = await db
        .select()
        .from(deliveries)
        .where(eq(deliveries.sessionId, sessionId))
        .orderBy(asc(deliveries.at), asc(deliveries.itemId));
      return rows.map(({ sessionId: _, ...delivery }) => delivery);
    },
    searchItems: (query) => search(db, query),
  };
}

/** Newest first, so that pages hold still while items are added. */
async function search(db: Queries, { ownerId, text, limit, cursor }: SearchQuery) {
  const { query, wanted } = readQuery(text);
  if (query === "") return { entries: [] };
  const after = fromCursor(cursor, 3);
  const rows = await db
    .select({ ...itemColumns, sessionId: items.sessionId })
    .from(items)
    .where(
      and(
        eq(items.ownerId, ownerId),
        // The owner is one of the words, so that the index alone keeps to what is theirs.
        sql`${items.words} @@ (${lexeme(`@${ownerId}`)}::tsquery && websearch_to_tsquery('simple', ${query}))`,
        after &&
          sql`(${items.createdAt}, ${items.sessionId}, ${items.id}) < (${after[0]}, ${after[1]}, ${after[2]})`,
      ),
    )
    .orderBy(desc(items.createdAt), desc(items.sessionId), desc(items.id))
    .limit(limit + 1);
  const entries = rows.slice(0, limit).map(({ sessionId, ...row }) => ({
    sessionId,
    item: toItem(row),
    excerpt: excerpt(row.text, wanted),
  }));
  const last = entries.at(-1);
  return {
    entries,
    ...(rows.length > limit &&
      last && { next: toCursor([last.item.createdAt, last.sessionId, last.item.id]) }),
  };
}

/** A word for a tsquery, taken as it is. */
function lexeme(word: string): string {
  return `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

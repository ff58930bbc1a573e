/** Queries about items: those of a session, and the search over all of an owner's. */
import { and, asc, desc, eq, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import { primaryLanguage } from "../../lib/language.ts";
import { readItems } from "../journal/claim.ts";
import { deliveries, items, readings, sessions, turns } from "../schema/schema.ts";
import type { SearchQuery, SessionsOf, Store } from "../store.ts";
import { fromCursor, itemColumns, present, type Queries, sessionsOf, toItem, toPage } from "./rows.ts";
import { excerpt, readQuery } from "./words.ts";

type ItemQueries = Pick<
  Store,
  "readItems" | "readTurns" | "readDeliveries" | "readReadings" | "recentReadings" | "searchItems"
>;

export function itemQueries(db: Queries): ItemQueries {
  return {
    readItems: (sessionId, ids) => readItems(db, sessionId, ids),
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
      return rows.map(({ sessionId: _, ...delivery }) => present(delivery));
    },
    async readReadings(sessionId) {
      const rows = await db
        .select()
        .from(readings)
        .where(eq(readings.sessionId, sessionId))
        .orderBy(asc(readings.at), asc(readings.itemId));
      return rows.map(({ sessionId: _, ...reading }) => reading);
    },
    async recentReadings(of, { language, limit, before }) {
      const like = sql`split_part(${readings.language}, '-', 1) = ${primaryLanguage(language)}`;
      const rows = await db
        .select(getTableColumns(readings))
        .from(readings)
        .innerJoin(sessions, eq(sessions.id, readings.sessionId))
        .where(
          and(sessionsOf(of), like, before === undefined ? undefined : lt(readings.at, Math.round(before))),
        )
        .orderBy(desc(readings.at), desc(readings.itemId))
        .limit(limit);
      return rows.reverse();
    },
    searchItems: (query) => search(db, query),
  };
}

/** Number of an owner's newest items that are scanned before the index on words is used. */
const scannedItems = 2000;

/**
 * Searches newest first, so that pages are stable while items are added. Frequent words are found among the newest items,
 * rare ones by the index: in one query the planner chooses wrongly for owners with very many items.
 */
async function search(db: Queries, { text, limit, cursor, ...of }: SearchQuery) {
  const { query, wanted } = readQuery(text);
  if (query === "") return { entries: [] };
  const after = fromCursor(cursor, 3);
  const rows = await find(db, of, { query, after, limit: limit + 1 });
  return toPage(rows, limit, {
    toEntry: ({ sessionId, ...row }) => ({
      sessionId,
      item: toItem(row),
      excerpt: excerpt(row.text, wanted),
    }),
    keys: ({ createdAt, sessionId, id }) => [createdAt, sessionId, id],
  });
}

/** A search for `query`, a text for `websearch_to_tsquery`, behind the sort keys `after`. */
interface Search {
  readonly query: string;
  readonly after: ReturnType<typeof fromCursor>;
  readonly limit: number;
}

async function find(db: Queries, of: SessionsOf, search: Search) {
  if (of.endUser !== undefined) return searchSessions(db, of, search);
  const rows = await searchNewest(db, of.ownerId, search);
  return rows.length < search.limit ? searchWords(db, of.ownerId, search) : rows;
}

const foundColumns = { ...itemColumns, sessionId: items.sessionId };

const isAfter = (after: Search["after"]) =>
  after &&
  sql`(${items.createdAt}, ${items.sessionId}, ${items.id}) < (${after[0]}, ${after[1]}, ${after[2]})`;

const newestFirst = [desc(items.createdAt), desc(items.sessionId), desc(items.id)];

/** Searches the items of one end user's sessions, which are few among their owner's. */
function searchSessions(db: Queries, of: SessionsOf, { query, after, limit }: Search) {
  const theirs = db.select({ id: sessions.id }).from(sessions).where(sessionsOf(of));
  const matches = sql`${items.words} @@ websearch_to_tsquery('simple', ${query})`;
  return db
    .select(foundColumns)
    .from(items)
    .where(and(inArray(items.sessionId, theirs), matches, isAfter(after)))
    .orderBy(...newestFirst)
    .limit(limit);
}

/** Scans the owner's newest items, by the index on owner and time. */
function searchNewest(db: Queries, ownerId: string, { query, after, limit }: Search) {
  const newest = db
    .select({ ...foundColumns, words: items.words })
    .from(items)
    .where(and(eq(items.ownerId, ownerId), isAfter(after)))
    .orderBy(...newestFirst)
    .limit(scannedItems)
    .as("newest");
  const { words, ...found } = newest._.selectedFields;
  return db
    .select(found)
    .from(newest)
    .where(sql`${words} @@ websearch_to_tsquery('simple', ${query})`)
    .orderBy(desc(newest.createdAt), desc(newest.sessionId), desc(newest.id))
    .limit(limit);
}

/** Searches the index on words, which has the owner as one more word. */
function searchWords(db: Queries, ownerId: string, { query, after, limit }: Search) {
  const owner = lexeme(`@${ownerId}`);
  const matches = sql`${items.words} @@ (${owner}::tsquery && websearch_to_tsquery('simple', ${query}))`;
  // An expression, so that the index on owners is not read as well.
  const owned = sql`${items.ownerId} || '' = ${ownerId}`;
  return db
    .select(foundColumns)
    .from(items)
    .where(and(matches, owned, isAfter(after)))
    .orderBy(...newestFirst)
    .limit(limit);
}

/** Quotes a word for a tsquery. */
function lexeme(word: string): string {
  return `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

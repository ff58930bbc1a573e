/** Queries about sessions. */
import { and, desc, eq, gte, lt, not, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { isHeld, readItems } from "../journal/claim.ts";
import { plainText } from "../journal/plain-json.ts";
import type { NewSession } from "../records.ts";
import { reports, sessions } from "../schema/schema.ts";
import type { SessionQuery, Store } from "../store.ts";
import { fromCursor, type Queries, sessionColumns, sessionsOf, toPage, toSession } from "./rows.ts";

type SessionQueries = Pick<
  Store,
  | "createSession"
  | "findSession"
  | "readConversation"
  | "findSnapshot"
  | "findHolder"
  | "findResumable"
  | "listSessions"
  | "endSession"
  | "saveRating"
  | "expiredSessions"
>;

/** A session's columns, and the title that its report has; reports of before there were titles have a goal at most. */
const titledColumns = {
  ...sessionColumns,
  title: sql<string | null>`coalesce(${reports.data}->>'title', ${reports.data}->>'goal')`,
};

/** `aliveMs`: time after its last heartbeat during which a node counts as alive. */
export function sessionQueries(pool: pg.Pool, aliveMs: number): SessionQueries {
  const db = drizzle(pool);
  return {
    createSession: (session) => create(db, session),
    async findSession(id) {
      const [row] = await db
        .select(titledColumns)
        .from(sessions)
        .leftJoin(reports, eq(reports.sessionId, sessions.id))
        .where(eq(sessions.id, id));
      return row && toSession(row);
    },
    async readConversation(id) {
      const [row] = await db
        .select({ ...sessionColumns, snapshot: sessions.snapshot })
        .from(sessions)
        .where(eq(sessions.id, id));
      if (!row) return undefined;
      const { snapshot, ...session } = row;
      return { session: toSession(session), snapshot, items: await readItems(db, id) };
    },
    async findSnapshot(id) {
      const [row] = await db
        .select({ snapshot: sessions.snapshot })
        .from(sessions)
        .where(eq(sessions.id, id));
      return row?.snapshot ?? undefined;
    },
    async findHolder(id) {
      const [row] = await db
        .select({ nodeId: sessions.nodeId })
        .from(sessions)
        .where(and(eq(sessions.id, id), isHeld(aliveMs)));
      return row?.nodeId ?? undefined;
    },
    async findResumable(resumeHash) {
      const [row] = await db
        .select(sessionColumns)
        .from(sessions)
        .where(and(eq(sessions.resumeHash, resumeHash), eq(sessions.status, "active")));
      return row && toSession(row);
    },
    listSessions: (query) => list(db, query),
    endSession: (id, at, reason) => end(db, id, Math.round(at), reason, aliveMs),
    saveRating: (id, rating) => rate(db, id, rating),
    expiredSessions: (query) => expired(db, query, aliveMs),
  };
}

async function rate(
  db: Queries,
  id: string,
  { rating, feedback }: Parameters<Store["saveRating"]>[1],
): Promise<boolean> {
  const rated = await db
    .update(sessions)
    .set({ rating, feedback: feedback === undefined ? null : plainText(feedback) })
    .where(and(eq(sessions.id, id), eq(sessions.status, "ended")))
    .returning({ id: sessions.id });
  return rated.length > 0;
}

async function expired(
  db: Queries,
  { idleSince, madeBefore, limit }: Parameters<Store["expiredSessions"]>[0],
  aliveMs: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.status, "active"),
        not(isHeld(aliveMs)),
        or(lt(sessions.updatedAt, idleSince), lt(sessions.createdAt, madeBefore)),
      ),
    )
    .orderBy(sessions.createdAt)
    .limit(limit);
  return rows.map(({ id }) => id);
}

async function create(db: Queries, session: NewSession) {
  const createdAt = Math.round(session.createdAt);
  const [row] = await db
    .insert(sessions)
    .values({ ...session, createdAt, updatedAt: createdAt })
    .returning(sessionColumns);
  return toSession(row!);
}

async function list(db: Queries, { status, from, to, limit, cursor, ...of }: SessionQuery) {
  const after = fromCursor(cursor, 2);
  const rows = await db
    .select(titledColumns)
    .from(sessions)
    .leftJoin(reports, eq(reports.sessionId, sessions.id))
    .where(
      and(
        sessionsOf(of),
        status && eq(sessions.status, status),
        from === undefined ? undefined : gte(sessions.createdAt, Math.ceil(from)),
        to === undefined ? undefined : lt(sessions.createdAt, Math.ceil(to)),
        after && sql`(${sessions.createdAt}, ${sessions.id}) < (${after[0]}, ${after[1]})`,
      ),
    )
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(limit + 1);
  return toPage(rows, limit, { toEntry: toSession, keys: ({ createdAt, id }) => [createdAt, id] });
}

/** Ends a session in one statement, so that its report is due at the same moment. The new epoch fences a late holder. */
async function end(db: Queries, id: string, at: number, reason: string, aliveMs: number): Promise<boolean> {
  const ended = db.$with("ended").as(
    db
      .update(sessions)
      .set({
        status: "ended",
        endedAt: at,
        endReason: reason,
        updatedAt: at,
        nodeId: null,
        epoch: sql`${sessions.epoch} + 1`,
      })
      .where(and(eq(sessions.id, id), eq(sessions.status, "active"), not(isHeld(aliveMs))))
      .returning({ id: sessions.id }),
  );
  const due = await db
    .with(ended)
    .insert(reports)
    .select(
      db
        .select({
          sessionId: ended.id,
          status: sql`'pending'`.as("status"),
          text: sql`null::text`.as("text"),
          data: sql`null::jsonb`.as("data"),
          createdAt: sql`${at}::bigint`.as("created_at"),
          updatedAt: sql`${at}::bigint`.as("updated_at"),
        })
        .from(ended),
    )
    .returning({ id: reports.sessionId });
  return due.length > 0;
}

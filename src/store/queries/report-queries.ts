/** Queries about the outcome of sessions: reports, actions and progress. */
import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../database.ts";
import { plainJson, plainText } from "../journal/plain-json.ts";
import { actions, deliveries, reports, sessions } from "../schema/schema.ts";
import type { ProgressPoint, SessionsOf, Store } from "../store.ts";
import { inTransaction } from "../transaction.ts";
import { present, type Queries, sessionsOf } from "./rows.ts";

type ReportQueries = Pick<
  Store,
  "findReport" | "pendingReports" | "saveReport" | "failReport" | "openActions" | "settleAction" | "progress"
>;

const dayMs = 86_400_000;

export function reportQueries(
  { pool, backgroundPool }: Pick<Database, "pool" | "backgroundPool">,
  clock: Clock,
): ReportQueries {
  const db = drizzle(pool);
  return {
    async findReport(sessionId) {
      const [row] = await db.select().from(reports).where(eq(reports.sessionId, sessionId));
      return row && present(row);
    },
    async pendingReports(limit) {
      const rows = await db
        .select({ id: reports.sessionId })
        .from(reports)
        .where(eq(reports.status, "pending"))
        .orderBy(asc(reports.createdAt))
        .limit(limit);
      return rows.map(({ id }) => id);
    },
    // Of sessions that end together, as a server's or a school hour's do, there may be hundreds.
    saveReport: (sessionId, report) => save(backgroundPool, sessionId, report, Math.round(clock.wallTime())),
    async failReport(sessionId) {
      await db
        .update(reports)
        .set({ status: "failed", updatedAt: Math.round(clock.wallTime()) })
        .where(eq(reports.sessionId, sessionId));
    },
    openActions: (of, limit) => open(db, of, limit),
    async settleAction(of, actionId, doneAt) {
      const settled = await db
        .update(actions)
        .set({ doneAt: doneAt === undefined ? null : Math.round(doneAt) })
        .where(and(eq(actions.id, actionId), actionsOf(db, of)))
        .returning({ id: actions.id });
      return settled.length > 0;
    },
    async progress({ now, limit, ...of }) {
      const [points, total, days, openActions, done] = await Promise.all([
        readPoints(db, of, limit),
        db.select({ sessions: count() }).from(sessions).where(sessionsOf(of)),
        daysOf(db, of),
        open(db, of, limit),
        db
          .select({ done: count() })
          .from(actions)
          .where(and(actionsOf(db, of), isNotNull(actions.doneAt))),
      ]);
      return {
        points,
        sessions: total[0]?.sessions ?? 0,
        streakDays: streak(days, Math.floor(now / dayMs)),
        openActions,
        doneActions: done[0]?.done ?? 0,
      };
    },
  };
}

/** Selects the actions of the sessions that a query is about. */
function actionsOf(db: Queries, of: SessionsOf): SQL | undefined {
  const owned = eq(actions.ownerId, of.ownerId);
  if (of.endUser === undefined) return owned;
  const theirs = db.select({ id: sessions.id }).from(sessions).where(sessionsOf(of));
  return and(owned, inArray(actions.sessionId, theirs));
}

async function open(db: Queries, of: SessionsOf, limit: number) {
  const rows = await db
    .select()
    .from(actions)
    .where(and(actionsOf(db, of), isNull(actions.doneAt)))
    .orderBy(desc(actions.createdAt), asc(actions.id))
    .limit(limit);
  return rows.map(({ ownerId: _, ...action }) => present(action));
}

/**
 * Stores a report with its actions. Actions are identified by their position, so that saving again (a job that ran twice)
 * keeps them done where their text is the same.
 */
async function save(
  pool: pg.Pool,
  sessionId: string,
  report: Parameters<Store["saveReport"]>[1],
  now: number,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const db = drizzle(client);
    const [session] = await db
      .select({ ownerId: sessions.ownerId })
      .from(sessions)
      .where(eq(sessions.id, sessionId))
      .for("update");
    if (!session) return;
    const written = {
      status: "ready" as const,
      text: plainText(report.text),
      data: JSON.parse(plainJson(report.data)),
      updatedAt: now,
    };
    await db
      .insert(reports)
      .values({ sessionId, ...written, createdAt: now })
      .onConflictDoUpdate({ target: reports.sessionId, set: written });
    const named = report.actions.map(({ text, when }, index) => ({
      id: `${sessionId}-${index + 1}`,
      sessionId,
      ownerId: session.ownerId,
      text: plainText(text),
      when: when === undefined ? null : plainText(when),
      createdAt: now,
    }));
    const kept = named.map(({ id }) => id);
    await db
      .delete(actions)
      .where(
        and(
          eq(actions.sessionId, sessionId),
          sql`not (${kept.length > 0 ? inArray(actions.id, kept) : sql`false`})`,
        ),
      );
    if (named.length === 0) return;
    const same = sql`${actions.text} = excluded.text`;
    await db
      .insert(actions)
      .values(named)
      .onConflictDoUpdate({
        target: actions.id,
        set: {
          text: sql`excluded.text`,
          when: sql`excluded.due`,
          doneAt: sql`case when ${same} then ${actions.doneAt} end`,
        },
      });
  });
}

/** Reads the newest sessions with speech, each with the means of its metrics. */
async function readPoints(db: Queries, of: SessionsOf, limit: number): Promise<ProgressPoint[]> {
  const spoken = sql`exists (select 1 from ${deliveries} where ${deliveries.sessionId} = ${sessions.id})`;
  const means = sql<Record<string, number>>`(
    select coalesce(jsonb_object_agg(mean.key, mean.value), '{}') from (
      select figure.key, avg(figure.value::double precision) as value
      from ${deliveries} cross join lateral jsonb_each_text(${deliveries.metrics}) figure
      where ${deliveries.sessionId} = ${sessions.id} group by figure.key
    ) mean)`;
  return db
    .select({ sessionId: sessions.id, at: sessions.createdAt, persona: sessions.persona, metrics: means })
    .from(sessions)
    .where(and(sessionsOf(of), spoken))
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(limit);
}

/** Reads the days with a session (UTC, counted from the epoch), newest first, at most 3660. */
async function daysOf(db: Queries, of: SessionsOf): Promise<number[]> {
  const day = sql<number>`(${sessions.createdAt} / ${sql.raw(String(dayMs))})::integer`.as("day");
  const rows = await db
    .selectDistinct({ day })
    .from(sessions)
    .where(and(sessionsOf(of), gt(sessions.createdAt, 0)))
    .orderBy(desc(day))
    .limit(3660);
  return rows.map((row) => row.day);
}

/** Counts the consecutive days up to `today` or the day before. */
function streak(days: readonly number[], today: number): number {
  const past = days.filter((day) => day <= today);
  const last = past[0];
  if (last === undefined || last < today - 1) return 0;
  const broken = past.findIndex((day, index) => day !== last - index);
  return broken === -1 ? past.length : broken;
}

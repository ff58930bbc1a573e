/** Holders of sessions: claims, and the list of living nodes. */
import { and, asc, eq, inArray, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { itemColumns, type Queries, sessionColumns, toItem, toSession } from "../queries/rows.ts";
import { items, nodes, sessions } from "../schema/schema.ts";
import { inTransaction } from "../transaction.ts";
import type { StoredConversation } from "./journal.ts";

/**
 * Makes `nodeId` the holder of an active session, under a new epoch, and reads it. Undefined: there is no such session.
 * @throws the database's error
 */
export function takeOver(
  pool: pg.Pool,
  sessionId: string,
  nodeId: string,
): Promise<{ readonly epoch: number; readonly stored: StoredConversation } | undefined> {
  return inTransaction(pool, async (client) => {
    const db = drizzle(client);
    const [row] = await db
      .update(sessions)
      .set({ epoch: sql`${sessions.epoch} + 1`, nodeId })
      .where(and(eq(sessions.id, sessionId), eq(sessions.status, "active")))
      .returning({ ...sessionColumns, epoch: sessions.epoch, snapshot: sessions.snapshot });
    if (!row) return undefined;
    const { epoch, snapshot, ...session } = row;
    return {
      epoch,
      stored: { session: toSession(session), snapshot, items: await readItems(db, sessionId) },
    };
  });
}

/** Reads a session's items, in order; with `ids`, only these. */
export async function readItems(db: Queries, sessionId: string, ids?: readonly string[]) {
  const rows = await db
    .select(itemColumns)
    .from(items)
    .where(and(eq(items.sessionId, sessionId), ids && inArray(items.id, [...ids])))
    .orderBy(asc(items.position), asc(items.id));
  return rows.map(toItem);
}

/** Records that a node is alive now, by the database's clock. */
export async function recordHeartbeat(db: Queries, nodeId: string): Promise<void> {
  const seenAt = sql`clock_timestamp()`;
  await db
    .insert(nodes)
    .values({ id: nodeId, seenAt })
    .onConflictDoUpdate({ target: nodes.id, set: { seenAt } });
}

/** Removes nodes whose last heartbeat is a day old or more. */
export async function removeDeadNodes(db: Queries): Promise<void> {
  await db.delete(nodes).where(lt(nodes.seenAt, sql`clock_timestamp() - interval '1 day'`));
}

/** Removes a node that stops, so that the sessions it held are free at once. */
export async function removeNode(db: Queries, nodeId: string): Promise<void> {
  await db.delete(nodes).where(eq(nodes.id, nodeId));
}

/** Condition on `sessions`: held by a node that was seen within `aliveMs`. */
export function isHeld(aliveMs: number) {
  return sql<boolean>`exists (select 1 from ${nodes} where ${nodes.id} = ${sessions.nodeId}
    and ${nodes.seenAt} > clock_timestamp() - ${aliveMs} * interval '1 millisecond')`;
}

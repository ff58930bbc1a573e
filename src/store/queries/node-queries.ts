/** Exchange between the nodes on one database: which are alive, their published state, and directives to each other. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { plainJson } from "../journal/plain-json.ts";
import { directives } from "../schema/accounts-schema.ts";
import { nodes } from "../schema/schema.ts";
import type { Queries } from "./rows.ts";

/** A node with a recent heartbeat. */
export interface LivingNode {
  readonly id: string;
  /** Time since its last heartbeat, ms. */
  readonly seenMs: number;
  /** Last published state, plain JSON; undefined: nothing yet. */
  readonly live: unknown;
  /** Age of that state, ms. */
  readonly liveMs: number;
}

/** A node's pending work for other nodes. */
interface NodeDirectives {
  /** Whether an administrator on another node watches this one. */
  readonly watched: boolean;
  /** Number of other living nodes. */
  readonly others: number;
  /** Oldest first. */
  readonly directives: readonly { readonly id: string; readonly directive: unknown }[];
}

/** Every method throws StoreError where the database cannot be reached. */
export interface NodeQueries {
  alive(): Promise<readonly LivingNode[]>;
  /** Has all other nodes publish their state for the next `ms`. */
  watch(nodeId: string, ms: number): Promise<void>;
  publish(nodeId: string, live: object): Promise<void>;
  pending(nodeId: string): Promise<NodeDirectives>;
  /** Sends a directive to a node. False: it is not alive. */
  send(id: string, nodeId: string, directive: object): Promise<boolean>;
  /** Reads the outcome of a directive; undefined: none yet. */
  outcome(id: string): Promise<unknown>;
  /** Stores the outcome of a directive. */
  settle(id: string, outcome: object): Promise<void>;
  /** Withdraws a directive; where it is done already, returns its outcome. */
  withdraw(id: string): Promise<unknown>;
}

/** Directives that one call of `pending` returns at most. */
const mostDirectives = 50;
/** The database's own clock, ms since the epoch: nodes need not agree on the time. */
const databaseTime = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Opens the queries. `aliveMs`: time after its last heartbeat during which a node counts as alive. */
export function openNodeQueries(database: Database, aliveMs: number): NodeQueries {
  const db = drizzle(database.pool);
  const alive = sql`${nodes.seenAt} > clock_timestamp() - ${aliveMs} * interval '1 millisecond'`;
  const outcome = async (id: string) => {
    const [row] = await db
      .select({ outcome: directives.outcome })
      .from(directives)
      .where(eq(directives.id, id));
    return row?.outcome ?? undefined;
  };
  const isOpen = (id: string) => and(eq(directives.id, id), isNull(directives.doneAt));
  return allWithStoreErrors<NodeQueries>({
    alive: () => listAlive(db, alive),
    async watch(nodeId, ms) {
      const until = (part: number) => sql`clock_timestamp() + ${part} * interval '1 millisecond'`;
      // Written anew only once half of it is over.
      const due = sql`(${nodes.watchedUntil} is null or ${nodes.watchedUntil} < ${until(ms / 2)})`;
      await db
        .update(nodes)
        .set({ watchedUntil: until(ms) })
        .where(and(sql`${nodes.id} <> ${nodeId}`, alive, due));
    },
    async publish(nodeId, live) {
      const told = sql`jsonb_build_object('at', ${databaseTime}, 'live', ${plainJson(live)}::jsonb)`;
      await db.update(nodes).set({ live: told }).where(eq(nodes.id, nodeId));
    },
    pending: (nodeId) => readDirectives(db, nodeId, alive),
    send: (id, nodeId, directive) => send(db, { id, nodeId, directive }, alive),
    outcome,
    async settle(id, settled) {
      await db.update(directives).set({ doneAt: databaseTime, outcome: settled }).where(isOpen(id));
    },
    async withdraw(id) {
      const withdrawn = await db
        .update(directives)
        .set({ doneAt: databaseTime })
        .where(isOpen(id))
        .returning({ id: directives.id });
      return withdrawn.length > 0 ? undefined : outcome(id);
    },
  });
}

async function listAlive(db: Queries, alive: SQL): Promise<LivingNode[]> {
  const age = (since: SQL) =>
    sql<number>`(extract(epoch from clock_timestamp()) * 1000 - ${since})::double precision`;
  const rows = await db
    .select({
      id: nodes.id,
      seenMs: age(sql`extract(epoch from ${nodes.seenAt}) * 1000`),
      live: sql<unknown>`${nodes.live}->'live'`,
      liveMs: age(sql`coalesce((${nodes.live}->>'at')::double precision, 0)`),
    })
    .from(nodes)
    .where(alive)
    .orderBy(nodes.id);
  return rows.map((row) => ({ ...row, live: row.live ?? undefined }));
}

async function readDirectives(db: Queries, nodeId: string, alive: SQL): Promise<NodeDirectives> {
  const { rows } = await db.execute<{
    watched: boolean;
    others: number;
    directives: NodeDirectives["directives"];
  }>(sql`select
    coalesce((select ${nodes.watchedUntil} > clock_timestamp() from ${nodes} where ${nodes.id} = ${nodeId}), false)
      as watched,
    (select count(*)::integer from ${nodes} where ${nodes.id} <> ${nodeId} and ${alive}) as others,
    (select coalesce(jsonb_agg(jsonb_build_object('id', due.id, 'directive', due.directive) order by due.at, due.id), '[]')
      from (select * from ${directives}
        where ${directives.nodeId} = ${nodeId} and ${directives.doneAt} is null
        order by ${directives.at}, ${directives.id} limit ${mostDirectives}) due) as directives`);
  return rows[0] ?? { watched: false, others: 0, directives: [] };
}

/** Stores a directive for a living node, and deletes those that are a day old. */
async function send(
  db: Queries,
  { id, nodeId, directive }: { readonly id: string; readonly nodeId: string; readonly directive: object },
  alive: SQL,
): Promise<boolean> {
  const { rows } = await db.execute(sql`with past as (
      delete from ${directives} where ${directives.at} < ${databaseTime} - 86400000)
    insert into ${directives} (id, node_id, at, directive)
    select ${id}, ${nodes.id}, ${databaseTime}, ${plainJson(directive)}::jsonb
    from ${nodes} where ${nodes.id} = ${nodeId} and ${alive} returning id`);
  return rows.length > 0;
}

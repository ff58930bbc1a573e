/** What nodes on one database tell each other: who lives, what each does just now, and what one asks of another. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { withStoreErrors } from "../failures.ts";
import { plainJson } from "../journal/plain-json.ts";
import { directives } from "../schema/accounts-schema.ts";
import { nodes } from "../schema/schema.ts";

/** A node that was seen lately. */
export interface LivingNode {
  readonly id: string;
  /** Since it last said that it lives, ms. */
  readonly seenMs: number;
  /** What it last published; plain JSON, undefined: nothing yet. */
  readonly live: unknown;
  /** How old that is, ms. */
  readonly liveMs: number;
}

/** What there is for a node to do. */
interface NodeDirectives {
  /** Somebody on another node looks at what this one does. */
  readonly watched: boolean;
  /** Other nodes that live. */
  readonly others: number;
  /** Oldest first. */
  readonly directives: readonly { readonly id: string; readonly directive: unknown }[];
}

/** Every method throws StoreError where the database cannot be reached. */
export interface NodeQueries {
  alive(): Promise<readonly LivingNode[]>;
  /** Has all nodes but this one publish what they do for the next `ms`. */
  watch(nodeId: string, ms: number): Promise<void>;
  publish(nodeId: string, live: object): Promise<void>;
  errands(nodeId: string): Promise<NodeDirectives>;
  /** Asks a node to do something. False: it does not live. */
  send(id: string, nodeId: string, directive: object): Promise<boolean>;
  /** What came of it; undefined: nothing yet. */
  outcome(id: string): Promise<unknown>;
  /** Says what came of it. */
  settle(id: string, outcome: object): Promise<void>;
  /** Takes it back, unless it is done: then what came of it. */
  withdraw(id: string): Promise<unknown>;
}

/** Directives of one look; the rest have their turn at the next. */
const mostDirectives = 50;
/** What the database's own clock says, ms since the epoch: nodes need not agree on the time. */
const databaseTime = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Opens them. `aliveMs`: how long a node's last sign of life is believed. */
export function openNodeQueries(database: Database, aliveMs: number): NodeQueries {
  const db = drizzle(database.pool);
  const alive = sql`${nodes.seenAt} > clock_timestamp() - ${aliveMs} * interval '1 millisecond'`;
  return {
    async alive() {
      const age = (since: ReturnType<typeof sql>) =>
        sql<number>`(extract(epoch from clock_timestamp()) * 1000 - ${since})::double precision`;
      const rows = await withStoreErrors(async () =>
        db
          .select({
            id: nodes.id,
            seenMs: age(sql`extract(epoch from ${nodes.seenAt}) * 1000`),
            live: sql<unknown>`${nodes.live}->'live'`,
            liveMs: age(sql`coalesce((${nodes.live}->>'at')::double precision, 0)`),
          })
          .from(nodes)
          .where(alive)
          .orderBy(nodes.id),
      );
      return rows.map((row) => ({ ...row, live: row.live ?? undefined }));
    },
    async watch(nodeId, ms) {
      const until = (part: number) => sql`clock_timestamp() + ${part} * interval '1 millisecond'`;
      // Written anew only once half of it is over.
      const due = sql`(${nodes.watchedUntil} is null or ${nodes.watchedUntil} < ${until(ms / 2)})`;
      await withStoreErrors(async () =>
        db
          .update(nodes)
          .set({ watchedUntil: until(ms) })
          .where(and(sql`${nodes.id} <> ${nodeId}`, alive, due)),
      );
    },
    async publish(nodeId, live) {
      await withStoreErrors(async () =>
        db
          .update(nodes)
          .set({ live: sql`jsonb_build_object('at', ${databaseTime}, 'live', ${plainJson(live)}::jsonb)` })
          .where(eq(nodes.id, nodeId)),
      );
    },
    async errands(nodeId) {
      const { rows } = await withStoreErrors(async () =>
        db.execute<{ watched: boolean; others: number; directives: NodeDirectives["directives"] }>(sql`select
          coalesce((select ${nodes.watchedUntil} > clock_timestamp() from ${nodes} where ${nodes.id} = ${nodeId}), false)
            as watched,
          (select count(*)::integer from ${nodes} where ${nodes.id} <> ${nodeId} and ${alive}) as others,
          (select coalesce(jsonb_agg(jsonb_build_object('id', due.id, 'directive', due.directive) order by due.at, due.id), '[]')
            from (select * from ${directives}
              where ${directives.nodeId} = ${nodeId} and ${directives.doneAt} is null
              order by ${directives.at}, ${directives.id} limit ${mostDirectives}) due) as directives`),
      );
      return rows[0] ?? { watched: false, others: 0, directives: [] };
    },
    async send(id, nodeId, directive) {
      const { rows } = await withStoreErrors(async () =>
        db.execute(sql`with past as (
            delete from ${directives} where ${directives.at} < ${databaseTime} - 86400000)
          insert into ${directives} (id, node_id, at, directive)
          select ${id}, ${nodes.id}, ${databaseTime}, ${plainJson(directive)}::jsonb
          from ${nodes} where ${nodes.id} = ${nodeId} and ${alive} returning id`),
      );
      return rows.length > 0;
    },
    async outcome(id) {
      const [row] = await withStoreErrors(async () =>
        db.select({ outcome: directives.outcome }).from(directives).where(eq(directives.id, id)),
      );
      return row?.outcome ?? undefined;
    },
    async settle(id, outcome) {
      await withStoreErrors(async () =>
        db
          .update(directives)
          .set({ doneAt: databaseTime, outcome })
          .where(and(eq(directives.id, id), isNull(directives.doneAt))),
      );
    },
    async withdraw(id) {
      const withdrawn = await withStoreErrors(async () =>
        db
          .update(directives)
          .set({ doneAt: databaseTime })
          .where(and(eq(directives.id, id), isNull(directives.doneAt)))
          .returning({ id: directives.id }),
      );
      return withdrawn.length > 0 ? undefined : this.outcome(id);
    },
  };
}

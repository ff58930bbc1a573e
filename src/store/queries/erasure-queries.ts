/**
 * Taking a user's rows away, so that nothing brings them back. A session is first made nobody's: its owner is empty,
 * its epoch one more, so that no journal writes to it again. That is one short step; the mark lies in the row itself,
 * and whoever finds it can go on. The row goes last, once no file is left that it names.
 */
import type pg from "pg";
import type { Database } from "../database.ts";
import { withStoreErrors } from "../failures.ts";
import { inTransaction } from "../transaction.ts";

/** Every method throws StoreError where the database cannot be reached. */
export interface ErasureQueries {
  /** Makes a session nobody's. */
  disown(sessionId: string): Promise<void>;
  /**
   * Takes a user away: the account with its sign-ins, keys, usage, counts, links and jobs, all at once; their sessions
   * are nobody's then, and returned. The audit keeps that something was done, and no longer to whom.
   */
  disownAll(ownerId: string): Promise<readonly string[]>;
  /** Sessions that are nobody's. */
  disowned(limit: number): Promise<readonly string[]>;
  /** Removes all that was said in a session and written about it. */
  blank(sessionId: string): Promise<void>;
  /**
   * Removes a session's last row. `held`: another node that lives had it, and may still be writing a recording of it;
   * `more`: there is audio beside what was `removed`.
   */
  remove(sessionId: string, removed: readonly string[]): Promise<"removed" | "held" | "more">;
  /** Users without an account who own something: another node stored it after they were taken away. */
  strays(limit: number): Promise<readonly string[]>;
  /** Removes jobs of sessions that are no more: one that failed just then was put on the list again. How many. */
  strayJobs(): Promise<number>;
  /** Gives the room of what was removed free for use again. PostgreSQL alone; see `scrubEmbedded`. */
  vacuum(): Promise<void>;
}

/** How the ids of those begin who have an account: the local user and guests have none. */
export const accountPrefix = "user_";

/** How long a session of another node is kept, which ends it there meanwhile, ms. */
const heldMs = 60_000;

const mark = `update kuku.sessions set owner_id = '', epoch = epoch + 1, status = 'ended', end_reason = 'erased',
  ended_at = coalesce(ended_at, $2), updated_at = $2, stage = null, snapshot = null, resume_hash = null,
  rating = null, feedback = null`;

/** In this order; each takes the user's id. Quoted, an id is a whole value of JSON and no part of one. */
const leavings = [
  `delete from kuku.directives d where strpos(d.directive::text, to_json($1::text)::text) > 0
    or strpos(d.outcome::text, to_json($1::text)::text) > 0
    or exists (select from kuku.sessions s where s.owner_id = $1 and strpos(d.directive::text, s.id) > 0)`,
  `update kuku.nodes set live = null where strpos(live::text, to_json($1::text)::text) > 0`,
  `update kuku.audit set owner_id = null, target = null, detail = null where owner_id = $1 or target = $1`,
  `delete from kuku.verifications v using kuku.users u where u.id = $1
    and (strpos(v.value, u.id) > 0 or strpos(v.identifier, u.id) > 0
      or strpos(lower(v.identifier), lower(u.email)) > 0 or strpos(lower(v.value), lower(u.email)) > 0)`,
  `delete from kuku.rate_limits where strpos(key, $1) > 0
    or exists (select from kuku.api_keys k where k.owner_id = $1 and strpos(key, k.id) > 0)`,
  `delete from kuku.usage_days where owner_id = $1`,
  `delete from kuku.api_keys where owner_id = $1`,
  // With their sign-ins and credentials.
  `delete from kuku.users where id = $1`,
];

const jobsOfUser = `delete from kuku_jobs.job where data->>'ownerId' = $1
  or data->>'sessionId' in (select id from kuku.sessions where owner_id = $1)`;
const jobsOfSession = `delete from kuku_jobs.job where data->>'sessionId' = $1`;

const strayJobs = `delete from kuku_jobs.job where data ? 'sessionId'
  and not exists (select from kuku.sessions s where s.id = data->>'sessionId')`;

const strays = `select owner_id from (
    select owner_id from kuku.sessions union select owner_id from kuku.usage_days
    union select owner_id from kuku.api_keys
    union select substring(key from 'user_[0-9a-f]{32}') from kuku.rate_limits) owned
  where owner_id like 'user\\_%' and not exists (select from kuku.users u where u.id = owner_id) limit $1`;

/** `nodeId`: this process; `now`: wall-clock ms. */
export function openErasureQueries(
  { pool }: Pick<Database, "pool">,
  { nodeId, now }: { readonly nodeId: string; readonly now: () => number },
): ErasureQueries {
  const time = () => Math.round(now());
  const ids = async (text: string, values: unknown[]) => {
    const { rows } = await pool.query<{ id: string }>(text, values);
    return rows.map(({ id }) => id);
  };
  const queries: ErasureQueries = {
    async disown(sessionId) {
      await pool.query(`${mark} where id = $1`, [sessionId, time()]);
    },
    disownAll: (ownerId) =>
      inTransaction(pool, async (client) => {
        // In the order that all who lock more than one keep to.
        const owned = "select id from kuku.sessions where owner_id = $1 order by id for update";
        const { rows } = await client.query<{ id: string }>(owned, [ownerId]);
        await forgetJobs(client, jobsOfUser, ownerId);
        for (const statement of leavings) await client.query(statement, [ownerId]);
        await client.query(`${mark} where owner_id = $1`, [ownerId, time()]);
        return rows.map(({ id }) => id);
      }),
    disowned: (limit) =>
      ids("select id from kuku.sessions where owner_id = '' order by created_at, id limit $1", [limit]),
    blank: (sessionId) =>
      inTransaction(pool, async (client) => {
        for (const table of ["items", "turns", "deliveries", "reports", "actions"])
          await client.query(`delete from kuku.${table} where session_id = $1`, [sessionId]);
      }),
    remove: (sessionId, removed) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ held: boolean }>(
          `select s.updated_at > $3 and exists (select from kuku.nodes n where n.id = s.node_id and n.id <> $2
            and n.seen_at > clock_timestamp() - interval '1 minute') as held
          from kuku.sessions s where s.id = $1 for update`,
          [sessionId, nodeId, time() - heldMs],
        );
        if (rows[0]?.held) return "held";
        await client.query("delete from kuku.audio where session_id = $1 and key = any($2)", [
          sessionId,
          removed,
        ]);
        // No more audio can come while the row is locked.
        const more = await client.query("select from kuku.audio where session_id = $1 limit 1", [sessionId]);
        if (more.rowCount) return "more";
        await forgetJobs(client, jobsOfSession, sessionId);
        await client.query("delete from kuku.sessions where id = $1", [sessionId]);
        return "removed";
      }),
    async strays(limit) {
      const { rows } = await pool.query<{ owner_id: string }>(strays, [limit]);
      return rows.map(({ owner_id }) => owner_id);
    },
    async strayJobs() {
      const { rows } = await pool.query<{ there: boolean }>(jobsThere);
      return rows[0]?.there ? ((await pool.query(strayJobs)).rowCount ?? 0) : 0;
    },
    vacuum: () => vacuum(pool),
  };
  return {
    disown: (id) => withStoreErrors(() => queries.disown(id)),
    disownAll: (id) => withStoreErrors(() => queries.disownAll(id)),
    disowned: (limit) => withStoreErrors(() => queries.disowned(limit)),
    blank: (id) => withStoreErrors(() => queries.blank(id)),
    remove: (id, removed) => withStoreErrors(() => queries.remove(id, removed)),
    strays: (limit) => withStoreErrors(() => queries.strays(limit)),
    strayJobs: () => withStoreErrors(queries.strayJobs),
    vacuum: () => withStoreErrors(queries.vacuum),
  };
}

/** The tables of the jobs are there once jobs have been started. */
const jobsThere = "select to_regclass('kuku_jobs.job') is not null as there";

async function forgetJobs(client: pg.PoolClient, statement: string, id: string): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(jobsThere);
  if (rows[0]?.there) await client.query(statement, [id]);
}

/** A whole table may take longer than any answer; what the planner has noted of its values is noted anew, too. */
async function vacuum(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0");
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('kuku', 'kuku_jobs') and c.relkind in ('r', 'p')`,
    );
    for (const { name } of rows)
      await client.query({ text: `vacuum (analyze) ${name}`, query_timeout: 600_000 } as pg.QueryConfig);
  } finally {
    client.release(true);
  }
}

/**
 * Erasure of a user's rows. A session is first disowned: its owner becomes empty and its epoch one higher, so that no
 * journal writes to it again. That is one short step, marked in the row itself, so that any node can continue after a
 * crash. The row is deleted last, once no file is left that it names.
 */
import type pg from "pg";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { forbidden, forbiddenBy } from "../journal/forbidden.ts";
import type { AudioRecord } from "../records.ts";
import type { SessionsOf } from "../store.ts";
import { inTransaction } from "../transaction.ts";

/** An audio object of an erased session. */
export type ErasedAudio = Pick<AudioRecord, "key" | "kind">;

/** Every method throws StoreError where the database cannot be reached. */
export interface ErasureQueries {
  /** Disowns a session. One that its holder has not stored yet gets a row for it, which keeps it from being stored. */
  disown(sessionId: string): Promise<void>;
  /**
   * Notes that a session which is not there was to be erased by these: should another node be about to store it, it is not
   * stored. One that is there stays as it is.
   */
  forbid(sessionId: string, by: SessionsOf): Promise<void>;
  /**
   * Deletes a user: the account with its sign-ins, keys, usage, counters, links and jobs, in one transaction, and
   * disowns the user's sessions, which are returned. The audit keeps the actions, without the user's id.
   */
  disownAll(ownerId: string): Promise<readonly string[]>;
  /** Lists disowned sessions. */
  disowned(limit: number): Promise<readonly string[]>;
  /** Deletes the words of a session: items, turns, deliveries, readings, report and actions. Returns the audio that is left. */
  blank(sessionId: string): Promise<readonly ErasedAudio[]>;
  /**
   * Deletes a session's row, and with it those of the audio that was `removed`. `held`: another living node may still write
   * a recording of it; `more`: there is other audio, and the row stays.
   */
  remove(sessionId: string, removed: readonly string[]): Promise<"removed" | "held" | "more">;
  /** Lists owners without an account: another node stored rows of theirs after the deletion. */
  strays(limit: number): Promise<readonly string[]>;
  /** Deletes jobs of sessions that no longer exist, such as one retried after the deletion. Returns their number. */
  strayJobs(): Promise<number>;
  /** Vacuums the tables. PostgreSQL alone; see `scrubEmbedded` for PGlite. */
  vacuum(): Promise<void>;
}

/** Prefix of the ids of users with an account; the local user and guests have none. */
export const accountPrefix = "user_";

/** Time that another node has to end a session of its own before the session is deleted, ms. */
const heldMs = 60_000;

/** Time that a session which nobody knows of is kept from being stored, ms. */
const forbiddenMs = 600_000;

/** Changes of a session `s` that is disowned; `$2`: wall-clock ms. */
const mark = `owner_id = '', epoch = s.epoch + 1, status = 'ended', end_reason = 'erased',
  ended_at = coalesce(s.ended_at, $2), updated_at = $2, stage = null, snapshot = null, resume_hash = null,
  rating = null, feedback = null, end_user = null`;

/** Inserts a row under the epoch after that of a new session, so that its holder finds it taken. */
const insertDisowned = (reason: string, hash: string) => `insert into kuku.sessions as s
    (id, owner_id, persona, language, status, origin, recorded, epoch, created_at, updated_at, ended_at, end_reason, resume_hash)
  values ($1, '', '', '', 'ended', 'rest', false, 2, $2, $2, $2, '${reason}', ${hash})
  on conflict (id)`;

const disown = `${insertDisowned("erased", "null")} do update set ${mark}`;
const forbid = `${insertDisowned(forbidden, "$3")} do nothing`;

const blank = `with
  items as (delete from kuku.items where session_id = $1),
  turns as (delete from kuku.turns where session_id = $1),
  deliveries as (delete from kuku.deliveries where session_id = $1),
  readings as (delete from kuku.readings where session_id = $1),
  reports as (delete from kuku.reports where session_id = $1),
  actions as (delete from kuku.actions where session_id = $1)
  select key, kind from kuku.audio where session_id = $1`;

const disowned = `select id from kuku.sessions
  where owner_id = '' and (end_reason <> '${forbidden}' or updated_at < $2) order by created_at, id limit $1`;

/** Removes the row of the session, and with it what names it, unless it has audio beside what was removed. */
const removeRow = `delete from kuku.sessions where id = $1
  and not exists (select from kuku.audio where session_id = $1 and key <> all($2))`;

/** Statements with the user's id as parameter, in their order. Quoted, an id matches whole JSON values only. */
const userDeletions = [
  `delete from kuku.directives d where strpos(d.directive::text, to_json($1::text)::text) > 0
    or strpos(d.outcome::text, to_json($1::text)::text) > 0
    or exists (select from kuku.sessions s where s.owner_id = $1 and strpos(d.directive::text, s.id) > 0)`,
  `update kuku.nodes set live = null where strpos(live::text, to_json($1::text)::text) > 0`,
  `update kuku.audit set owner_id = null, target = null, detail = null where owner_id = $1 or target = $1`,
  `delete from kuku.verifications v using kuku.users u where u.id = $1
    and (strpos(v.value, u.id) > 0 or strpos(v.identifier, u.id) > 0
      or strpos(lower(v.identifier), lower(u.email)) > 0 or strpos(lower(v.value), lower(u.email)) > 0)`,
  `delete from kuku.rate_limits where strpos(key, $1) > 0
    or exists (select from kuku.api_keys k where k.owner_id = $1 and strpos(key, k.id) > 0)
    or exists (select from kuku.users u where u.id = $1
      and strpos(key, encode(sha256(convert_to(lower(u.email), 'UTF8')), 'hex')) > 0)`,
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
  { pool, backgroundPool }: Pick<Database, "pool" | "backgroundPool">,
  { nodeId, now }: { readonly nodeId: string; readonly now: () => number },
): ErasureQueries {
  const time = () => Math.round(now());
  const haveJobs = openJobsCheck();
  const ids = async (text: string, values: unknown[]) => {
    const { rows } = await pool.query<{ id: string }>(text, values);
    return rows.map(({ id }) => id);
  };
  return allWithStoreErrors<ErasureQueries>({
    async disown(sessionId) {
      await pool.query(disown, [sessionId, time()]);
    },
    async forbid(sessionId, { ownerId, endUser }) {
      await pool.query(forbid, [sessionId, time(), forbiddenBy(ownerId, endUser)]);
    },
    disownAll: (ownerId) =>
      inTransaction(pool, async (client) =>
        disownAll(client, ownerId, { now: time(), jobs: await haveJobs(client) }),
      ),
    disowned: (limit) => ids(disowned, [limit, time() - forbiddenMs]),
    async blank(sessionId) {
      return (await pool.query<ErasedAudio>(blank, [sessionId])).rows;
    },
    remove: (sessionId, removed) =>
      inTransaction(pool, async (client) => {
        const held = await isHeldElsewhere(client, sessionId, nodeId, time() - heldMs);
        if (held === undefined) return "removed";
        if (held) return "held";
        // No more audio can come while the row is locked.
        const jobs = (await haveJobs(client)) ? `with jobs as (${jobsOfSession}) ` : "";
        const { rowCount } = await client.query(jobs + removeRow, [sessionId, removed]);
        return rowCount === 1 ? "removed" : "more";
      }),
    async strays(limit) {
      const { rows } = await pool.query<{ owner_id: string }>(strays, [limit]);
      return rows.map(({ owner_id }) => owner_id);
    },
    async strayJobs() {
      return (await haveJobs(backgroundPool)) ? ((await backgroundPool.query(strayJobs)).rowCount ?? 0) : 0;
    },
    vacuum: () => vacuum(backgroundPool),
  });
}

async function disownAll(
  client: pg.PoolClient,
  ownerId: string,
  { now, jobs }: { readonly now: number; readonly jobs: boolean },
): Promise<string[]> {
  // In the order that all who lock more than one keep to.
  const owned = "select id from kuku.sessions where owner_id = $1 order by id for update";
  const { rows } = await client.query<{ id: string }>(owned, [ownerId]);
  if (jobs) await client.query(jobsOfUser, [ownerId]);
  for (const statement of userDeletions) await client.query(statement, [ownerId]);
  await client.query(`update kuku.sessions s set ${mark} where s.owner_id = $1`, [ownerId, now]);
  return rows.map(({ id }) => id);
}

/**
 * Locks the session's row, and tells whether another living node held it after `since` (wall-clock ms). Undefined: there is
 * no row.
 */
async function isHeldElsewhere(
  client: pg.PoolClient,
  sessionId: string,
  nodeId: string,
  since: number,
): Promise<boolean | undefined> {
  const { rows } = await client.query<{ held: boolean | null }>(
    `select s.updated_at > $3 and exists (select from kuku.nodes n where n.id = s.node_id and n.id <> $2
      and n.seen_at > clock_timestamp() - interval '1 minute') as held
    from kuku.sessions s where s.id = $1 for update`,
    [sessionId, nodeId, since],
  );
  return rows[0] && rows[0].held === true;
}

/** Returns a function that tells whether the tables of the jobs exist, which the first start of the jobs makes. */
function openJobsCheck() {
  let there = false;
  return async (client: pg.Pool | pg.PoolClient): Promise<boolean> => {
    if (there) return true;
    const { rows } = await client.query<{ there: boolean }>(
      "select to_regclass('kuku_jobs.job') is not null as there",
    );
    there = rows[0]?.there === true;
    return there;
  };
}

/** Vacuums every table without a statement timeout, and refreshes the planner's statistics, which hold values. */
async function vacuum(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    // Of a connection that is dropped afterwards; one of a pooler goes to others, and has no timeout of ours.
    if (pool.options.statement_timeout) await client.query("set statement_timeout = 0");
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

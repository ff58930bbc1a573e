/** Counters of limits in the database, shared by all nodes. Answers come soon or not at all, since every request waits for them. */
import type pg from "pg";
import type { Clock } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { Database } from "../database.ts";
import { describeError } from "../failures.ts";
import { storeLimits } from "../limits.ts";
import type { StoreLog } from "../log.ts";
import { StoreError } from "../store.ts";
import { CommitInDoubt, inTransactionOnce } from "../transaction.ts";

/** Time to answer after which the database counts as away, ms. */
const answerMs = 2000;
/** Time during which a database that is away is not asked, ms. */
const restMs = 3000;
/** Limit of concurrent statements; more are refused, so that a flood does not delay the journals. */
const mostAtOnce = 50;

/** One counter. */
export interface CounterRow {
  readonly key: string;
  /** Whole. */
  readonly points: number;
}

/** Sessions of an owner: their own, those of all end users that client secrets name, or of one of these. */
export interface SessionsHeld {
  readonly ownerId: string;
  readonly by: "owner" | "end users" | { readonly endUser: string };
}

/** Rows come from one JSON array and are written in one order on all nodes, which avoids deadlocks. */
const addPoints = `
  insert into kuku.rate_limits as c (key, points, expire)
  select key, points, $2::bigint from jsonb_to_recordset($1) as r(key text, points bigint) order by key
  on conflict (key) do update set points = c.points + excluded.points
  returning key, points`;

const countHeld = `
  select count(*) as held from kuku.sessions s join kuku.nodes n on n.id = s.node_id
  where s.owner_id = $1 and s.status = 'active' and s.node_id <> $2
    and case $5 when 'owner' then not coalesce(starts_with(s.end_user, 'user:'), false)
      when 'end users' then starts_with(s.end_user, 'user:') else s.end_user = $6 end
    and s.id is distinct from $4 and n.seen_at > clock_timestamp() - $3 * interval '1 millisecond'`;

type Rows = { readonly rows: readonly Record<string, unknown>[]; readonly rowCount: number | null };

/** Every method throws StoreError when the database cannot be asked just now. */
export class LimitPool {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: StoreLog;
  #underWay = 0;
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly database: Database; readonly clock: Clock; readonly log: StoreLog }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** The interface of a `pg` pool, for rate-limiter-flexible. */
  async query({ text, values }: { readonly text: string; readonly values?: readonly unknown[] }) {
    // Unnamed, whatever the caller would name it: PGlite's one session outlives the connections that are lent it, and a
    // pooler between lends a connection's to others. And bigints come as text.
    const { rows, rowCount } = await this.#ask(text, values);
    const numbers: Record<string, number>[] = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])),
    );
    return { rows: numbers, rowCount: rowCount ?? 0 };
  }

  /**
   * Adds to counters and returns their values; new ones expire at `expire` (wall-clock ms).
   * @throws CommitInDoubt where they may be added
   */
  add(rows: readonly CounterRow[], expire: number): Promise<readonly CounterRow[]> {
    const statement = [JSON.stringify(rows), expire];
    const run = (pool: pg.Pool) =>
      inTransactionOnce(pool, async (client) => countersOf(await client.query(addPoints, statement)));
    return this.#call(run, true);
  }

  /** Reads counters; missing ones are left out. */
  async read(keys: readonly string[]): Promise<readonly CounterRow[]> {
    const text = "select key, points from kuku.rate_limits where key = any($1::text[])";
    return countersOf(await this.#ask(text, [[...keys]]));
  }

  /** Counts sessions that other living nodes hold. */
  async heldElsewhere({ ownerId, by }: SessionsHeld, nodeId: string, except?: string): Promise<number> {
    const whose = typeof by === "string" ? [by, null] : ["one", by.endUser];
    const values = [ownerId, nodeId, storeLimits.aliveMs, except ?? null, ...whose];
    const { rows } = await this.#ask(countHeld, values);
    return Number(rows[0]?.held ?? 0);
  }

  /** Deletes the counters that expired before a time (wall-clock ms). */
  async sweep(before: number): Promise<void> {
    await this.#ask("delete from kuku.rate_limits where expire < $1", [Math.floor(before)], true);
  }

  #ask(text: string, values: readonly unknown[] = [], patient = false): Promise<Rows> {
    return this.#call((pool) => pool.query<Record<string, unknown>>(text, [...values]), patient);
  }

  /** `patient`: no deadline, since no request waits, and a statement given up here may still count in the database. */
  async #call<T>(query: (pool: pg.Pool) => Promise<T>, patient: boolean): Promise<T> {
    if (this.#clock.now() < this.#restUntil || this.#underWay >= mostAtOnce)
      throw new StoreError("the limits' counters cannot be asked just now");
    this.#underWay++;
    const answer = query(patient ? this.#database.backgroundPool : this.#database.pool);
    answer.catch(() => {}).finally(() => this.#underWay--);
    if (!patient && !(await settlesWithin(this.#clock, answerMs, answer)))
      return this.#fail("no answer in time");
    return answer.catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): never {
    const now = this.#clock.now();
    if (now >= this.#restUntil)
      this.#log.warn(
        { error: describeError(error) },
        "shared limit counters unavailable; each node counts for itself",
      );
    this.#restUntil = now + restMs;
    if (error instanceof CommitInDoubt) throw error;
    throw new StoreError("the limits' counters cannot be asked", { cause: error });
  }
}

function countersOf({ rows }: Pick<Rows, "rows">): readonly CounterRow[] {
  return rows.map(({ key, points }) => ({ key: String(key), points: Number(points) }));
}

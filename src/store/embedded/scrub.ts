/**
 * Removes erased rows from the files of the embedded database. PostgreSQL itself only marks their space as free: the bytes
 * stay in the tables and the log until they are overwritten.
 */
import type pg from "pg";

export interface Scrubbed {
  /** Tables too large to be rewritten, whose free space is reused but not overwritten at once. */
  readonly left: readonly string[];
}

/**
 * Size up to which a table is rewritten, bytes. Meanwhile other queries wait: some 15 MB a second on a slow machine, and a
 * database that does not answer for 30 s is restarted (see src/store/database.ts).
 */
const largestScrubbed = 256 * 1024 * 1024;
/** Time limit of one table, or one step of the log, ms. */
const stepMs = 60_000;
/** Rounds of segment switches: one for each segment that an earlier version may have left for reuse. */
const mostRounds = 100;

/**
 * Rewrites every table without its erased rows, and drops the log segments that held them. Idempotent: to be repeated
 * where it was interrupted.
 * @param options.largest of a table with its indexes, bytes
 * @throws the database's error, or the signal's reason between two steps
 */
export async function scrubEmbedded(
  pool: pg.Pool,
  options: { readonly signal?: AbortSignal; readonly largest?: number } = {},
): Promise<Scrubbed> {
  const { signal, largest = largestScrubbed } = options;
  // One statement at a time: others get their turn in between.
  const run = <Row extends pg.QueryResultRow>(text: string) => {
    signal?.throwIfAborted();
    return pool.query<Row>({ text, query_timeout: stepMs } as pg.QueryConfig);
  };
  const { rows: tables } = await run<{ name: string; bytes: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, pg_total_relation_size(c.oid) as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('kuku', 'kuku_jobs') and c.relkind = 'r' order by 2`,
  );
  const left: string[] = [];
  for (const { name, bytes } of tables) {
    const small = Number(bytes) <= largest;
    if (!small) left.push(name);
    await run(`vacuum ${small ? "(full)" : ""} ${name}`);
  }
  await renewLog(run);
  return { left };
}

/** Switches to new log segments until all former ones, the current one included, are gone. */
async function renewLog(
  run: <Row extends pg.QueryResultRow>(text: string) => Promise<pg.QueryResult<Row>>,
): Promise<void> {
  const segments = async () => {
    const { rows } = await run<{ name: string }>("select name from pg_ls_waldir()");
    return rows.map(({ name }) => name);
  };
  // Drops pending writes of the tables' former files with those files.
  await run("checkpoint");
  const former = new Set(await segments());
  for (let round = 0; round < mostRounds; round++) {
    await run("select pg_switch_wal()");
    await run("checkpoint");
    if (!(await segments()).some((name) => former.has(name))) return;
  }
}

/**
 * Takes what was erased out of the files of the embedded database. PostgreSQL itself only marks it as free: it stays
 * there, in the tables and in the log, until something else is written over it.
 */
import type pg from "pg";

export interface Scrubbed {
  /** Tables that were too large for it: what is free in them is used again, but not overwritten at once. */
  readonly left: readonly string[];
}

/**
 * A table is written anew as a whole, while nobody else is answered: some 15 MB a second on a slow machine. One that
 * does not answer for 30 s is taken for hung (see src/store/database.ts).
 */
const largestScrubbed = 256 * 1024 * 1024;
/** How long one table, or one step of the log, may take, ms. */
const stepMs = 60_000;
/** Segments of the log that an earlier version may have left to be used again; each takes one round. */
const mostRounds = 100;

/**
 * Writes every table anew without what was erased from it, and lets go of the log that led there. What is cut is to be
 * done again; doing it again is harmless.
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

/** Goes on in new segments until none is left of those that were there, the one that is being written among them. */
async function renewLog(
  run: <Row extends pg.QueryResultRow>(text: string) => Promise<pg.QueryResult<Row>>,
): Promise<void> {
  const segments = async () => {
    const { rows } = await run<{ name: string }>("select name from pg_ls_waldir()");
    return rows.map(({ name }) => name);
  };
  // What is still to be written of the tables' former files is dropped with them.
  await run("checkpoint");
  const former = new Set(await segments());
  for (let round = 0; round < mostRounds; round++) {
    await run("select pg_switch_wal()");
    await run("checkpoint");
    if (!(await segments()).some((name) => former.has(name))) return;
  }
}

/** Checkpoints of the embedded database, which by itself makes one only when it is closed. */
import type pg from "pg";

/** Growth of the log after which a checkpoint lets go of it, bytes. */
const mostLog = 64 * 1024 * 1024;
/** Time limit of a checkpoint, which waits for the disk, ms. */
const checkpointMs = 60_000;

/**
 * Returns a function that makes a checkpoint if the log has grown by `mostLog` since the last one: a server that runs for
 * weeks neither fills the disk with its log nor reads it for minutes after a power cut. Asked through the pool, since the
 * database has one session, in which a query from elsewhere would stand between the parts of another.
 */
export function openCheckpoints(pool: pg.Pool): () => Promise<void> {
  let last = "0/0";
  return async () => {
    const { rows } = await pool.query<{ at: string; grown: number }>(
      "select pg_current_wal_insert_lsn()::text as at, (pg_current_wal_insert_lsn() - $1::pg_lsn)::float8 as grown",
      [last],
    );
    const [log] = rows;
    if (!log || log.grown <= mostLog) return;
    await pool.query({ text: "checkpoint", query_timeout: checkpointMs } as pg.QueryConfig);
    last = log.at;
  };
}

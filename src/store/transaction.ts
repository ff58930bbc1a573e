/** Transactions on one connection of the pool. */
import type pg from "pg";

/**
 * Returns the statement that begins a transaction. Where a pooler let no timeouts through at the start of a connection
 * (`openDatabase`), they are set for the transaction alone: anything longer would reach whoever is lent the connection next.
 */
function beginStatement({ options: { statement_timeout, query_timeout } }: pg.Pool): string {
  if (statement_timeout !== undefined || query_timeout === undefined) return "begin";
  return `begin; set local statement_timeout = ${query_timeout}; set local idle_in_transaction_session_timeout = ${query_timeout}`;
}

/**
 * Runs `work` in a transaction on one connection, which is dropped where anything failed.
 * @throws what `work` throws, or the database's error
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(beginStatement(pool));
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

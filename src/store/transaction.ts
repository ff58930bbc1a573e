/** Transactions on one connection of the pool. */
import type pg from "pg";

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
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

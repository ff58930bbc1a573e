/** Transactions on one connection of the pool. */
import type pg from "pg";
import { sqlState } from "./failures.ts";
import { StoreError } from "./store.ts";

/**
 * Returns the statement that begins a transaction. Where a pooler let no timeouts through at the start of a connection
 * (`openDatabase`), they are set for the transaction alone: anything longer would reach whoever is lent the connection next.
 */
function beginStatement({ options: { statement_timeout, query_timeout } }: pg.Pool): string {
  if (statement_timeout !== undefined || query_timeout === undefined) return "begin";
  return `begin; set local statement_timeout = ${query_timeout}; set local idle_in_transaction_session_timeout = ${query_timeout}`;
}

/**
 * Runs `work` in a transaction on one connection, which is dropped where anything failed. `onCommit`: called before the
 * commit is sent; what fails from then on may be stored.
 * @throws what `work` throws, or the database's error
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  onCommit?: () => void,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(beginStatement(pool));
    const result = await work(client);
    onCommit?.();
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** The answer to a commit was lost: its changes are stored, or none of them is. */
export class CommitInDoubt extends StoreError {
  /** Result of the transaction's work; holds where it is stored. */
  readonly result: unknown;
  /** Asks the database whether the changes are stored. Rejects while that cannot be asked, or is not decided yet. */
  readonly wasStored: () => Promise<boolean>;

  constructor(result: unknown, wasStored: () => Promise<boolean>, cause: unknown) {
    super("the answer to a commit was lost", { cause });
    this.result = result;
    this.wasStored = wasStored;
  }
}

/**
 * Runs `work` in a transaction as `inTransaction` does, for changes that must not be made twice.
 * @throws CommitInDoubt where the commit was sent and not answered; other errors: nothing is stored
 */
export async function inTransactionOnce<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  let committing: { readonly id: string; readonly result: T } | undefined;
  try {
    return await inTransaction(pool, async (client) => {
      const result = await work(client);
      const { rows } = await client.query<{ id: string }>("select pg_current_xact_id()::text as id");
      committing = { id: rows[0]?.id ?? "", result };
      return result;
    });
  } catch (error) {
    if (committing === undefined) throw error;
    const { id, result } = committing;
    throw new CommitInDoubt(result, () => wasCommitted(pool, id), error);
  }
}

/** @throws the database's error, or StoreError while the transaction is in progress */
async function wasCommitted(pool: pg.Pool, id: string): Promise<boolean> {
  try {
    const { rows } = await pool.query<{ status: string | null }>(
      "select pg_xact_status($1::xid8) as status",
      [id],
    );
    const { status } = rows[0] ?? {};
    if (status === "in progress") throw new StoreError("a transaction is not decided yet");
    return status === "committed";
  } catch (error) {
    // After a fail-over to a standby that never got it, the transaction lies in the future.
    if (sqlState(error) === "22023") return false;
    throw error;
  }
}

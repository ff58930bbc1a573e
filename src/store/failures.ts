/** Classifies failures of the database: unavailable, or refusing the data. */
import { DrizzleQueryError } from "drizzle-orm";
import { StoreError } from "./store.ts";

/**
 * SQLSTATE classes of errors in the data (cardinality, values, constraints, limits), which repetition does not mend.
 * All other errors (connections, resources, read-only after a fail-over, a migration under way) may pass.
 */
const refusals = new Set(["21", "22", "23", "54"]);

/** Whether the database refused a statement for a reason of its data. */
export function isRefusal(error: unknown): boolean {
  const code = sqlState(error);
  return code !== undefined && refusals.has(code.slice(0, 2));
}

/**
 * Runs a call to the database.
 * @throws StoreError when the database is unavailable, its own error as the cause; that error itself when the database
 * refused the data
 */
export async function withStoreErrors<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const cause = ownError(error);
    throw isRefusal(cause) ? cause : new StoreError("the database cannot be asked", { cause });
  }
}

/** Describes an error briefly, for the log. */
export function describeError(error: unknown): string {
  const own = ownError(error);
  // The job queue reports copies of errors, which are no Error objects.
  const copied = typeof own === "object" && own !== null && !(own instanceof Error) && "message" in own;
  return String(copied ? own.message : own);
}

/** Returns the database's error without the query builder's wrapper, whose message has the statement's values. */
function ownError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error("a query failed")) : error;
}

/** Returns the SQLSTATE (five characters), also of an error that the query builder has wrapped. */
export function sqlState(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/** What a failure of the database means: it is away, or it refuses what it was given. */
import { DrizzleQueryError } from "drizzle-orm";
import { StoreError } from "./store.ts";

/**
 * SQLSTATE classes that speak of the data: cardinality, bad values, broken constraints, limits passed. Sent again, it
 * would be refused again. Everything else (connections, resources, read-only after a fail-over, a schema that is being
 * migrated) may pass.
 */
const refusals = new Set(["21", "22", "23", "54"]);

/** Whether the database refused a statement for a reason of its data. */
export function isRefusal(error: unknown): boolean {
  const code = sqlState(error);
  return code !== undefined && refusals.has(code.slice(0, 2));
}

/**
 * Runs a call to the database.
 * @throws StoreError when it cannot be asked just now, the database's own error as its cause; that error itself when
 * the database refused what it was given
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

/** An error in a few words, for the log. */
export function describeError(error: unknown): string {
  const own = ownError(error);
  // The job queue tells of copies of errors, which are no errors themselves.
  const copied = typeof own === "object" && own !== null && !(own instanceof Error) && "message" in own;
  return String(copied ? own.message : own);
}

/** The database's error without what the query builder says around it: the statement's values, people's words among them. */
function ownError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error("a query failed")) : error;
}

/** Five characters, as PostgreSQL gives them; also of an error that the query builder has wrapped. */
function sqlState(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

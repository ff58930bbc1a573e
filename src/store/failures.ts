/** Classifies failures of the database: unavailable, or refusing the data. */
import { DrizzleQueryError } from "drizzle-orm";
import { StoreError } from "./store.ts";

/**
 * SQLSTATE classes of errors in the data (cardinality, values, constraints, limits), which repetition does not mend.
 * All other errors (connections, resources, read-only after a fail-over, a migration under way) may pass.
 */
const refusals = new Set(["21", "22", "23", "54"]);

/**
 * SQLSTATE classes and codes of errors that pass: connections, rollbacks, a server that starts or stops, too many
 * connections, a lock that was not free in time, a standby that is about to be promoted.
 */
const outages = /^(?:08|40|57P|53300|55P03|25006)/;
/** Codes of errors that Node and TLS report for connections that another try may make. */
const lostConnections = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Whether the database is away for a reason that may pass by itself. */
export function isOutage(error: unknown): boolean {
  const { code, syscall, message } = firstError(error) as Partial<NodeJS.ErrnoException>;
  // The driver's own errors of a lost connection have no code.
  if (code === undefined) return /terminated|timeout/i.test(message ?? "");
  // Without a socket of that name its server may still be starting; any other missing file stays missing.
  if (code === "ENOENT") return syscall === "connect";
  return lostConnections.has(code) || outages.test(sqlState(error) ?? "");
}

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

/** Wraps the methods of an object as `withStoreErrors` does one call. */
export function allWithStoreErrors<Methods extends object>(methods: Methods): Methods {
  const wrapped = Object.entries(methods).map(([name, method]) => [
    name,
    (...args: unknown[]) => withStoreErrors(async () => method(...args)),
  ]);
  return Object.fromEntries(wrapped) as Methods;
}

/** Describes an error briefly, for the log. */
export function describeError(error: unknown): string {
  const own = firstError(error);
  // The job queue reports copies of errors, which are no Error objects.
  const copied = typeof own === "object" && own !== null && !(own instanceof Error) && "message" in own;
  return String(copied ? own.message : own);
}

/** Returns the database's error without the query builder's wrapper, whose message has the statement's values. */
function ownError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? new Error("a query failed")) : error;
}

/** Returns the database's error; of a host with several addresses, which fails once for each, the first. */
function firstError(error: unknown): unknown {
  const own = ownError(error);
  return own instanceof AggregateError && own.errors.length > 0 ? own.errors[0] : own;
}

/** Returns the SQLSTATE (five characters), also of an error that the query builder has wrapped. */
export function sqlState(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

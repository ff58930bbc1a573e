/** Brings the tables of the store and of the jobs up to date without opening either. */
import { openDatabase } from "../database.ts";
import { openJobs } from "../jobs.ts";
import { storeLimits } from "../limits.ts";
import { silentLog } from "../log.ts";
import type { StoreOptions } from "../open-store.ts";

/** Time that the jobs have to stop, ms; none runs here. */
const stopMs = 1000;

/**
 * Applies missing migrations and closes the database again. Nodes that do so at once wait for each other.
 * @throws StoreError when the database cannot be reached, or another process uses the folder
 */
export async function prepareDatabase(options: Omit<StoreOptions, "nodeId">): Promise<void> {
  const { clock, log = silentLog } = options;
  const limits = { ...storeLimits, ...options.limits };
  const database = await openDatabase({ ...options, log, limits });
  try {
    const jobs = openJobs({ database, clock, log });
    await jobs.start();
    await jobs.stop(stopMs);
  } finally {
    await database.close();
  }
}

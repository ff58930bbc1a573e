/** A user's data as a whole: its export, its erasure, and the scrub of the database's files. */
import type { Database } from "../../store/database.ts";
import { openErasureQueries } from "../../store/queries/erasure-queries.ts";
import { type ExportQueries, openExportQueries } from "../../store/queries/export-queries.ts";
import { openRetentionQueries } from "../../store/queries/retention-queries.ts";
import { Erasure, type ErasureOptions } from "./erasure.ts";
import { Retention, type RetentionTimes } from "./retention.ts";
import { openScrub, type Scrub } from "./scrub.ts";

export interface AccountData {
  readonly erasure: Erasure;
  readonly exports: ExportQueries;
  readonly scrub: Scrub;
  readonly retention: Retention;
  /** Resumes erasures of a killed process in the background; to be called once the jobs have started. Never throws. */
  begin(): void;
  /** To be called before the jobs stop. */
  close(): void;
}

/** Opens the user data; before the jobs start. `nodeId`: the id of this process in the store. */
export function openAccountData(
  options: Omit<ErasureOptions, "queries" | "scrub"> & {
    readonly database: Database;
    readonly nodeId: string;
    /** Default: all is kept. */
    readonly keeping?: RetentionTimes;
  },
): AccountData {
  const { database, nodeId, clock, log } = options;
  const queries = openErasureQueries(database, { nodeId, now: () => clock.wallTime() });
  const scrub = openScrub({ ...options, queries });
  const erasure = new Erasure({ ...options, queries, scrub });
  const retention = new Retention({
    ...options,
    queries: openRetentionQueries(database),
    erasure,
    keeping: options.keeping ?? {},
  });
  let closed = false;
  return {
    erasure,
    exports: openExportQueries(database),
    scrub,
    retention,
    begin() {
      erasure.sweep().catch((error: unknown) => {
        // A process that is stopped meanwhile leaves it to the next one.
        if (!closed) log.warn({ err: error }, "erasure sweep failed");
      });
    },
    close() {
      closed = true;
      erasure.close();
      scrub.close();
    },
  };
}

/** One's own data as a whole: a copy of it, and its end. Puts the parts together. */
import type { Database } from "../../store/database.ts";
import { openErasureQueries } from "../../store/queries/erasure-queries.ts";
import { type ExportQueries, openExportQueries } from "../../store/queries/export-queries.ts";
import { type Erasure, type ErasureOptions, openErasure } from "./erasure.ts";
import { openScrub, type Scrub } from "./scrub.ts";

export interface AccountData {
  readonly erasure: Erasure;
  readonly exports: ExportQueries;
  readonly scrub: Scrub;
  /** Goes on with what a process that was killed has left; once the jobs have started. Does not wait, never throws. */
  begin(): void;
  /** Before the jobs stop. */
  close(): void;
}

/** Opens it; before the jobs start. `nodeId`: this process, as the store knows it. */
export function openAccountData(
  options: Omit<ErasureOptions, "queries" | "scrub"> & {
    readonly database: Database;
    readonly nodeId: string;
  },
): AccountData {
  const { database, nodeId, clock, log } = options;
  const queries = openErasureQueries(database, { nodeId, now: () => clock.wallTime() });
  const scrub = openScrub({ ...options, queries });
  const erasure = openErasure({ ...options, queries, scrub });
  let closed = false;
  return {
    erasure,
    exports: openExportQueries(database),
    scrub,
    begin() {
      erasure.sweep().catch((error: unknown) => {
        // A process that is stopped at once leaves it to the next.
        if (!closed) log.warn({ err: error }, "erasing goes on with the next sweep");
      });
    },
    close() {
      closed = true;
      erasure.close();
      scrub.close();
    },
  };
}

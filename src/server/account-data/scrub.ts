/** A background job that removes erased rows from the database's files, too. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { Database } from "../../store/database.ts";
import { scrubEmbedded } from "../../store/embedded/scrub.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { ErasureQueries } from "../../store/queries/erasure-queries.ts";
import type { Logger } from "../logging/log.ts";

const jobName = "scrub";
/** Delay before a scrub, ms, so that it covers erasures that follow soon. */
const gatherMs = 2_000;
/** Time before a waiting scrub begins within which another erasure does not count on it, ms. */
const marginMs = 1_000;
/** Shortest pause between two scrubs, ms: a scrub blocks other queries. */
const pauseMs = 60_000;
/** Time between two tries to schedule a scrub while one runs, ms. */
const againMs = 5_000;

export interface Scrub {
  /**
   * Schedules a scrub that begins after this call, also if this process dies.
   * @throws StoreError when the database cannot be reached
   */
  due(): Promise<void>;
  /** Scrubs now. @throws the database's error */
  run(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** Opens the scrub; before the jobs start. */
export function openScrub(options: {
  readonly database: Database;
  readonly queries: Pick<ErasureQueries, "vacuum">;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
}): Scrub {
  const { database, queries, jobs, clock, log } = options;
  /** Whether something was erased since the last scrub began. */
  let owed = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  /** Time before which the scrub that this process has scheduled cannot begin. */
  let notBefore = Number.NEGATIVE_INFINITY;
  let cancel: CancelTimer = () => {};
  let closed = false;

  const run = async (signal?: AbortSignal) => {
    owed = false;
    if (!database.embedded) return queries.vacuum();
    const { left } = await scrubEmbedded(database.pool, { signal });
    if (left.length > 0)
      log.warn({ tables: left }, "tables too large for a scrub keep erased rows until they are overwritten");
  };
  /** Sends the job. A waiting one suffices; a running one has begun too early. */
  const send = async () => {
    const now = clock.now();
    const startAfterMs = Math.max(gatherMs, endedAt + pauseMs - now);
    const taken = await jobs.send(jobName, {}, { key: jobName, startAfterMs });
    if (taken) notBefore = now + startAfterMs;
    if (taken || closed) return;
    cancel();
    cancel = clock.after(againMs, () => {
      if (owed) void send().catch((error: unknown) => log.warn({ err: error }, "scrub not scheduled"));
    });
  };

  jobs.work(jobName, { retryLimit: 8, retrySeconds: 15, timeoutSeconds: 1200 }, async (_, { signal }) => {
    const beganAt = clock.now();
    await run(signal);
    endedAt = clock.now();
    log.info({ ms: Math.round(endedAt - beganAt) }, "scrub finished");
  });
  return {
    async due() {
      owed = true;
      // Erasures at once need one scrub, which waits in the database already.
      if (clock.now() + marginMs > notBefore) await send();
    },
    run,
    close() {
      closed = true;
      cancel();
    },
  };
}

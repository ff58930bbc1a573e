/** What was erased is taken out of the database's own files, too: a chore behind the answer. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { Database } from "../../store/database.ts";
import { scrubEmbedded } from "../../store/embedded/scrub.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { ErasureQueries } from "../../store/queries/erasure-queries.ts";
import type { Logger } from "../logging/log.ts";

const jobName = "scrub";
/** Before it begins, ms: what is erased soon after goes with it. */
const gatherMs = 2_000;
/** From the end of one to the beginning of the next, ms: others are not answered meanwhile. */
const pauseMs = 60_000;
/** How often one that could not be sent, because one runs, is sent again, ms. */
const againMs = 5_000;

export interface Scrub {
  /**
   * Sees to it that it is done after now, also by the next process.
   * @throws StoreError when the database cannot be reached
   */
  due(): Promise<void>;
  /** Does it at once. @throws the database's error */
  run(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** Opens the chore; before the jobs start. */
export function openScrub(options: {
  readonly database: Database;
  readonly queries: Pick<ErasureQueries, "vacuum">;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
}): Scrub {
  const { database, queries, jobs, clock, log } = options;
  /** Something was erased since the last one began. */
  let owed = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  let cancel: CancelTimer = () => {};
  let closed = false;

  const run = async (signal?: AbortSignal) => {
    owed = false;
    if (!database.embedded) return queries.vacuum();
    const { left } = await scrubEmbedded(database.pool, { ...(signal && { signal }) });
    if (left.length > 0)
      log.warn(
        { tables: left },
        "tables too large to be written anew keep erased words until they are written over",
      );
  };
  /** One that waits will do; one that runs has begun too early. */
  const send = async () => {
    const startAfterMs = Math.max(gatherMs, endedAt + pauseMs - clock.now());
    const taken = await jobs.send(jobName, {}, { key: jobName, startAfterMs });
    if (taken || closed) return;
    cancel();
    cancel = clock.after(againMs, () => {
      if (owed)
        void send().catch((error: unknown) => log.warn({ err: error }, "what was erased is still in files"));
    });
  };

  jobs.work(jobName, { retryLimit: 8, retrySeconds: 15, timeoutSeconds: 1200 }, async (_, { signal }) => {
    const beganAt = clock.now();
    await run(signal);
    endedAt = clock.now();
    log.info({ ms: Math.round(endedAt - beganAt) }, "what was erased is out of the database's files");
  });
  return {
    async due() {
      owed = true;
      await send();
    },
    run,
    close() {
      closed = true;
      cancel();
    },
  };
}

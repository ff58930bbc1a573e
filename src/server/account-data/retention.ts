/** Retention: an hourly job that removes what nobody asks for any more. */
import type { Clock } from "../../lib/clock.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { RetentionQueries } from "../../store/queries/retention-queries.ts";
import type { Logger } from "../logging/log.ts";
import type { Erasure } from "./erasure.ts";

const jobName = "retention";
/** Interval of the sweeps, ms. */
const sweepMs = 3_600_000;
/** Time after which a guest's session without words is forgotten, ms. */
const wordlessMs = 3_600_000;
/** Rows of one statement, and most statements of a kind in one sweep. */
const atOnce = 500;
const mostRounds = 100;

/** Retention times, ms; undefined: for ever. */
export interface RetentionTimes {
  readonly auditMs?: number | undefined;
  /** Of accounts whose e-mail address is not confirmed. */
  readonly unconfirmedMs?: number | undefined;
}

export interface RetentionOptions {
  readonly queries: RetentionQueries;
  readonly erasure: Pick<Erasure, "user">;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info">;
  readonly keeping: RetentionTimes;
}

export class Retention {
  readonly #options: RetentionOptions;

  /** To be made before the jobs start. */
  constructor(options: RetentionOptions) {
    this.#options = options;
    options.jobs.work(jobName, { retryLimit: 0, timeoutSeconds: 600 }, () => this.sweep());
    options.jobs.schedule(jobName, sweepMs);
  }

  /** Removes what is due. @throws StoreError */
  async sweep(): Promise<void> {
    const { queries, erasure, clock, log, keeping } = this.#options;
    const now = clock.wallTime();
    const { auditMs, unconfirmedMs } = keeping;
    const sessions = await inRounds(() => queries.forgetWordless(now - wordlessMs, atOnce));
    const audit =
      auditMs === undefined ? 0 : await inRounds(() => queries.forgetAudit(now - auditMs, atOnce));
    const accounts =
      unconfirmedMs === undefined ? [] : await queries.unconfirmed(now - unconfirmedMs, atOnce);
    for (const id of accounts) await erasure.user(id);
    if (sessions + audit + accounts.length > 0)
      log.info({ sessions, audit, accounts: accounts.length }, "rows past their retention removed");
  }
}

/** Repeats a removal while it finds as much as it may remove. Returns the sum. */
async function inRounds(remove: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let round = 0; round < mostRounds; round++) {
    const removed = await remove();
    sum += removed;
    if (removed < atOnce) break;
  }
  return sum;
}

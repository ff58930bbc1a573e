/** Recurring maintenance: reports that are due, expired sessions, expired audio. */
import type { Clock } from "../../lib/clock.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { Store } from "../../store/store.ts";
import type { StorageConfig } from "../config/storage-settings.ts";
import type { Recorder } from "../conversations/recorder.ts";
import type { Reports } from "../conversations/reports.ts";
import type { Logger } from "../logging/log.ts";

/** Names of the jobs. */
const maintenanceJobs = { report: "report", sweep: "sweep" } as const;

/** Interval of the sweeps, ms. */
const sweepMs = 60_000;
/** Most of each kind dealt with in one sweep. */
const mostAtOnce = 200;

export interface MaintenanceOptions {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly reports: Reports;
  readonly recorder: Recorder;
  readonly objects: AudioObjects;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keeping: Pick<StorageConfig, "sessionIdleMs" | "sessionAgeMs">;
}

export interface Maintenance {
  /** Sees to it that a session's report is made, soon. Never throws: the sweep finds what was missed. */
  reportDue(sessionId: string): void;
  /** Runs a sweep at once. */
  sweep(): Promise<void>;
}

/** Registers the maintenance jobs; to be called before the jobs start. */
export function openMaintenance(options: MaintenanceOptions): Maintenance {
  const { store, jobs, reports, recorder, log } = options;

  const reportDue = (sessionId: string) => {
    jobs.send(maintenanceJobs.report, { sessionId }, { key: sessionId }).catch((error: unknown) => {
      log.warn({ session: sessionId, err: error }, "queueing a report failed; left to the sweep");
    });
  };
  const sweep = async () => {
    await endExpired(options);
    for (const sessionId of await store.pendingReports(mostAtOnce)) reportDue(sessionId);
    await recorder.recover();
    await cleanAudio(options);
  };

  jobs.work<{ sessionId: string }>(
    maintenanceJobs.report,
    { concurrency: 2, retryLimit: 8, retrySeconds: 5, timeoutSeconds: 180 },
    async ({ sessionId }) => void (await reports.make(sessionId)),
  );
  jobs.work(maintenanceJobs.sweep, { retryLimit: 0, timeoutSeconds: 120 }, sweep);
  jobs.schedule(maintenanceJobs.sweep, sweepMs);
  return { reportDue, sweep };
}

/** Sessions that nobody holds any more end as their users would have ended them. */
async function endExpired({ store, clock, keeping, log }: MaintenanceOptions): Promise<void> {
  const now = clock.wallTime();
  const expired = await store.expiredSessions({
    idleSince: now - keeping.sessionIdleMs,
    madeBefore: now - keeping.sessionAgeMs,
    limit: mostAtOnce,
  });
  for (const sessionId of expired)
    if (await store.endSession(sessionId, now, "expired"))
      log.info({ session: sessionId }, "session expired");
}

/** First the file, then the row: what a crash leaves in between is found again. */
async function cleanAudio({ store, objects, clock, log }: MaintenanceOptions): Promise<void> {
  const keys = await store.expiredAudio(clock.wallTime(), mostAtOnce);
  const gone: string[] = [];
  for (const key of keys) {
    await objects.remove(key).then(
      () => gone.push(key),
      (error: unknown) =>
        log.warn({ err: error }, "removing an expired audio file failed; left to the next sweep"),
    );
  }
  if (gone.length > 0) await store.forgetAudio(gone);
}

/** The reports that a killed process owed, made by the next one's chores. */
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../src/lib/clock.ts";
import { scriptedReplyModel } from "../../src/providers/scripted/reply-model.ts";
import { Recorder } from "../../src/server/conversations/recorder.ts";
import { openReports } from "../../src/server/conversations/reports.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { openMaintenance } from "../../src/server/operations/maintenance.ts";
import { openJobs } from "../../src/store/jobs.ts";
import { openDiskObjects } from "../../src/store/objects/disk.ts";
import type { OpenStore } from "../../src/store/open-store.ts";

export interface OwedReports {
  /** Sessions that had ended without a report when the process died. */
  readonly owed: number;
  /** Of those, how many have one now. */
  readonly made: number;
}

/**
 * Does what a server does after a restart. A job that the dead process was at is missed after half a minute; that time
 * is moved by hand.
 */
export async function makeOwedReports(store: OpenStore, dataDir: string): Promise<OwedReports> {
  const clock = systemClock;
  const log = openLog("silent");
  const { pool } = store.database;
  const owed = await store.pendingReports(1000);
  await pool.query(
    "update kuku_jobs.job set heartbeat_on = heartbeat_on - interval '1 hour' where state = 'active'",
  );
  const objects = await openDiskObjects(`${dataDir}/audio`, clock);
  const jobs = openJobs({
    database: store.database,
    clock,
    log,
    limits: { pollSeconds: 0.5, superviseSeconds: 1 },
  });
  const reports = openReports({ store, engines: { replyModel: scriptedReplyModel() }, clock, log });
  const keeping = { sessionIdleMs: 86_400_000, sessionAgeMs: 86_400_000 };
  const recorder = new Recorder({ store, objects, clock, log, keptMs: 86_400_000 });
  const chores = openMaintenance({ store, jobs, reports, recorder, objects, clock, log, keeping });
  await jobs.start();
  try {
    await chores.sweep();
    for (let tries = 0; tries < 100 && (await store.pendingReports(1)).length > 0; tries++) {
      await pool.query("update kuku_jobs.job set start_after = now() where state = 'retry'");
      await wait(200);
    }
    const found = await Promise.all(owed.map((sessionId) => store.findReport(sessionId)));
    return { owed: owed.length, made: found.filter((report) => report?.status === "ready").length };
  } finally {
    await jobs.stop(1000);
    await objects.close();
  }
}

/** A worker process: a whole server, whose connections the primary process hands over. */
import { holdProcess } from "../lib/clock.ts";
import { tuneGarbageCollection } from "./app/garbage-collection.ts";
import { speedUpModuleLoading } from "./app/module-loading.ts";
import { failureOf, ServerProcess } from "./app/server-process.ts";
import { PrimaryLink } from "./app/workers/primary-link.ts";
import { startWorker } from "./app/workers/start-worker.ts";
import { ConfigError } from "./config/config.ts";
import { openLog } from "./logging/log.ts";
import { openStandardOutput } from "./logging/standard-output.ts";
import { openRecentErrors } from "./operations/recent-errors.ts";

tuneGarbageCollection();
speedUpModuleLoading();
// Until it is started, nothing else keeps the process alive.
const releaseProcess = holdProcess();
const primary = new PrimaryLink();
const start = await Promise.race([primary.start, primary.ended]);
if (!start) process.exit();
const errors = openRecentErrors();
const output = openStandardOutput({
  onCaughtUp: (dropped) => log.warn({ dropped }, "log lines dropped: their reader stood still"),
});
const log = openLog(start.config.logLevel, errors.tee(output)).child({ worker: start.worker });
await new ServerProcess({
  log,
  start: (opened) => startWorker(start, primary, { log, errors, output, opened }),
  watchParent: (onEnd) => void primary.ended.then(onEnd),
  tellFailure: (error) => {
    const known = error instanceof ConfigError;
    primary.tell({ type: "failed", message: known ? error.message : failureOf(error), known });
  },
}).run();
releaseProcess();

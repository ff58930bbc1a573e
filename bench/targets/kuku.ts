/** Ours, composed as it is when started, with the scripted providers that cost nothing, and a quiet log. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { compose } from "../../src/server/app/compose.ts";
import { tuneGarbageCollection } from "../../src/server/app/garbage-collection.ts";
import { type RunningServer, startServer } from "../../src/server/app/server.ts";
import { readConfig } from "../../src/server/config/config.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { answer } from "../child.ts";
import { usageAnswers } from "./usage.ts";

tuneGarbageCollection();
let server: RunningServer | undefined;

answer({
  ...usageAnswers,
  listen: async () => {
    const config = readConfig({
      PORT: "0",
      LOG_LEVEL: "warn",
      TRANSCRIBER: "scripted",
      REPLY_MODEL: "scripted",
      SYNTHESIZER: "scripted",
      // Sessions whose clients have left would count as memory of the empty server, and go while the next are measured.
      RESUME_GRACE_SECONDS: "1",
      DATA_DIR: mkdtempSync(join(tmpdir(), "kuku-bench-")),
      ...(process.env.BENCH_DATABASE_URL && { DATABASE_URL: process.env.BENCH_DATABASE_URL }),
    });
    const log = openLog(config.logLevel);
    const composed = await compose(config, { clock: systemClock, log });
    server = await startServer({ config, log, ...composed });
    return server.port;
  },
  sessions: () => server?.connections ?? 0,
});

/** The composed server with the limits of a server with accounts, and a token that is checked for ever. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { compose } from "../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../src/server/app/server.ts";
import { readConfig } from "../../src/server/config/config.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { hangingToken } from "../../test/support/flood.ts";
import { answer } from "../child.ts";
import { usageAnswers } from "../targets/usage.ts";

let server: RunningServer | undefined;

answer({
  ...usageAnswers,
  listen: async () => {
    const config = readConfig({
      PORT: "0",
      LOG_LEVEL: "error",
      TRANSCRIBER: "scripted",
      REPLY_MODEL: "scripted",
      SYNTHESIZER: "scripted",
      DATA_DIR: mkdtempSync(join(tmpdir(), "kuku-flood-")),
      // What holds by default where people sign in; nobody does here, so that the flood meets the limits alone.
      MAX_SESSIONS_PER_ADDRESS: "50",
      SESSIONS_PER_HOUR_PER_ADDRESS: "300",
      REQUESTS_PER_MINUTE_PER_ADDRESS: "1200",
    });
    const log = openLog(config.logLevel);
    const composed = await compose(config, { clock: systemClock, log });
    server = await startServer({
      config,
      log,
      ...composed,
      authenticate: (credentials, signal) =>
        credentials.token === hangingToken
          ? new Promise(() => {})
          : composed.authenticate(credentials, signal),
    });
    return server.port;
  },
  sessions: () => server?.connections ?? 0,
});

/** Our server, composed as it is when started, with the scripted providers that cost nothing, and a quiet log. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import type { Authenticate } from "../../src/server/access/principal.ts";
import { compose } from "../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../src/server/app/server.ts";
import { readConfig } from "../../src/server/config/config.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { answer } from "../child.ts";
import { usageAnswers } from "./usage.ts";

/** Answers the bench. `env`: settings beside the port and the providers; `authenticating` may see to some credentials. */
export function answerComposed(
  env: Readonly<Record<string, string>>,
  authenticating: (composed: Authenticate) => Authenticate = (composed) => composed,
): void {
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
        DATA_DIR: mkdtempSync(join(tmpdir(), "kuku-bench-")),
        ...env,
      });
      const log = openLog(config.logLevel);
      const composed = await compose(config, { clock: systemClock, log });
      const authenticate = authenticating(composed.authenticate);
      server = await startServer({ config, log, ...composed, authenticate });
      return server.port;
    },
    sessions: () => server?.connections ?? 0,
  });
}

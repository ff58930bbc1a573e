/** Reads settings and flags, starts the server, or its workers, and stops it on a signal. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { holdProcess, systemClock } from "../../lib/clock.ts";
import { ConfigError, environment, readConfig } from "../config/config.ts";
import { PageBuild } from "../http/page-build.ts";
import { openLog } from "../logging/log.ts";
import { openStandardOutput } from "../logging/standard-output.ts";
import { openRecentErrors } from "../operations/recent-errors.ts";
import { startWithFlags } from "./commands.ts";
import { watchNpm } from "./npm-parent.ts";
import { describeFailedStart, type Running, ServerProcess } from "./server-process.ts";
import { announceListening, announceStart, withCertificate } from "./start-lines.ts";

const usage = `Usage: ${startWithFlags} [--tls] [--migrate] [--help]

  --tls      serve https and wss with a certificate made on the spot (kept in DATA_DIR/tls)
  --migrate  bring the database's tables up to date and end; a start does so, too
  --help     show this

Settings come from the environment or a .env file; see .env.example.
`;

/** Runs the process. A start that fails is told in one line, and ends it with 1. */
export async function runMain(): Promise<void> {
  // While the database is waited for, nothing else keeps the process alive.
  const releaseProcess = holdProcess();
  try {
    await main();
  } catch (error) {
    describeFailedStart(error);
    process.exit(1);
  } finally {
    releaseProcess();
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) return void process.stdout.write(usage);
  const settings = readConfig(environment());
  const errors = openRecentErrors();
  const output = openStandardOutput({
    onCaughtUp: (dropped) => log.warn({ dropped }, "log lines dropped: their reader stood still"),
  });
  const log = openLog(settings.logLevel, errors.tee(output));
  if (flags.migrate) {
    const { migrate } = await import("./migrate.ts");
    return migrate(settings, { clock: systemClock, log });
  }
  const around = { log, errors, output };
  await new ServerProcess({
    log,
    start: async (opened) => {
      const config = await withCertificate(settings, flags.tls);
      buildPages(log);
      if (config.workers === 1) return startAlone(config, { ...around, opened });
      const { startPrimary } = await import("./workers/primary.ts");
      return startPrimary(config, { log, output, opened });
    },
    watchParent: (onEnd) => watchNpm(environment(), systemClock, onEnd),
  }).run();
}

/** Has missing or stale pages built beside the start, which does not wait for them. */
function buildPages(log: ReturnType<typeof openLog>): void {
  new PageBuild(join(import.meta.dirname, "../../.."))
    .folder(false)
    .catch((err: unknown) => log.error({ err }, "pages not built"));
}

type Around = Omit<Parameters<typeof import("./start-server.ts")["startOn"]>[0], "config" | "listener">;

/** Starts a server that has the port to itself. */
async function startAlone(
  config: Awaited<ReturnType<typeof withCertificate>>,
  around: Around,
): Promise<Running> {
  const { Listener } = await import("../http/listener.ts");
  const listener = await Listener.listen(config);
  around.opened.add(() => listener.close());
  announceStart(config, listener.port);
  const { startOn } = await import("./start-server.ts");
  const server = await startOn({ ...around, config, listener });
  return {
    get connections() {
      return server.connections;
    },
    stop: () => server.stop(),
    announce: () => announceListening(config, server.port, { log: around.log, about: server.engines }),
  };
}

function readFlags(): { tls: boolean; migrate: boolean; help: boolean } {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({ options: { tls: flag, migrate: flag, help: flag } });
    return values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message.split(". ")[0]}\n\n${usage}`);
  }
}

/** The process: reads settings and flags, starts the server, and stops it on a signal. */
import { parseArgs } from "node:util";
import { holdProcess, systemClock } from "../lib/clock.ts";
import { watchNpm } from "./app/npm-parent.ts";
import type { RunningServer } from "./app/server.ts";
import { type Config, ConfigError, environment, readConfig } from "./config/config.ts";
import { type Logger, openLog } from "./logging/log.ts";
import { openStandardOutput } from "./logging/standard-output.ts";
import { isLoopback, lanAddresses } from "./net/addresses.ts";
import { openRecentErrors } from "./operations/recent-errors.ts";

const usage = `Usage: npm start -- [--tls] [--migrate] [--help]

  --tls      serve https and wss with a certificate made on the spot (kept in DATA_DIR/tls)
  --migrate  bring the database's tables up to date and end; a start does so, too
  --help     show this

Settings come from the environment or a .env file; see .env.example.
`;

/** Time that jobs and store have to end after the last connection, ms; each has a deadline of its own below that. */
const closingMs = 16_000;
/** Time that anything left after that may keep the process, ms. */
const exitGraceMs = 1000;
/** Time within which a repeated signal counts as the same one, ms. */
const echoMs = 500;

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
    const { migrate } = await import("./app/migrate.ts");
    return migrate(settings, { clock: systemClock, log });
  }
  const config = await withCertificate(settings, flags.tls);
  // An error that escapes is a bug: logged, and without effect on other sessions.
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));
  process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught exception"));
  // Everything else is loaded only now, so that a wrong setting is reported at once.
  const [{ compose }, { startServer }, { openMetrics }] = await Promise.all([
    import("./app/compose.ts"),
    import("./app/server.ts"),
    import("./operations/metrics.ts"),
  ]);
  const metrics = openMetrics();
  metrics.watchLog(output);
  const composed = await compose(config, { clock: systemClock, log, metrics, errors });
  const server = await startServer({ config, log, metrics, ...composed });
  stopOnSignal(server, log, () => composed.close());
  greet(config, server, config.tls !== settings.tls);
  if (config.access.anonymous)
    log.warn({ host: config.host }, "other machines can connect, and this server asks nobody who they are");
  log.info({ port: server.port, tls: config.tls !== undefined, ...composed.engines }, "listening");
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

/** Adds a self-signed certificate where one is wanted and none is configured. */
async function withCertificate(config: Config, wanted: boolean): Promise<Config> {
  if (!wanted || config.tls) return config;
  const { ownCertificate } = await import("./http/certificate.ts");
  try {
    return { ...config, tls: await ownCertificate(config.dataDir, systemClock) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
    throw new ConfigError(
      `DATA_DIR: no certificate could be kept in ${JSON.stringify(config.dataDir)} (${code})`,
    );
  }
}

/** Prints the addresses at which the server can be opened. */
function greet(config: Config, server: RunningServer, ownTls: boolean): void {
  const scheme = config.tls ? "https" : "http";
  const here =
    isLoopback(config.host) || config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  const lines = [`Kuku Coach listens: open ${scheme}://${here}:${server.port}/`];
  const addresses = lanAddresses();
  if (!isLoopback(config.host))
    for (const address of addresses)
      lines.push(`  from a phone in the same network: ${scheme}://${address}:${server.port}/`);
  else if (ownTls)
    lines.push(
      `  to try a phone in the same network: HOST=0.0.0.0 ALLOW_ANONYMOUS=1 npm start -- --tls, then https://${addresses[0] ?? "this machine's address"}:${server.port}/`,
    );
  if (ownTls) lines.push("  the certificate is self-signed: the browser asks once whether to go on");
  process.stdout.write(`${lines.join("\n")}\n`);
}

/**
 * Stops the server on the first signal and exits at once on the second. One Ctrl-C under npm arrives twice, from the
 * terminal and from npm, so the same signal within `echoMs` is still the first.
 */
function stopOnSignal(server: RunningServer, log: Logger, close: () => Promise<void>): void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const at = systemClock.now();
    if (first?.signal === signal && at - first.at < echoMs) return;
    if (first) process.exit(1);
    first = { signal, at };
    log.info({ signal, connections: server.connections }, "stopping");
    // Changes that wait for a database that is away are retried until their deadline.
    const releaseProcess = holdProcess();
    server
      .stop()
      .then(() => {
        systemClock.after(closingMs, () => process.exit(1));
        return close();
      })
      .catch((error: unknown) => {
        log.error({ err: error }, "stop failed");
        process.exitCode = 1;
      })
      .finally(() => {
        log.info("stopped");
        process.off("SIGTERM", onSignal);
        process.off("SIGINT", onSignal);
        releaseProcess();
        // Anything that is still left does not keep the process any longer.
        systemClock.after(exitGraceMs, () => process.exit());
      });
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  watchNpm(environment(), systemClock, () => {
    if (!first) onSignal("SIGTERM");
  });
}

// While the database is waited for, nothing else keeps the process alive.
const releaseProcess = holdProcess();
main()
  .catch((error: unknown) => {
    if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`Kuku Coach could not start: ${(error as Error)?.stack ?? error}\n`);
    process.exit(1);
  })
  .finally(releaseProcess);

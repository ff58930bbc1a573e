/** The process: reads settings and flags, starts the server, and stops it on a signal. */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { holdProcess, systemClock } from "../lib/clock.ts";
import { CloseStack } from "../lib/close-stack.ts";
import { describeFileError } from "../lib/durable-files.ts";
import { settlesWithin } from "../lib/timeout.ts";
import { watchNpm } from "./app/npm-parent.ts";
import type { RunningServer } from "./app/server.ts";
import { type Config, ConfigError, environment, readConfig } from "./config/config.ts";
import { type Logger, openLog } from "./logging/log.ts";
import { openStandardOutput } from "./logging/standard-output.ts";
import { isLoopback, lanAddresses } from "./net/addresses.ts";
import { openRecentErrors, type RecentErrors } from "./operations/recent-errors.ts";

const usage = `Usage: npm start -- [--tls] [--migrate] [--help]

  --tls      serve https and wss with a certificate made on the spot (kept in DATA_DIR/tls)
  --migrate  bring the database's tables up to date and end; a start does so, too
  --help     show this

Settings come from the environment or a .env file; see .env.example.
`;

/** Time that what is open has to be closed where a start fails, ms. */
const failedStartMs = 4000;
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
  await new ServerProcess({ log, errors, output }).run(settings, flags.tls);
}

type LogOutput = ReturnType<typeof openStandardOutput>;

/** Ends a start that was interrupted by a signal, with the exit code that shells give to one. */
class Interrupted extends Error {
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** One server's life, from taking the port to the last connection. */
class ServerProcess {
  readonly #log: Logger;
  readonly #errors: RecentErrors;
  readonly #output: LogOutput;
  readonly #opened = new CloseStack();
  /** Rejected where something ends the start from outside. */
  readonly #startEnded = Promise.withResolvers<never>();
  #server: RunningServer | undefined;
  #firstSignal: { readonly name: NodeJS.Signals; readonly at: number } | undefined;

  constructor({ log, errors, output }: { log: Logger; errors: RecentErrors; output: LogOutput }) {
    this.#log = log;
    this.#errors = errors;
    this.#output = output;
  }

  /** @throws the reason of a start that failed, once what was open is closed, or had its time for that */
  async run(settings: Config, selfSigned: boolean): Promise<void> {
    this.#watch();
    try {
      await Promise.race([this.#start(settings, selfSigned), this.#startEnded.promise]);
    } catch (error) {
      // Told at once: closing may wait for the very thing that failed.
      describeFailedStart(error, this.#log);
      await settlesWithin(systemClock, failedStartMs, this.#opened.close());
      process.exit(error instanceof Interrupted ? error.exitCode : 1);
    }
  }

  async #start(settings: Config, selfSigned: boolean): Promise<void> {
    const log = this.#log;
    const config = await withCertificate(settings, selfSigned);
    // Everything else is loaded only when it is needed, so that a wrong setting or a port in use is told at once.
    const { Listener } = await import("./http/listener.ts");
    const listener = await Listener.listen(config);
    this.#opened.add(() => listener.close());
    announce(config, listener.port);
    const [{ compose }, { startServer }, { openMetrics }] = await Promise.all([
      import("./app/compose.ts"),
      import("./app/server.ts"),
      import("./operations/metrics.ts"),
    ]);
    const metrics = openMetrics();
    metrics.watchLog(this.#output);
    const around = { clock: systemClock, log, metrics, errors: this.#errors, opened: this.#opened };
    const composed = await compose(config, around);
    const server = await startServer({ config, log, metrics, listener, ...composed });
    // A start that was given up meanwhile goes no further.
    if (this.#firstSignal) return;
    this.#server = server;
    greet(config, server, config.tls !== settings.tls);
    if (config.access.anonymous)
      log.warn({ host: config.host }, "other machines can connect, and this server asks nobody who they are");
    log.info({ port: server.port, tls: config.tls !== undefined, ...composed.engines }, "listening");
  }

  #watch(): void {
    this.#startEnded.promise.catch(() => {});
    // An error that escapes is a bug: it ends a start, and has no effect on the sessions of a running server.
    process.on("unhandledRejection", (error) => {
      this.#log.error({ err: error }, "unhandled rejection");
      if (!this.#server) this.#startEnded.reject(error);
    });
    process.on("uncaughtException", (error) => {
      this.#log.error({ err: error }, "uncaught exception");
      if (!this.#server) this.#startEnded.reject(error);
    });
    process.on("SIGTERM", this.#onSignal);
    process.on("SIGINT", this.#onSignal);
    watchNpm(environment(), systemClock, () => {
      if (!this.#firstSignal) this.#onSignal("SIGTERM");
    });
  }

  /**
   * Stops on the first signal and exits at once on the second. One Ctrl-C under npm arrives twice, from the terminal and
   * from npm, so the same signal within `echoMs` is still the first.
   */
  readonly #onSignal = (name: NodeJS.Signals) => {
    const first = this.#firstSignal;
    const at = systemClock.now();
    if (first?.name === name && at - first.at < echoMs) return;
    if (first) process.exit(1);
    this.#firstSignal = { name, at };
    if (!this.#server) return this.#startEnded.reject(new Interrupted(name));
    this.#log.info({ signal: name, connections: this.#server.connections }, "stopping");
    void this.#stop(this.#server);
  };

  async #stop(server: RunningServer): Promise<void> {
    // Changes that wait for a database that is away are retried until their deadline.
    const releaseProcess = holdProcess();
    try {
      await server.stop();
      systemClock.after(closingMs, () => process.exit(1));
      await this.#opened.close();
    } catch (error) {
      this.#log.error({ err: error }, "stop failed");
      process.exitCode = 1;
    }
    this.#log.info("stopped");
    process.off("SIGTERM", this.#onSignal);
    process.off("SIGINT", this.#onSignal);
    releaseProcess();
    // Anything that is still left does not keep the process any longer.
    systemClock.after(exitGraceMs, () => process.exit());
  }
}

/** Tells in one line why the server does not start. */
function describeFailedStart(error: unknown, log?: Logger): void {
  if (error instanceof Interrupted) return;
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof ConfigError;
  process.stderr.write(known ? `${message}\n` : `Kuku Coach could not start: ${message.split("\n")[0]}\n`);
  if (!known) log?.debug({ err: error }, "start failed");
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
    throw new ConfigError(`DATA_DIR: no certificate can be kept in it: ${describeFileError(error)}`);
  }
}

/** Prints what the start is doing, before anything that takes a while. */
function announce({ dataDir, storage }: Config, port: number): void {
  const makesDatabase = storage.databaseUrl === undefined && !existsSync(join(dataDir, "database"));
  const doing = makesDatabase
    ? `making its database in ${dataDir}, a few seconds this once`
    : "opening its database";
  process.stdout.write(`Kuku Coach starts on port ${port}: ${doing}\n`);
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

// While the database is waited for, nothing else keeps the process alive.
const releaseProcess = holdProcess();
main()
  .catch((error: unknown) => {
    describeFailedStart(error);
    process.exit(1);
  })
  .finally(releaseProcess);

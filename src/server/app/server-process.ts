/** The life of a server's process: it starts, tells in one line why it cannot, and stops on a signal within deadlines. */
import { constants } from "node:os";
import { holdProcess, systemClock } from "../../lib/clock.ts";
import { CloseStack } from "../../lib/close-stack.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import { ConfigError } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";

/** Time that what is open has to be closed where a start fails, ms. */
const failedStartMs = 4000;
/** Time that jobs and store have to end after the last connection, ms; each has a deadline of its own below that. */
export const closingMs = 16_000;
/** Time that anything left after that may keep the process, ms. */
const exitGraceMs = 1000;
/** Time within which a repeated signal counts as the same one, ms. */
const echoMs = 500;

/** Server of a process, once it is started. */
export interface Running {
  /** Open connections. */
  readonly connections: number;
  /** Drains; resolves once nothing is left. */
  stop(): Promise<void>;
  /** Tells that it runs. */
  announce(): void;
}

export interface ServerProcessOptions {
  readonly log: Logger;
  /** Starts what is to run; what it opens goes into `opened`. */
  readonly start: (opened: CloseStack) => Promise<Running>;
  /** Calls `onEnd` once this process is to end although it has had no signal: whoever started it is gone, or says so. */
  readonly watchParent: (onEnd: () => void) => void;
  /** Tells why the start failed; default: in one line on the standard error. */
  readonly tellFailure?: (error: unknown) => void;
}

/** Ends a start that was interrupted by a signal, with the exit code that shells give to one. */
class Interrupted extends Error {
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** One process's life, from taking the port to the last connection. */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  readonly #opened = new CloseStack();
  /** Rejected where something ends the start from outside. */
  readonly #startEnded = Promise.withResolvers<never>();
  #running: Running | undefined;
  #firstSignal: { readonly name: NodeJS.Signals; readonly at: number } | undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  /** Runs until a signal; ends the process with code 1 where the start fails, once what was open is closed, or had its time for that. */
  async run(): Promise<void> {
    const { start, tellFailure = describeFailedStart } = this.#options;
    this.#watch();
    try {
      const running = await Promise.race([start(this.#opened), this.#startEnded.promise]);
      // A start that was given up meanwhile goes no further.
      if (this.#firstSignal) return;
      this.#running = running;
      running.announce();
    } catch (error) {
      // Told at once: closing may wait for the very thing that failed.
      if (!(error instanceof Interrupted)) tellFailure(error);
      if (!(error instanceof Interrupted || error instanceof ConfigError))
        this.#options.log.debug({ err: error }, "start failed");
      await settlesWithin(systemClock, failedStartMs, this.#opened.close());
      process.exit(error instanceof Interrupted ? error.exitCode : 1);
    }
  }

  #watch(): void {
    const { log, watchParent } = this.#options;
    this.#startEnded.promise.catch(() => {});
    // An error that escapes is a bug: it ends a start, and has no effect on the sessions of a running server.
    process.on("unhandledRejection", (error) => {
      log.error({ err: error }, "unhandled rejection");
      if (!this.#running) this.#startEnded.reject(error);
    });
    process.on("uncaughtException", (error) => {
      log.error({ err: error }, "uncaught exception");
      if (!this.#running) this.#startEnded.reject(error);
    });
    process.on("SIGTERM", this.end);
    process.on("SIGINT", this.end);
    watchParent(() => {
      if (!this.#firstSignal) this.end("SIGTERM");
    });
  }

  /**
   * Stops on the first signal and exits at once on the second. One Ctrl-C under npm arrives twice, from the terminal and
   * from npm, so the same signal within `echoMs` is still the first.
   */
  readonly end = (name: NodeJS.Signals): void => {
    const first = this.#firstSignal;
    const at = systemClock.now();
    if (first?.name === name && at - first.at < echoMs) return;
    if (first) process.exit(1);
    this.#firstSignal = { name, at };
    if (!this.#running) return this.#startEnded.reject(new Interrupted(name));
    this.#options.log.info({ signal: name, connections: this.#running.connections }, "stopping");
    void this.#stop(this.#running);
  };

  async #stop(running: Running): Promise<void> {
    const { log } = this.#options;
    // Changes that wait for a database that is away are retried until their deadline.
    const releaseProcess = holdProcess();
    try {
      await running.stop();
      systemClock.after(closingMs, () => process.exit(1));
      await this.#opened.close();
    } catch (error) {
      log.error({ err: error }, "stop failed");
      process.exitCode = 1;
    }
    log.info("stopped");
    process.off("SIGTERM", this.end);
    process.off("SIGINT", this.end);
    releaseProcess();
    // Anything that is still left does not keep the process any longer.
    systemClock.after(exitGraceMs, () => process.exit());
  }
}

/** Tells in one line why the server does not start. */
export function describeFailedStart(error: unknown): void {
  process.stderr.write(`${failureOf(error)}\n`);
}

/** The line: that of a ConfigError as it is, with the setting it names. */
export function failureOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof ConfigError ? message : `Kuku Coach could not start: ${message.split("\n")[0]}`;
}

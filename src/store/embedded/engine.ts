/** The embedded database: PGlite in a worker thread, restarted when it dies. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/clock.ts";
import { describeFileError } from "../../lib/durable-files.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { StoreLog } from "../log.ts";
import { StoreError } from "../store.ts";
import { checkDatabaseFolder, prepareDataFolder, removeUnfinished } from "./folder.ts";
import { lockFile } from "./lock.ts";
import type { EmbeddedStart, EmbeddedWork } from "./worker.ts";

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: StoreLog;
}

export interface Embedded {
  /** Connection settings for `pg`. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** Terminates the thread, which is then replaced by a new one. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Part of the socket's file name, by which `pg` finds it in its folder. */
const port = 5432;
const socketName = `.s.PGSQL.${port}`;
/** Longest path of a socket, bytes; kernels allow 107 (Linux) or 103 (macOS). */
const longestPath = 100;
/** Pauses before a dead thread is replaced: the first, doubled for each start that fails up to the last, ms. */
const restartFirstMs = 200;
const restartMostMs = 5000;
/** Time that the thread has to close its files, ms. */
const stopMs = 5000;

/**
 * Starts PGlite on `<dataDir>/database`, made where it is missing (seconds, the first time).
 * @throws StoreError with the reason: another process uses the folder, nothing can be kept in it, or it holds no whole
 * database
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = resolve(options.dataDir);
  await prepareDataFolder(dataDir);
  const unlock = lockFile(join(dataDir, "database.lock"));
  try {
    return await start(dataDir, unlock, options);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function start(
  dataDir: string,
  unlock: () => void,
  { clock, log }: EmbeddedOptions,
): Promise<Embedded> {
  const folder = join(dataDir, "database");
  const create = (await checkDatabaseFolder(folder)) === "missing";
  const host = await socketFolder(dataDir);
  const supervisor = new Supervisor({ folder, socket: join(host, socketName), clock, log });
  const removeSocket = () => rm(host, { recursive: true, force: true });
  try {
    await supervisor.start({ create });
  } catch (error) {
    await Promise.all([removeSocket(), removeUnfinished(folder)]);
    throw error;
  }
  return {
    connection: { host, port, user: "postgres", database: "postgres" },
    restart: () => supervisor.terminate(),
    async stop() {
      await supervisor.stop();
      await removeSocket();
      unlock();
    },
  };
}

/** Runs the thread, and replaces it when it dies. */
class Supervisor {
  readonly #work: Omit<EmbeddedWork, "create">;
  readonly #clock: Clock;
  readonly #log: StoreLog;
  readonly #stop = new AbortController();
  #worker: Worker | undefined;
  #replacement = Promise.resolve();

  constructor({ clock, log, ...work }: Omit<EmbeddedWork, "create"> & Omit<EmbeddedOptions, "dataDir">) {
    this.#work = work;
    this.#clock = clock;
    this.#log = log;
  }

  /** @throws StoreError with the reason why the database cannot be started */
  async start({ create }: { readonly create: boolean }): Promise<void> {
    await rm(this.#work.socket, { force: true });
    const worker = await startWorker({ ...this.#work, create });
    this.#worker = worker;
    worker.once("exit", () => {
      this.#replacement = this.#replace();
    });
    // Emitted before the exit; pending queries fail by their socket.
    worker.on("error", (error) =>
      this.#log.error({ error: describeFailure(error) }, "embedded database failed"),
    );
  }

  async terminate(): Promise<void> {
    await this.#worker?.terminate();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#replacement;
    if (this.#worker) await stopWorker(this.#worker, this.#clock);
  }

  async #replace(): Promise<void> {
    const { signal } = this.#stop;
    this.#worker = undefined;
    for (let pause = restartFirstMs; !this.#worker; pause = Math.min(2 * pause, restartMostMs)) {
      if (signal.aborted) return;
      this.#log.warn({}, "embedded database ended; restarting it");
      await sleep(this.#clock, pause, signal).catch(() => {});
      if (signal.aborted) return;
      await this.start({ create: false }).catch((error: unknown) =>
        this.#log.error({ error: describeFailure(error) }, "embedded database start failed"),
      );
    }
  }
}

/** Describes an error briefly. Some of the engine's errors are no Error objects. */
function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes a folder for the socket, accessible to this user alone. */
async function socketFolder(dataDir: string): Promise<string> {
  const near = join(dataDir, "socket");
  try {
    if (Buffer.byteLength(join(near, socketName)) > longestPath)
      return await mkdtemp(join(tmpdir(), "kuku-"));
    await rm(near, { recursive: true, force: true });
    await mkdir(near, { mode: 0o700 });
    return near;
  } catch (error) {
    throw new StoreError(`no socket can be made in ${near}: ${describeFileError(error)}`, { cause: error });
  }
}

/** @throws StoreError with the reason why the database cannot be started */
async function startWorker(work: EmbeddedWork): Promise<Worker> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: work, name: "database" });
  const { promise, resolve, reject } = Promise.withResolvers<EmbeddedStart>();
  const onExit = () => reject(new Error("its thread ended"));
  worker.once("error", reject);
  worker.once("exit", onExit);
  worker.once("message", resolve);
  try {
    const outcome = await promise;
    if ("failure" in outcome) throw new Error(outcome.failure);
  } catch (error) {
    await worker.terminate();
    throw new StoreError(`the database in ${work.folder} cannot be started: ${describeFailure(error)}`, {
      cause: error,
    });
  } finally {
    worker.off("error", reject);
    worker.off("exit", onExit);
  }
  return worker;
}

/** Has the thread close its files, up to a deadline, and terminates it. */
async function stopWorker(worker: Worker, clock: Clock): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.postMessage("stop");
  await settlesWithin(clock, stopMs, exited);
  await worker.terminate();
}

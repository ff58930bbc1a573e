/** The embedded database: PGlite in a worker thread, restarted when it dies. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { StoreLog } from "../log.ts";
import { StoreError } from "../store.ts";
import { lockFile } from "./lock.ts";
import type { EmbeddedWork } from "./worker.ts";

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
/** Pause before a dead thread is replaced, ms. */
const restartMs = 200;
/** Time that the thread has to close its files, ms. */
const stopMs = 5000;

/**
 * Starts PGlite on `<dataDir>/database`, made where it is missing (seconds, the first time).
 * @throws StoreError when another process uses the folder, or nothing can be kept in it
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const message = `no database can be kept in ${resolve(options.dataDir)} (${describeFailure(error)}); it must be a folder that this user may write to, with room left`;
    throw new StoreError(message, { cause: error });
  }
}

async function start(options: EmbeddedOptions): Promise<Embedded> {
  const { clock, log } = options;
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const unlock = lockFile(join(dataDir, "database.lock"));
  const host = await socketFolder(dataDir);
  const work: EmbeddedWork = { folder: join(dataDir, "database"), socket: join(host, socketName) };
  await mkdir(work.folder, { recursive: true, mode: 0o700 }); // people's words, not for other users of the machine
  let stopping = false;
  const stop = new AbortController();
  let worker: Worker | undefined;
  let restart = Promise.resolve();

  const begin = async () => {
    await rm(work.socket, { force: true });
    worker = await startWorker(work);
    worker.once("exit", () => {
      restart = replaceWorker();
    });
    // Emitted before the exit; pending queries fail by their socket.
    worker.on("error", (error) => log.error({ error: describeFailure(error) }, "embedded database failed"));
  };
  const replaceWorker = async () => {
    worker = undefined;
    while (!stopping && !worker) {
      log.warn({}, "embedded database ended; restarting it");
      await sleep(clock, restartMs, stop.signal).catch(() => {});
      if (stopping) return;
      await begin().catch((error: unknown) =>
        log.error({ error: describeFailure(error) }, "embedded database start failed"),
      );
    }
  };
  const release = async () => {
    await rm(host, { recursive: true, force: true });
    unlock();
  };

  try {
    await begin();
  } catch (error) {
    await release();
    throw error;
  }
  return {
    connection: { host, port, user: "postgres", database: "postgres" },
    async restart() {
      await worker?.terminate();
    },
    async stop() {
      stopping = true;
      stop.abort();
      await restart;
      if (worker) await stopWorker(worker, clock);
      await release();
    },
  };
}

/** Describes an error briefly. The engine's errors about its files are no Error objects and have only a number. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return `error ${(error as { errno?: unknown } | undefined)?.errno ?? error}`;
  return (error as NodeJS.ErrnoException).syscall
    ? ((error as NodeJS.ErrnoException).code ?? "")
    : error.message;
}

/** Makes a folder for the socket, accessible to this user alone. */
async function socketFolder(dataDir: string): Promise<string> {
  const near = join(dataDir, "socket");
  if (Buffer.byteLength(join(near, socketName)) > longestPath) return mkdtemp(join(tmpdir(), "kuku-"));
  await rm(near, { recursive: true, force: true });
  await mkdir(near, { mode: 0o700 });
  return near;
}

function startWorker(work: EmbeddedWork): Promise<Worker> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: work, name: "database" });
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("the embedded database ended at its start"));
    worker.once("error", reject);
    worker.once("exit", onExit);
    worker.once("message", () => {
      worker.off("error", reject);
      worker.off("exit", onExit);
      resolve(worker);
    });
  });
}

/** Has the thread close its files, up to a deadline, and terminates it. */
async function stopWorker(worker: Worker, clock: Clock): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.postMessage("stop");
  await settlesWithin(clock, stopMs, exited);
  await worker.terminate();
}

/** The database that comes along: PGlite in a worker thread, begun again when it dies. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/clock.ts";
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
  /** For `pg`. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** Ends the thread, whatever it is doing; another one takes its place. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `pg` names the socket in its folder by the port, as PostgreSQL does. */
const port = 5432;
const socketName = `.s.PGSQL.${port}`;
/** The kernel takes a socket's path up to 107 bytes (Linux), 103 (macOS). */
const longestPath = 100;
/** Between the death of the thread and the next one, ms. */
const restartMs = 200;
/** How long a thread may take to close its files, ms. */
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
    const message = `no database can be kept in ${resolve(options.dataDir)} (${told(error)}); it must be a folder that this user may write to, with room left`;
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
      restart = again();
    });
    // Said before the exit; who waits for an answer is told by the socket.
    worker.on("error", (error) => log.error({ error: told(error) }, "the embedded database failed"));
  };
  const again = async () => {
    worker = undefined;
    while (!stopping && !worker) {
      log.warn({}, "the embedded database ended; starting it again");
      await sleep(clock, restartMs, stop.signal).catch(() => {});
      if (stopping) return;
      await begin().catch((error: unknown) =>
        log.error({ error: told(error) }, "the embedded database does not start"),
      );
    }
  };
  const letGo = async () => {
    await rm(host, { recursive: true, force: true });
    unlock();
  };

  try {
    await begin();
  } catch (error) {
    await letGo();
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
      await letGo();
    },
  };
}

/** In a few words; what the engine throws about its files is no Error, and has only a number. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return `error ${(error as { errno?: unknown } | undefined)?.errno ?? error}`;
  return (error as NodeJS.ErrnoException).syscall
    ? ((error as NodeJS.ErrnoException).code ?? "")
    : error.message;
}

/** A folder for the socket that only this user may enter. */
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

/** Lets it close its files, up to a deadline. */
async function stopWorker(worker: Worker, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(stopMs, resolve);
    worker.once("exit", () => {
      cancel();
      resolve();
    });
    worker.postMessage("stop");
  });
  await worker.terminate();
}

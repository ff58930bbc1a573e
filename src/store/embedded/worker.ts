/** Worker thread of the embedded database: PGlite behind a socket that speaks PostgreSQL's protocol. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { releaseMemory } from "../../lib/release-memory.ts";
import { DurableFileSystem } from "./durable-file-system.ts";
import { SessionServer } from "./session-server.ts";
import { removeStrays } from "./strays.ts";

/** Parameters of the thread. */
export interface EmbeddedWork {
  readonly folder: string;
  readonly socket: string;
  /** Makes a new database; the folder must not exist then, and must exist otherwise. */
  readonly create: boolean;
}

/** Message of the thread once it has started, or could not. */
export type EmbeddedStart = { readonly started: true } | { readonly failure: string };

/** What PostgreSQL says last of a start that fails. */
const fatalLine = /(?:PANIC|FATAL):\s+(.*)/;

const { folder, socket, create } = workerData as EmbeddedWork;
let fatal: string | undefined;

async function openDatabase(): Promise<PGlite> {
  // Left by a killed process; a PostgreSQL's postmaster would remove them. The folder has a lock of ours.
  await rm(join(folder, "base", "pgsql_tmp"), { recursive: true, force: true });
  await rm(join(folder, "postmaster.pid"), { force: true });
  return PGlite.create({
    fs: new DurableFileSystem(folder, { create }),
    startParams: [
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== "-F"), // which turns fsync off
      // PGlite's fdatasync does nothing.
      ...["-c", "wal_sync_method=fsync"],
      // A recycled log segment would keep its former content until it is overwritten.
      ...["-c", "wal_recycle=off"],
      // PostgreSQL's default of 128 MB lies in this process; the kernel keeps the files' pages anyway.
      ...["-c", "shared_buffers=8MB", "-c", "wal_buffers=1MB"],
    ],
    onStderr(line) {
      fatal = fatalLine.exec(line)?.[1] ?? fatal;
      return false;
    },
  });
}

/** Describes why the database did not start. Errors about files come as numbers of Emscripten's. */
function describe(error: unknown): string {
  const { message, errno } = error as { readonly message?: string; readonly errno?: number };
  if (fatal !== undefined) return `PostgreSQL says: ${fatal}`;
  if (errno === 51) return "no room is left on the disk (ENOSPC)";
  return errno === undefined ? (message ?? String(error)) : `error ${errno} of the file system`;
}

async function start(): Promise<void> {
  const db = await openDatabase();
  await removeStrays(db, folder);
  // Making a database takes a second PostgreSQL, of about 150 MB.
  if (create) releaseMemory();
  const server = new SessionServer(db);
  await server.listen(socket);
  parentPort?.once("message", async () => {
    await server.stop();
    await db.close();
    process.exit();
  });
}

const tell = (message: EmbeddedStart) => parentPort?.postMessage(message);
await start().then(
  () => tell({ started: true }),
  (error: unknown) => tell({ failure: describe(error) }),
);

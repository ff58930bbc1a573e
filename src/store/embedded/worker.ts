/** PGlite in a thread of its own, answering on a socket as a PostgreSQL would. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { removeStrays } from "./strays.ts";

/** What the thread is started with. */
export interface EmbeddedWork {
  readonly folder: string;
  readonly socket: string;
}

const { folder, socket } = workerData as EmbeddedWork;
// What a killed process was sorting; a PostgreSQL's postmaster would remove it.
await rm(join(folder, "base", "pgsql_tmp"), { recursive: true, force: true });
const db = await PGlite.create(folder, {
  // A segment of the log that is used again keeps the words of its former life until it is written over.
  startParams: [...PGlite.defaultStartParams, "-c", "wal_recycle=off"],
});
await removeStrays(db, folder);
// One at a time is what is used; the rest is for connections that are just closing.
const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 20 });
await server.start();
parentPort?.once("message", async () => {
  await server.stop();
  await db.close();
  process.exit();
});
parentPort?.postMessage("ready");

/** Worker thread of the embedded database: PGlite behind a socket that speaks PostgreSQL's protocol. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { removeStrays } from "./strays.ts";

/** Parameters of the thread. */
export interface EmbeddedWork {
  readonly folder: string;
  readonly socket: string;
}

const { folder, socket } = workerData as EmbeddedWork;
// Temporary files of a killed process, which a PostgreSQL's postmaster would remove.
await rm(join(folder, "base", "pgsql_tmp"), { recursive: true, force: true });
const db = await PGlite.create(folder, {
  // A recycled log segment would keep its former content until it is overwritten.
  startParams: [...PGlite.defaultStartParams, "-c", "wal_recycle=off"],
});
await removeStrays(db, folder);
// One connection is used at a time; the rest is for connections that are closing.
const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 20 });
await server.start();
parentPort?.once("message", async () => {
  await server.stop();
  await db.close();
  process.exit();
});
parentPort?.postMessage("ready");

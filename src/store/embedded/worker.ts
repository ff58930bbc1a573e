/** PGlite in a thread of its own, answering on a socket as a PostgreSQL would. */
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/** What the thread is started with. */
export interface EmbeddedWork {
  readonly folder: string;
  readonly socket: string;
}

const { folder, socket } = workerData as EmbeddedWork;
const db = await PGlite.create(folder);
// One at a time is what is used; the rest is for connections that are just closing.
const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 20 });
await server.start();
parentPort?.once("message", async () => {
  await server.stop();
  await db.close();
  process.exit();
});
parentPort?.postMessage("ready");

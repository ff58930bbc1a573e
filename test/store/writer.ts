/**
 * A process that writes to the store until it is killed, and says what was acknowledged: `<session> <item number>` a
 * line. Before, it begins a job that it never ends. Arguments: the data folder, and the address of a PostgreSQL or
 * nothing.
 */
import { systemClock, yieldToEventLoop } from "../../src/lib/clock.ts";
import { openJobs } from "../../src/store/jobs.ts";
import { openStore } from "../../src/store/open-store.ts";
import { item, newSession } from "./samples.ts";

const [dataDir = "", databaseUrl] = process.argv.slice(2);
const store = await openStore({
  dataDir,
  clock: systemClock,
  nodeId: "writer",
  ...(databaseUrl && { databaseUrl }),
});

const jobs = openJobs({ database: store.database, clock: systemClock });
const begun = new Promise<void>((resolve) => {
  jobs.work("crash", { retrySeconds: 1, timeoutSeconds: 2 }, () => {
    resolve();
    return new Promise(() => {});
  });
});
await jobs.start();
await jobs.send("crash", { n: 7 });
await begun;

async function write(id: string): Promise<void> {
  const journal = store.journals.open({ ...newSession({ id, ownerId: "writer" }), nodeId: "writer" });
  for (let n = 1; ; n++) {
    journal.write([{ type: "item", item: item(n) }]);
    if ((await journal.settled()) !== "saved") throw new Error("lost");
    console.log(`${id} ${n}`);
  }
}

/** Writes more than is stored, step by step: an item, and a snapshot that knows so many. */
async function flood(id: string): Promise<void> {
  const journal = store.journals.open({ ...newSession({ id, ownerId: "flooder" }), nodeId: "writer" });
  for (let n = 1; ; n++) {
    const step = [
      { type: "item", item: item(n) },
      { type: "session", patch: { snapshot: { items: n }, messageCount: n } },
    ] as const;
    // As much as may wait is more than is stored before the process is killed.
    while (!journal.write(step)) await yieldToEventLoop();
  }
}

await Promise.all([flood("session-flood"), ...["session-w1", "session-w2", "session-w3"].map(write)]);

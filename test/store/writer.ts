/**
 * A process that writes to the store until it is killed, and says what was acknowledged: `<session> <item number>` a
 * line. Before, it begins a job that it never ends. Arguments: the data folder, and the address of a PostgreSQL or
 * nothing.
 */
import { systemClock } from "../../src/lib/clock.ts";
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

await Promise.all(["session-w1", "session-w2", "session-w3"].map(write));

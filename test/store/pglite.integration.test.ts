import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../src/lib/clock.ts";
import type { StoreLimits } from "../../src/store/limits.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { StoreError } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { testDataDir } from "../support/test-database.ts";
import { storeContract } from "./contract.ts";
import { jobsContract } from "./jobs-contract.ts";
import { item, morning, newSession } from "./samples.ts";
import { expectAcknowledged, expectJobDone, expectStateOfItems, writeUntilKilled } from "./survival.ts";

/** One folder for all. */
describe("the store on PGlite", () => {
  let root: string;
  let dataDir: string;
  let clock: ManualClock;
  let store: OpenStore;
  const open = async (limits: Partial<StoreLimits> = {}) => {
    clock = manualClock(morning);
    store = await openStore({ dataDir, clock, nodeId: "node-1", limits });
  };
  beforeAll(async () => {
    root = testDataDir();
    dataDir = root;
    await open();
  });
  afterAll(async () => {
    await store.close();
    expect(clock.pending).toBe(0);
    await rm(root, { recursive: true });
  });

  storeContract(() => store);
  jobsContract(() => store.database);

  it("answers several at once, each with its own", async () => {
    const sessions = await Promise.all(
      Array.from({ length: 30 }, (_, n) => store.createSession(newSession({ ownerId: `owner-${n}` }))),
    );
    const found = await Promise.all(sessions.map(({ id }) => store.findSession(id)));
    expect(found).toEqual(sessions);
  });

  it("is for this process and this user alone", async () => {
    const second = openStore({ dataDir, clock: manualClock(), nodeId: "node-2" });
    await expect(second).rejects.toThrow(/another process uses this data folder/);
    await expect(second).rejects.toThrow(StoreError);
    for (const folder of ["socket", "database"])
      expect((await stat(join(dataDir, folder))).mode & 0o777).toBe(0o700);
    await store.ping();
  });

  it("[ST15] has all that was acknowledged when its process is killed, and each state with its items; does the job it was at", async () => {
    await store.close();
    const acknowledged = await writeUntilKilled(dataDir);
    await open();
    await expectAcknowledged(store, acknowledged);
    await expectStateOfItems(store);
    await expectJobDone(store.database);
  });

  it("puts its socket elsewhere where the folder's path is too long for one", async () => {
    await store.close();
    const former = dataDir;
    dataDir = join(former, "x".repeat(120));
    await mkdir(dataDir);
    await rename(join(former, "database"), join(dataDir, "database"));
    await open({ databaseTimeoutMs: 1500, watchMs: 1000 });
    await store.ping();
    await expect(stat(join(dataDir, "socket"))).rejects.toThrow();
  });

  it("comes back when it hangs, with all that was stored and all that waits", async () => {
    const session = newSession();
    const journal = store.journals.open({ ...session, nodeId: "node-1" });
    journal.write([{ type: "item", item: item(1) }]);
    expect(await journal.settled()).toBe("saved");
    // It does nothing else in these two minutes, and cannot be told to stop.
    const stuck = store.database.pool.query("select pg_sleep(120)").catch(() => {});
    journal.write([{ type: "item", item: item(2) }]);
    const settled = journal.settled();
    const back = async () => {
      await clock.advance(1000);
      expect((await store.readItems(session.id)).length).toBe(2);
    };
    await eventually(back);
    expect(await settled).toBe("saved");
    await stuck;
  });
});

import { afterAll, beforeAll, describe, it } from "vitest";
import { manualClock } from "../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { testDatabase } from "../support/test-database.ts";
import { storeContract } from "./contract.ts";
import { jobsContract } from "./jobs-contract.ts";
import { morning } from "./samples.ts";
import { expectAcknowledged, expectJobDone, expectStateOfItems, writeUntilKilled } from "./survival.ts";

describe("the store on PostgreSQL", () => {
  let databaseUrl: string;
  let store: OpenStore;
  beforeAll(async () => {
    databaseUrl = await testDatabase();
    store = await openStore({
      databaseUrl,
      dataDir: "unused",
      clock: manualClock(morning),
      nodeId: "node-1",
    });
  });
  afterAll(async () => {
    await store.close();
  });

  storeContract(() => store);
  jobsContract(() => store.database);

  it("[ST15] has all that was acknowledged when a process is killed, and each state with its items; does the job it was at", async () => {
    await expectAcknowledged(store, await writeUntilKilled("unused", databaseUrl));
    await expectStateOfItems(store);
    await expectJobDone(store.database);
  });
});

import { afterAll, beforeAll, describe } from "vitest";
import { manualClock } from "../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { storeContract } from "./contract.ts";
import { morning } from "./samples.ts";

describe("the store on PostgreSQL", () => {
  let postgres: TestPostgres;
  let store: OpenStore;
  beforeAll(async () => {
    postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    store = await openStore({
      databaseUrl,
      dataDir: "unused",
      clock: manualClock(morning),
      nodeId: "node-1",
    });
  });
  afterAll(async () => {
    await store.close();
    await postgres.stop();
  });
  storeContract(() => store);
});

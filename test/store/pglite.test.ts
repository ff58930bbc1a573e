import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { manualClock } from "../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { storeContract } from "./contract.ts";
import { morning } from "./samples.ts";

describe("the store on PGlite", () => {
  let dataDir: string;
  let store: OpenStore;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "kuku-store-"));
    store = await openStore({ dataDir, clock: manualClock(morning), nodeId: "node-1" });
  });
  afterAll(async () => {
    await store.close();
    await rm(dataDir, { recursive: true });
  });
  storeContract(() => store);
});

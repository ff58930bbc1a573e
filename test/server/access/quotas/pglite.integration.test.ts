import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe } from "vitest";
import { systemClock } from "../../../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../../../src/store/open-store.ts";
import { testDataDir } from "../../../support/test-database.ts";
import { limiterContract } from "./contract.ts";
import { openNode } from "./support.ts";

describe("limits on PGlite", () => {
  const dataDir = testDataDir();
  let store: OpenStore;
  beforeAll(async () => {
    store = await openStore({ dataDir, clock: systemClock, nodeId: "node-1" });
  });
  afterAll(async () => {
    await store.close();
    rmSync(dataDir, { recursive: true });
  });

  limiterContract((access) => openNode({ store, access }));
});

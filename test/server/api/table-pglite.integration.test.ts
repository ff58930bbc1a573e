import { afterAll, beforeAll, describe } from "vitest";
import { shiftedClock, startRest } from "../../support/rest.ts";
import { testDataDir } from "../../support/test-database.ts";
import { type Opened, restTable } from "./table.ts";

describe("the REST table on PGlite", () => {
  let opened: Opened;
  beforeAll(async () => {
    const { clock, later } = shiftedClock();
    opened = { ...(await startRest({ clock, dataDir: testDataDir() })), later };
  });
  afterAll(() => opened.close());

  restTable(() => opened);
});

import { afterAll, beforeAll, describe } from "vitest";
import { shiftedClock, startRest } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { type Opened, restTable } from "./table.ts";

describe("the REST table on PostgreSQL", () => {
  let opened: Opened;
  beforeAll(async () => {
    const { clock, later } = shiftedClock();
    opened = { ...(await startRest({ clock, databaseUrl: await testDatabase() })), later };
  });
  afterAll(async () => {
    await opened.close();
  });

  restTable(() => opened);
});

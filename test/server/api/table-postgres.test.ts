import { afterAll, beforeAll, describe } from "vitest";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { shiftedClock, startRest } from "../../support/rest.ts";
import { type Opened, restTable } from "./table.ts";

describe("the REST table on PostgreSQL", () => {
  let postgres: TestPostgres;
  let opened: Opened;
  beforeAll(async () => {
    postgres = await startPostgres();
    const { clock, later } = shiftedClock();
    opened = { ...(await startRest({ clock, databaseUrl: await postgres.createDatabase() })), later };
  }, 60_000);
  afterAll(async () => {
    await opened.close();
    await postgres.stop();
  });

  restTable(() => opened);
});

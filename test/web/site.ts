/** The server whose pages the tests of a file visit. */
import { afterAll, afterEach, beforeAll } from "vitest";
import { testDatabase } from "../support/test-database.ts";
import { unpackChromium } from "./chromium.ts";
import { type Served, serve } from "./serve.ts";
import { openVisits, type Visits } from "./visits.ts";

export interface Site {
  readonly visits: Visits;
  readonly server: Served;
}

/** Starts it before the first test and stops it after the last; pages are closed after each. `settings`: beside the database. */
export function openSite(settings: Readonly<Record<string, string>> = {}): Site {
  let visits: Visits;
  let server: Served | undefined;
  beforeAll(async () => {
    visits = await openVisits();
    await unpackChromium();
    server = await serve(visits.folder, { ...settings, DATABASE_URL: await testDatabase() });
  });
  afterEach(() => visits.leave());
  afterAll(async () => {
    await server?.stop();
    await visits.close();
  });
  return {
    get visits() {
      return visits;
    },
    get server() {
      if (!server) throw new Error("the server has not been started");
      return server;
    },
  };
}

/** The server whose pages the tests of a file visit. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { testDatabase } from "../support/test-database.ts";
import { type ServedHere, serveHere } from "./serve.ts";
import { openVisits, type Visits } from "./visits.ts";

export interface Site {
  readonly visits: Visits;
  readonly server: ServedHere;
}

let shared: Promise<ServedHere> | undefined;

/** The server of all page tests that run in this process, with its offline engines; it ends with the process. */
async function openShared(): Promise<ServedHere> {
  const folder = mkdtempSync(join(inject("runFolder"), "site-"));
  return serveHere(folder, { DATABASE_URL: await testDatabase() });
}

/** Erases the one user: the next visitor is a new one, and nothing goes on behind the tests. */
async function eraseEverything({ url }: ServedHere): Promise<void> {
  const erased = await fetch(`${url}api/me`, {
    method: "DELETE",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ confirm: "erase everything" }),
  });
  expect(erased.ok).toBe(true);
}

/** Visits the shared server, which knows nothing of the visitor before the first test; pages are closed after each. */
export function openSite(): Site {
  let visits: Visits;
  let server: ServedHere | undefined;
  beforeAll(async () => {
    visits = await openVisits();
    shared ??= openShared();
    server = await shared;
  });
  afterEach(() => visits.leave());
  afterAll(async () => {
    await visits.close();
    if (server) await eraseEverything(server);
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

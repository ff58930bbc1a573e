/** The requests of existing front ends, as a script, against the composed server with its own engines: no key, real HTTP. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCollection } from "../../../scripts/rest-collection.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testDataDir } from "../../support/test-database.ts";

let composed: Composition;
let server: RunningServer;
beforeAll(async () => {
  const log = openLog("silent");
  const config = readConfig({ PORT: "0", DATA_DIR: testDataDir() });
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, ...composed });
});
afterAll(async () => {
  await server.stop();
  await composed.close();
});

it("created, said, listed, heard, ended, rated, refused and erased: every answer is as front ends expect it", async () => {
  // A busy machine may be slow to say so of a server that has just started.
  await expect.poll(async () => (await (await fetch(`${server.url}/health`)).json()).status).toBe("healthy");
  const outcomes = await runCollection(server.url);
  expect(outcomes.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(35);
});

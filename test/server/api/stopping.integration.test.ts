import { afterEach, expect, test } from "vitest";
import { type Clock, manualClock, systemClock } from "../../../src/lib/clock.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { success } from "../../../src/server/http/envelope.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { echoSessions } from "../support.ts";

let server: RunningServer;
afterEach(() => server.stop());

/** A server whose `/slow` is answered when the test says so. */
const start = async (clock: Clock) => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  server = await startServer({
    config: { ...readConfig({}), port: 0 },
    log: openLog("silent"),
    openSession: echoSessions().open,
    findPersona: () => "kuku",
    defaultPersona: "kuku",
    version: "0.0.0",
    clock,
    routes: (app) => {
      app.get("/slow", { config: { access: "user" } }, async () => {
        asked.resolve();
        await answer.promise;
        return success("done");
      });
    },
  });
  const slow = fetch(`${server.url}/slow`);
  // Looked at by the test later; until then its failing is no news.
  slow.catch(() => {});
  await asked.promise;
  return { slow, answer };
};

test("a server being stopped lets what is being answered end, and refuses what is new", async () => {
  const { slow, answer } = await start(systemClock);
  const stopped = server.stop();
  const late = await fetch(`${server.url}/slow`);
  expect([late.status, (await late.json()).code]).toEqual([503, "SERVER_DRAINING"]);
  answer.resolve();
  expect(await (await slow).json()).toEqual({ success: true, data: "done" });
  await stopped;
});

test("but not for longer than the deadline", async () => {
  const clock = manualClock();
  const { slow } = await start(clock);
  const stopped = server.stop();
  await clock.advance(10_000);
  await expect(slow).rejects.toThrow();
  await stopped;
  expect(clock.pending).toBe(0);
});

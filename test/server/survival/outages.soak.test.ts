/** The database gone under talk: nobody who talks notices, and what was said is stored once it is back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProxy } from "../../store/proxy.ts";
import { startPostgres } from "../../support/postgres.ts";
import { type OutageFigures, type OutageOptions, outageUnderTalk } from "../../support/survival-runs.ts";
import { killsDatabaseThread } from "../../support/survival-server.ts";
import { openSlowUpstream } from "../../support/survival-upstream.ts";
import { testDataDir } from "../../support/test-database.ts";
import type { FakeUpstream } from "../../support/upstream/upstream.ts";

let upstream: FakeUpstream;
beforeAll(async () => {
  upstream = await openSlowUpstream();
});
afterAll(() => upstream.close());

const takeAway = async (
  how: Pick<OutageOptions, "dataDir" | "databaseUrl" | "env" | "begin" | "end">,
): Promise<OutageFigures> => {
  const crowd = { talkers: 24, newcomers: 4, talkMs: 2500, outageMs: 3000 };
  const figures = await outageUnderTalk({ ...how, ...crowd, baseUrl: upstream.baseUrl });
  rmSync(how.dataDir, { recursive: true, force: true });
  expect(figures.troubles).toEqual([]);
  expect(figures).toMatchObject({ lost: 0, twice: 0, misplaced: 0, altered: 0, troubles: [] });
  expect(figures.found).toBe(figures.acknowledged);
  // The database comes back only once these turns are done: whoever waited for it would wait for ever. How long replies and
  // the first `kuku.saved` take is what `npm run bench:survival` tells, and no matter of a test on a busy machine.
  expect(figures.turns).toBeGreaterThan(5);
  expect(figures.turnsOfNewcomers).toBeGreaterThan(0);
  expect(figures.mostResidentMb - figures.residentMb).toBeLessThan(100);
  return figures;
};

test("[ST1] [ST2] PostgreSQL cut off: talk goes on, /health tells, and all is saved behind it", async () => {
  const postgres = await startPostgres();
  const proxy = await startProxy(postgres.port);
  try {
    const url = new URL(await postgres.createDatabase());
    url.port = String(proxy.port);
    const dataDir = mkdtempSync(join(tmpdir(), "kuku-survival-"));
    const { cut: begin, mend: end } = proxy;
    const { savedDuring, health } = await takeAway({ dataDir, databaseUrl: url.href, begin, end });
    expect(savedDuring).toBe(0);
    expect(health).toContain("degraded, store down");
    expect(health.at(-1)).toBe("healthy");
  } finally {
    await proxy.stop();
    await postgres.stop();
  }
});

test("[ST1] [ST2] the embedded database's thread dying: talk goes on, and all is saved", async () => {
  const dataDir = testDataDir();
  await takeAway({ dataDir, env: killsDatabaseThread, begin: (server) => server.signal("SIGUSR2") });
});

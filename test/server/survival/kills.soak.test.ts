/** The server killed under talk, again and again: what clients were told is safe is there afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres } from "../../support/postgres.ts";
import { type Keep, killUnderTalk } from "../../support/survival-runs.ts";
import { openSlowUpstream } from "../../support/survival-upstream.ts";
import { testDataDir } from "../../support/test-database.ts";
import type { FakeUpstream } from "../../support/upstream/upstream.ts";

let upstream: FakeUpstream;
beforeAll(async () => {
  upstream = await openSlowUpstream();
});
afterAll(() => upstream.close());

const expectNothingLost = async (keep: Keep) => {
  const figures = await killUnderTalk({ ...keep, kills: 3, talkers: 50, talkMs: 1200, acknowledged: 25 });
  expect(figures.troubles).toEqual([]);
  expect(figures).toMatchObject({ lost: 0, twice: 0, misplaced: 0, altered: 0, troubles: [] });
  expect(figures.acknowledged).toBeGreaterThan(50);
  expect(figures.found).toBe(figures.acknowledged);
  expect(figures.owed).toBeGreaterThan(0);
  expect(figures.made).toBe(figures.owed);
  rmSync(keep.dataDir, { recursive: true, force: true });
};

test("[ST1] [ST2] [ST4] on PGlite all that was acknowledged is there, once and in order, and owed reports are made", () =>
  expectNothingLost({ dataDir: testDataDir(), baseUrl: upstream.baseUrl }));

test("[ST1] [ST2] [ST4] on PostgreSQL all that was acknowledged is there, once and in order, and owed reports are made", async () => {
  const postgres = await startPostgres();
  try {
    const databaseUrl = await postgres.createDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), "kuku-survival-"));
    await expectNothingLost({ dataDir, databaseUrl, baseUrl: upstream.baseUrl });
  } finally {
    await postgres.stop();
  }
});

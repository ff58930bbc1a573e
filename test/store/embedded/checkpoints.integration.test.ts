import { rmSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { storeLimits } from "../../../src/store/limits.ts";
import { silentLog } from "../../../src/store/log.ts";
import { eventually } from "../../support/eventually.ts";
import { testDataDir } from "../../support/test-database.ts";

test("the log of an embedded database that runs for long is let go of, and does not fill the disk", async () => {
  const dataDir = testDataDir();
  const clock = manualClock();
  // As much is written as a busy machine may take its time for.
  const limits = { ...storeLimits, databaseTimeoutMs: 100_000 };
  const { pool, close } = await openDatabase({ dataDir, clock, log: silentLog, limits });
  onTestFinished(async () => {
    await close();
    rmSync(dataDir, { recursive: true });
  });
  const segments = async () => {
    const { rows } = await pool.query<{ name: string }>("select name from pg_ls_waldir() order by name");
    return rows.map(({ name }) => name);
  };
  await pool.query("create table words (word text)");
  for (let round = 0; round < 2; round++) {
    const [first] = await segments();
    await pool.query("insert into words select repeat(md5(i::text), 50) from generate_series(1, 50000) i");
    await clock.advance(storeLimits.watchMs);
    await eventually(async () => expect(await segments()).not.toContain(first));
  }
});

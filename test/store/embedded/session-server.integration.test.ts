/** The embedded database as several processes use it. */
import { rmSync } from "node:fs";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { storeLimits as limits } from "../../../src/store/limits.ts";
import { silentLog as log } from "../../../src/store/log.ts";
import { inTransaction } from "../../../src/store/transaction.ts";
import { testDataDir } from "../../support/test-database.ts";

async function shared(others: number) {
  const dataDir = testDataDir();
  const options = { dataDir, clock: systemClock, log, limits };
  const own = await openDatabase(options);
  const { embeddedAt } = own;
  const further = await Promise.all(
    Array.from({ length: others }, () => openDatabase({ ...options, embeddedAt })),
  );
  onTestFinished(async () => {
    for (const each of [...further, own]) await each.close();
    rmSync(dataDir, { recursive: true });
  });
  return { own, further, connection: { ...embeddedAt } };
}

test("[WK8] transactions and parameters of several connections do not get between each other", async () => {
  const { own, further } = await shared(3);
  await own.pool.query("create table counters (id int primary key, value int)");
  await own.pool.query("insert into counters values (1, 0)");
  const rounds = 40;
  const count = async (pool: pg.Pool, mine: number) => {
    for (let round = 0; round < rounds; round++) {
      const sent = mine * 1000 + round;
      const { rows: told } = await pool.query("select $1::int as sent", [sent]);
      expect(told).toEqual([{ sent }]);
      await inTransaction(pool, async (client) => {
        const { rows } = await client.query("select value from counters where id = $1", [1]);
        await client.query("update counters set value = $1 where id = $2", [rows[0].value + 1, 1]);
      });
      await expect(pool.query("select $1::int / 0", [sent])).rejects.toThrow("division by zero");
    }
  };
  await Promise.all([own, ...further].map(({ pool }, index) => count(pool, index)));
  const { rows } = await own.pool.query("select value from counters");
  expect(rows).toEqual([{ value: rounds * 4 }]);
  expect([own.shared, ...further.map((each) => each.shared)]).toEqual([false, true, true, true]);
});

test("[WK8] a connection that is gone in the middle of a transaction has changed nothing, and holds up nobody", async () => {
  const { own, connection } = await shared(0);
  await own.pool.query("create table words (word text)");
  const client = new pg.Client(connection);
  client.on("error", () => {});
  await client.connect();
  await client.query("begin");
  await client.query("insert into words values ($1)", ["lost"]);
  const waiting = own.pool.query("select * from words");
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  expect((await waiting).rows).toEqual([]);
});

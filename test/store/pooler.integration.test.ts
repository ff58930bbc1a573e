/** Behind a pooler in transaction mode: starts neither hang nor fail, and nothing of a session stays on its connections. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { manualClock } from "../../src/lib/clock.ts";
import { openStore } from "../../src/store/open-store.ts";
import { inTransaction } from "../../src/store/transaction.ts";
import { eventually } from "../support/eventually.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { startPooler, type TestPooler } from "./pooler.ts";
import { morning } from "./samples.ts";

let postgres: TestPostgres;
let pooler: TestPooler;
let databaseUrl: string;
beforeAll(async () => {
  postgres = await startPostgres();
  pooler = await startPooler(postgres.port);
});
beforeEach(async () => {
  databaseUrl = await postgres.createDatabase();
});
afterAll(async () => {
  await pooler.stop();
  await postgres.stop();
});

const pooled = () => {
  const url = new URL(databaseUrl);
  url.port = String(pooler.port);
  return url.href;
};
const open = (nodeId: string, url: string, warn: (fields: object, message: string) => void = () => {}) =>
  openStore({
    databaseUrl: url,
    dataDir: "unused",
    clock: manualClock(morning),
    nodeId,
    log: { info() {}, warn, error() {} },
  });
const timeoutOf = async (client: Pick<pg.Pool, "query">) => {
  const { rows } = await client.query("select current_setting('statement_timeout') as ms");
  return rows[0].ms;
};

describe("through a pooler that keeps connections and refuses start-up parameters", () => {
  it("[OP2] nodes start at once and one after the other", async () => {
    const [one, two] = await Promise.all([open("node-1", pooled()), open("node-2", pooled())]);
    await two.close();
    const three = await open("node-3", pooled());
    expect(pooler.refused).toContain("statement_timeout");
    await Promise.all([one.ping(), three.ping()]);
    await Promise.all([one.close(), three.close()]);
  });

  it("[OP2] timeouts hold within a transaction, and not after it", async () => {
    const store = await open("node-1", pooled());
    const { pool } = store.database;
    expect(await inTransaction(pool, timeoutOf)).toBe("10s");
    expect(await timeoutOf(pool)).toBe("0");
    await store.close();
  });
});

it("straight to the database every connection has its timeouts", async () => {
  const store = await open("node-1", databaseUrl);
  expect(await timeoutOf(store.database.pool)).toBe("10s");
  await store.close();
});

it("[OP2] a start waits for another's migration, and says so", async () => {
  const other = new pg.Client({ connectionString: databaseUrl });
  await other.connect();
  await other.query("begin; select pg_advisory_xact_lock(5858310417)");
  const warn = vi.fn();
  const opening = open("node-1", databaseUrl, warn);
  await eventually(() => expect(warn.mock.calls[0]?.[1]).toMatch(/^migration waits/));
  await other.query("commit");
  await other.end();
  const store = await opening;
  await store.ping();
  await store.close();
});

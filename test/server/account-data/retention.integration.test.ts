import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { Retention, type RetentionTimes } from "../../../src/server/account-data/retention.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { type OpenStore, openStore } from "../../../src/store/open-store.ts";
import { openErasureQueries } from "../../../src/store/queries/erasure-queries.ts";
import { openRetentionQueries } from "../../../src/store/queries/retention-queries.ts";
import { day, item, morning, newSession } from "../../store/samples.ts";
import { testDatabase, testDataDir } from "../../support/test-database.ts";

const hour = 3_600_000;

describe.each(["embedded", "PostgreSQL"])("retention on the %s database", (kind) => {
  let store: OpenStore;
  const clock = manualClock(morning);
  beforeAll(async () => {
    const databaseUrl = kind === "embedded" ? undefined : await testDatabase();
    store = await openStore({ databaseUrl, dataDir: testDataDir(), clock, nodeId: "node-1" });
  });
  afterAll(() => store.close());

  const sweep = async (keeping: RetentionTimes = {}, now = morning) => {
    const erasure = openErasureQueries(store.database, { nodeId: "node-1", now: () => now });
    const retention = new Retention({
      queries: openRetentionQueries(store.database),
      erasure: { user: async (id) => (await erasure.disownAll(id)).length === 0 },
      jobs: { work() {}, schedule() {} } as never,
      clock: manualClock(now),
      log: openLog("silent"),
      keeping,
    });
    await retention.sweep();
  };
  const rows = async (text: string) => (await store.database.pool.query(text)).rows.map((row) => row.id);

  it("[ST10] forgets guests' sessions without a word of theirs, and no others", async () => {
    const make = (id: string, ownerId: string, createdAt = morning - 2 * hour) =>
      store.createSession(newSession({ id, ownerId, origin: "rest", createdAt }));
    await make("empty", "guest_1");
    await make("ended", "guest_once_2");
    await store.endSession("ended", morning - 2 * hour, "expired");
    await make("young", "guest_3", morning);
    await make("of-a-user", "user_4");
    await make("spoken", "guest_5");
    await make("greeted", "guest_6");
    const live = store.journals.open({
      ...newSession({ id: "live", ownerId: "guest_7", createdAt: morning - 2 * hour }),
      nodeId: "node-1",
    });
    await live.settled();
    const say = async (id: string, n: number) => {
      const claimed = await store.journals.claim(id, "node-1");
      claimed?.journal.write([{ type: "item", item: item(n) }, { type: "put_away" }]);
      await claimed?.journal.settled();
    };
    await say("spoken", 1);
    await say("greeted", 2);
    await store.database.pool.query("update kuku.sessions set updated_at = $1 where id <> 'young'", [
      morning - 2 * hour,
    ]);
    await sweep();
    expect((await rows("select id from kuku.sessions")).sort()).toEqual([
      "live",
      "of-a-user",
      "spoken",
      "young",
    ]);
  });

  it("[ST11] removes rows of the audit once they are so old, in as many rounds as it takes", async () => {
    const old = `insert into kuku.audit (id, at, actor_id, action)
      select 'old-' || n, ${morning - 400 * day}, 'a', 'user.block' from generate_series(1, 1200) n`;
    await store.database.pool.query(old);
    await store.database.pool.query(
      `insert into kuku.audit (id, at, actor_id, action) values ('new', ${morning - 300 * day}, 'a', 'user.block')`,
    );
    const left = () => rows("select id from kuku.audit");
    await sweep();
    expect(await left()).toHaveLength(1201);
    await sweep({ auditMs: 365 * day });
    expect(await left()).toEqual(["new"]);
  });

  it("[ST11] removes accounts that were never confirmed and made nothing, with what goes with them", async () => {
    const user = (id: string, fields: string) =>
      store.database.pool.query(
        `insert into kuku.users (id, name, email, created_at, email_verified, role)
          values ('${id}', '', '${id}@example.org', ${fields})`,
      );
    const old = "'2025-05-01'";
    await user("user_gone", `${old}, false, 'user'`);
    await user("user_confirmed", `${old}, true, 'user'`);
    await user("user_admin", `${old}, false, 'admin'`);
    await user("user_talked", `${old}, false, 'user'`);
    await user("user_young", "'2025-06-01', false, 'user'");
    await store.createSession(newSession({ ownerId: "user_talked" }));
    await store.database.pool.query(
      `insert into kuku.credentials (id, account_id, provider_id, user_id) values ('c', 'user_gone', 'credential', 'user_gone')`,
    );
    await sweep();
    expect(await rows("select id from kuku.users")).toHaveLength(5);
    await sweep({ unconfirmedMs: 7 * day });
    expect((await rows("select id from kuku.users")).sort()).toEqual([
      "user_admin",
      "user_confirmed",
      "user_talked",
      "user_young",
    ]);
    expect(await rows("select id from kuku.credentials")).toEqual([]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ManualClock, manualClock, systemClock } from "../../../../src/lib/clock.ts";
import { principalOfSecret } from "../../../../src/server/access/identity.ts";
import type { Principal } from "../../../../src/server/access/principal.ts";
import type { AccessConfig } from "../../../../src/server/config/access-settings.ts";
import { type OpenStore, openStore } from "../../../../src/store/open-store.ts";
import { startProxy, type TestProxy } from "../../../store/proxy.ts";
import { newSession } from "../../../store/samples.ts";
import { eventually } from "../../../support/eventually.ts";
import { startPostgres, type TestPostgres } from "../../../support/postgres.ts";
import { limiterContract } from "./contract.ts";
import { type Node, noon, openNode, refusal, until } from "./support.ts";

let postgres: TestPostgres;
let proxy: TestProxy;
let first: OpenStore;
let second: OpenStore;
beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await startProxy(postgres.port);
  const databaseUrl = await postgres.createDatabase("limits");
  const proxied = new URL(databaseUrl);
  proxied.port = String(proxy.port);
  const open = (nodeId: string, url: string) =>
    openStore({ databaseUrl: url, dataDir: "unused", clock: systemClock, nodeId });
  first = await open("node-1", databaseUrl);
  second = await open("node-2", proxied.href);
});
afterAll(async () => {
  await first.close();
  await second.close();
  await proxy.stop();
  await postgres.stop();
});

describe("limits on PostgreSQL", () => {
  limiterContract((access) => openNode({ store: first, access }));
});

describe("limits of several nodes", () => {
  let clock: ManualClock;
  let one: Node;
  let two: Node;
  const ann: Principal = { id: "user_of_both", via: "sign_in" };
  const open = (access: Partial<AccessConfig>) => {
    clock = manualClock(noon);
    one = openNode({ store: first, id: "node-1", access, clock });
    two = openNode({ store: second, id: "node-2", access, clock });
  };
  let users = 0;
  beforeEach(() => {
    Object.assign(ann, { id: `user_of_both_${++users}` });
  });
  afterEach(async () => {
    proxy.mend();
    await one.limiter.close();
    await two.limiter.close();
    expect(clock.pending).toBe(0);
    vi.useRealTimers();
  });
  const pass = (ms: number) => one.pass(ms);

  it("sessions begun and requests are counted together", async () => {
    open({ perUser: { sessionsPerHour: 2, requestsPerMinute: 2 } });
    for (const node of [one, two]) {
      await node.limiter.begin(ann, undefined);
      await node.limiter.request(ann);
    }
    for (const node of [one, two]) {
      expect((await refusal(node.limiter.begin(ann, undefined))).retryAfter).toBe(3600);
      expect((await refusal(node.limiter.request(ann))).retryAfter).toBe(60);
    }
  });

  it("wrong passwords too", async () => {
    open({ mostFailures: 2 });
    const attempt = { address: "203.0.113.7", account: "both@example.org" };
    for (const node of [one, two]) {
      await node.limiter.attempt(attempt);
      await node.limiter.failed(attempt);
    }
    for (const node of [one, two])
      expect((await refusal(node.limiter.attempt(attempt))).retryAfter).toBe(900);
  });

  it("sessions at once are those that living nodes hold", async () => {
    open({ perUser: { sessionsAtOnce: 2 } });
    const session = newSession({ ownerId: ann.id });
    const journal = second.journals.open({ ...session, nodeId: "node-2" });
    await journal.settled();
    await one.limiter.begin(ann, undefined);
    expect((await refusal(one.limiter.begin(ann, undefined))).code).toBe("TOO_MANY_SESSIONS");
    journal.write([{ type: "ended", at: noon, reason: "finished" }]);
    await journal.settled();
    await one.limiter.begin(ann, undefined);
  });

  it("[AC9] sessions at once of an end user, of all, and of their owner are told apart on other nodes, too", async () => {
    open({ perUser: { sessionsAtOnce: 1 }, perApplication: { sessionsAtOnce: 2 } });
    const endUser = (user: string) => principalOfSecret({ ownerId: ann.id, secretId: "s1", user });
    const session = newSession({ ownerId: ann.id, endUser: endUser("alice").endUser });
    const journal = second.journals.open({ ...session, nodeId: "node-2" });
    await journal.settled();
    expect((await refusal(one.limiter.begin(endUser("alice"), undefined))).code).toBe("TOO_MANY_SESSIONS");
    await one.limiter.begin(endUser("bob"), undefined);
    expect((await refusal(one.limiter.begin(endUser("carla"), undefined))).code).toBe("TOO_MANY_SESSIONS");
    await one.limiter.begin(ann, undefined);
  });

  it("a session that its client takes up again is no further one, though another node holds it still", async () => {
    open({ perUser: { sessionsAtOnce: 1, sessionsPerHour: 1 } });
    const session = newSession({ ownerId: ann.id });
    const began = await two.limiter.begin(ann, undefined);
    const journal = second.journals.open({ ...session, nodeId: "node-2" });
    await journal.settled();
    expect((await refusal(one.limiter.begin(ann, undefined))).code).toBe("TOO_MANY_SESSIONS");
    expect((await refusal(one.limiter.begin(ann, undefined, "sess_other"))).code).toBe("TOO_MANY_SESSIONS");
    const resumed = await one.limiter.begin(ann, undefined, session.id);
    resumed.release();
    began.release();
    journal.write([{ type: "ended", at: noon, reason: "finished" }]);
    await journal.settled();
    expect((await refusal(two.limiter.begin(ann, undefined))).code).toBe("RATE_LIMIT_EXCEEDED");
  });

  it("what is used on one node ends the sessions on the other", async () => {
    open({ perUser: { audioSecondsPerDay: 60 } });
    const here = await one.limiter.begin(ann, undefined);
    const there = await two.limiter.begin(ann, undefined);
    const told: string[] = [];
    here.meter.watch((quota) => told.push(quota));
    there.meter.addSpeech(50_000);
    await pass(1000);
    await until(async () => (await countersOf(ann.id)) === 50_000);
    here.meter.addSpeech(10_000);
    await eventually(async () => {
      await pass(1000);
      expect(told).toEqual(["audio"]);
    });
    here.release();
    there.release();
    expect((await refusal(two.limiter.begin(ann, undefined))).code).toBe("QUOTA_EXCEEDED");
  });

  it("without the database each counts for itself, nobody waits, and nothing used is lost", async () => {
    open({ perUser: { sessionsPerHour: 2, requestsPerMinute: 2, audioSecondsPerDay: 60 } });
    const before = await two.limiter.begin(ann, undefined);
    before.meter.addSpeech(10_000);
    await pass(1000);
    await until(async () => (await countersOf(ann.id)) === 10_000);
    proxy.cut();
    // From here on this node counts from none.
    for (let n = 0; n < 2; n++) {
      const { meter, release } = await two.limiter.begin(ann, undefined);
      meter.addSpeech(20_000);
      meter.addTurn();
      release();
      await two.limiter.request(ann);
    }
    expect((await refusal(two.limiter.request(ann))).code).toBe("RATE_LIMIT_EXCEEDED");
    expect((await refusal(two.limiter.begin(ann, undefined))).code).toBe("RATE_LIMIT_EXCEEDED");
    before.meter.addSpeech(9_999);
    expect(before.meter.spent).toBeUndefined();
    before.meter.addSpeech(1);
    expect(before.meter.spent).toBe("audio");
    await pass(10_000);
    expect(two.warned).toContain("shared limit counters unavailable; each node counts for itself");
    proxy.mend();
    await eventually(async () => {
      await pass(5000);
      expect(await countersOf(ann.id)).toBe(60_000);
      const [row] = await one.usage.days({ from: "2026-11-23", to: "2026-11-23", ownerId: ann.id });
      expect(row).toMatchObject({ turns: 2, audioSeconds: 60, sessions: 3 });
    });
    expect((await refusal(one.limiter.begin(ann, undefined))).code).toBe("QUOTA_EXCEEDED");
  });

  it.each([
    ["the counters' statement", "insert into kuku.rate_limits as c"],
    ["the days' statement", "insert into kuku.usage_days"],
    ["a commit", "commit"],
  ])("[QT5] what is used is counted once though the answer to %s is lost", async (_, text) => {
    open({ perUser: { audioSecondsPerDay: 60 } });
    const { meter, release } = await two.limiter.begin(ann, undefined);
    meter.addSpeech(10_000);
    proxy.cutBehind(text);
    await pass(5000);
    await until(() => !proxy.whole);
    proxy.mend();
    meter.addSpeech(5000);
    release();
    await eventually(async () => {
      await pass(5000);
      const [row] = await one.usage.days({ from: "2026-11-23", to: "2026-11-23", ownerId: ann.id });
      expect([await countersOf(ann.id), row?.audioSeconds, row?.sessions]).toEqual([15_000, 15, 1]);
    });
  });

  it("a database that hangs is waited for two seconds by one, and then by nobody for a while", async () => {
    open({ perUser: { requestsPerMinute: 1 } });
    await postgres.freeze();
    try {
      const asked = two.limiter.request(ann);
      await pass(2000);
      await asked;
      expect((await refusal(two.limiter.request(ann))).code).toBe("RATE_LIMIT_EXCEEDED");
    } finally {
      await postgres.thaw();
    }
  });

  const countersOf = async (ownerId: string) => {
    const { rows } = await first.database.pool.query<{ points: string }>(
      "select points from kuku.rate_limits where key = $1",
      [`2026-11-23 audio user ${ownerId}`],
    );
    return Number(rows[0]?.points);
  };
});

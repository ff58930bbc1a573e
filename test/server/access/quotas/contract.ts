/** What limits promise on every database. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { principalOfSecret } from "../../../../src/server/access/identity.ts";
import type { Principal } from "../../../../src/server/access/principal.ts";
import type { AccessConfig } from "../../../../src/server/config/access-settings.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Node, refusal, until } from "./support.ts";

const day = "2026-11-23";
let users = 0;

/** @param open a limiter on a store that the whole suite shares */
export function limiterContract(open: (access: Partial<AccessConfig>) => Node): void {
  let node: Node;
  let ann: Principal;
  beforeEach(() => {
    ann = { id: `user_${++users}`, via: "sign_in" };
  });
  afterEach(async () => {
    await node.limiter.close();
    vi.useRealTimers();
  });
  const address = () => `192.0.2.${users}`;
  const begin = (principal = ann, from = address()) => node.limiter.begin(principal, from);
  const rowsOf = (ownerId: string, from = day, to = day) => node.usage.days({ from, to, ownerId });

  describe("sessions at once", () => {
    it("so many of one user, and one more when one has ended", async () => {
      node = open({ perUser: { sessionsAtOnce: 2 } });
      const first = await begin();
      await begin();
      const refused = await refusal(begin());
      expect(refused).toMatchObject({ code: "TOO_MANY_SESSIONS", status: 429, retryAfter: 15 });
      await begin({ id: `${ann.id}_other` });
      first.release();
      first.release();
      await begin();
      expect((await refusal(begin())).code).toBe("TOO_MANY_SESSIONS");
    });

    it("of many that come together no more get in than may", async () => {
      node = open({ perUser: { sessionsAtOnce: 2 } });
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => begin()));
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    });

    it("so many from one address, whoever they are; of IPv6, from one network", async () => {
      node = open({ perAddress: { sessionsAtOnce: 2 } });
      await begin({ id: "user_x" }, "2001:db8::1");
      await begin({ id: "user_y" }, "2001:db8::2");
      expect((await refusal(begin({ id: "user_z" }, "2001:db8::3"))).code).toBe("TOO_MANY_SESSIONS");
      await begin({ id: "user_z" }, "2001:db8:0:1::3");
    });

    it("so many with one key, below those of its user", async () => {
      node = open({ perUser: { sessionsAtOnce: 3 } });
      const keyed: Principal = { ...ann, via: "key", keyId: `key_${ann.id}`, quotas: { sessionsAtOnce: 1 } };
      await begin(keyed);
      expect((await refusal(begin(keyed))).code).toBe("TOO_MANY_SESSIONS");
      await begin();
      await begin();
      expect((await refusal(begin())).code).toBe("TOO_MANY_SESSIONS");
    });
  });

  describe("[AC9] end users that client secrets name", () => {
    const endUser = (name: string, limits?: object): Principal =>
      principalOfSecret({ ownerId: ann.id, secretId: "s1", user: name, limits });

    it("have so many sessions at once each; all of them together, and their owner, have limits of their own", async () => {
      node = open({ perUser: { sessionsAtOnce: 1 }, perApplication: { sessionsAtOnce: 3 } });
      for (const name of ["alice", "bob"]) {
        await begin(endUser(name));
        expect((await refusal(begin(endUser(name)))).code).toBe("TOO_MANY_SESSIONS");
      }
      await begin();
      expect((await refusal(begin())).code).toBe("TOO_MANY_SESSIONS");
      const third = await begin(endUser("carla"));
      expect((await refusal(begin(endUser("dan")))).code).toBe("TOO_MANY_SESSIONS");
      third.release();
      await begin(endUser("dan"));
    });

    it("begin so many an hour each, and no more together than their key may", async () => {
      node = open({ perUser: { sessionsPerHour: 1 } });
      const keyed = (name: string): Principal => ({
        ...endUser(name),
        keyId: `key_${ann.id}`,
        keyQuotas: { sessionsPerHour: 2 },
      });
      for (const name of ["alice", "bob"]) (await begin(keyed(name))).release();
      expect((await refusal(begin(keyed("alice")))).code).toBe("RATE_LIMIT_EXCEEDED");
      expect((await refusal(begin(keyed("carla")))).code).toBe("RATE_LIMIT_EXCEEDED");
    });

    it("use up their owner's day together, who pays for it", async () => {
      node = open({ perUser: { tokensPerDay: 10 } });
      const { meter } = await begin(endUser("alice"));
      meter.add({ stage: "reply", model: "m", inputTokens: 6, outputTokens: 4 });
      expect((await refusal(begin(endUser("bob")))).code).toBe("QUOTA_EXCEEDED");
      expect((await refusal(begin())).code).toBe("QUOTA_EXCEEDED");
    });
  });

  describe("sessions begun", () => {
    it("so many an hour, counted from the first; what was refused takes nothing of anybody's", async () => {
      node = open({ perUser: { sessionsPerHour: 2 }, perAddress: { sessionsPerHour: 3 } });
      (await begin()).release();
      await node.pass(1_800_000);
      (await begin()).release();
      const refused = await refusal(begin());
      expect(refused).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", status: 429, retryAfter: 1800 });
      await refusal(begin());
      const other: Principal = { id: `${ann.id}_other` };
      (await begin(other)).release();
      // The address has had three: this costs the user none of theirs.
      expect((await refusal(begin(other))).code).toBe("RATE_LIMIT_EXCEEDED");
      (await begin(other, `198.51.100.${users}`)).release();
      await node.pass(1_800_000);
      (await begin()).release();
    });

    it("guests of one address so many a day, whoever they say they are, until midnight UTC", async () => {
      node = open({ guests: { sessionsPerDay: 2, sessionsAtOnce: 2 } });
      const guest = (): Principal => ({ id: `guest_${++users}`, via: "guest" });
      const home = `192.0.2.${users}`;
      const first = await begin(guest(), home);
      const second = await begin(guest(), home);
      expect((await refusal(begin(guest(), home))).code).toBe("TOO_MANY_SESSIONS");
      first.release();
      second.release();
      expect(await refusal(begin(guest(), home))).toMatchObject({
        code: "RATE_LIMIT_EXCEEDED",
        retryAfter: 12 * 3600,
      });
      await begin(guest(), "198.51.100.200");
      await node.pass(12 * 3_600_000);
      await begin(guest(), home);
    });
  });

  describe("sessions made over REST", () => {
    const guest = (): Principal => ({ id: `guest_${++users}`, via: "guest" });
    const live = (who: Principal, from: string) => node.limiter.begin(who, from, "session-made");

    it("[ST10] count when they are made, and not again when they become live", async () => {
      node = open({ guests: { sessionsPerDay: 2, sessionsAtOnce: 2 }, perUser: { sessionsPerHour: 1 } });
      const home = address();
      for (let n = 0; n < 2; n++) await node.limiter.create(guest(), home);
      expect(await refusal(node.limiter.create(guest(), home))).toMatchObject({
        code: "RATE_LIMIT_EXCEEDED",
        status: 429,
        retryAfter: 12 * 3600,
      });
      expect((await refusal(begin(guest(), home))).code).toBe("RATE_LIMIT_EXCEEDED");
      for (let n = 0; n < 5; n++) (await live(guest(), home)).release();
      await node.limiter.create(ann, home);
      await refusal(node.limiter.create(ann, home));
      await until(async () => (await rowsOf(ann.id)).length > 0);
      expect(await rowsOf(ann.id)).toMatchObject([{ sessions: 1 }]);
    });

    it("[ST10] take a place each while they are live", async () => {
      node = open({ guests: { sessionsAtOnce: 1 } });
      const first = await live(guest(), address());
      const home = `198.51.100.${users}`;
      const second = await live(guest(), home);
      expect((await refusal(live(guest(), home))).code).toBe("TOO_MANY_SESSIONS");
      first.release();
      second.release();
      (await live(guest(), home)).release();
    });
  });

  describe("uploads", () => {
    it("[IN8] so many at once of a user, a guest's address, an address, and of all", async () => {
      node = open({
        perUser: { uploadsAtOnce: 2 },
        guests: { uploadsAtOnce: 1 },
        perAddress: { uploadsAtOnce: 3 },
        uploadsAtOnce: 6,
      });
      const { limiter } = node;
      const guest = (): Principal => ({ id: `guest_${++users}`, via: "guest" });
      const first = limiter.upload(ann, "192.0.2.1");
      limiter.upload(ann, "192.0.2.2");
      const refused = await refusal(() => limiter.upload(ann, "192.0.2.3"));
      expect(refused).toMatchObject({ code: "TOO_MANY_UPLOADS", status: 429, retryAfter: 2 });
      limiter.upload(guest(), "192.0.2.1");
      expect((await refusal(() => limiter.upload(guest(), "192.0.2.1"))).code).toBe("TOO_MANY_UPLOADS");
      limiter.upload({ id: "user_b" }, "192.0.2.1");
      expect((await refusal(() => limiter.upload({ id: "user_c" }, "192.0.2.1"))).code).toBe(
        "TOO_MANY_UPLOADS",
      );
      for (const from of ["192.0.2.4", "192.0.2.5"]) limiter.upload({ id: `user_${from}` }, from);
      expect(await refusal(() => limiter.upload({ id: "user_d" }, "192.0.2.6"))).toMatchObject({
        code: "OVERLOADED",
        status: 503,
        retryAfter: 2,
      });
      first();
      first();
      limiter.upload(ann, "192.0.2.7");
      expect((await refusal(() => limiter.upload(ann, "192.0.2.8"))).code).toBe("TOO_MANY_UPLOADS");
    });
  });

  describe("requests", () => {
    it("so many of one user a minute, beside those of their key", async () => {
      node = open({ perUser: { requestsPerMinute: 3 } });
      const keyed: Principal = {
        ...ann,
        via: "key",
        keyId: `key_${ann.id}`,
        quotas: { requestsPerMinute: 1 },
      };
      await node.limiter.request(keyed);
      await node.pass(20_000);
      expect(await refusal(node.limiter.request(keyed))).toMatchObject({
        code: "RATE_LIMIT_EXCEEDED",
        retryAfter: 40,
      });
      // What its key was refused is not the user's.
      await node.limiter.request(ann);
      await node.limiter.request(ann);
      expect(await refusal(node.limiter.request(ann))).toMatchObject({ retryAfter: 40 });
      await node.pass(40_000);
      await node.limiter.request(ann);
    });

    it("so many from one address a minute, before anything is looked at", async () => {
      node = open({ perAddress: { requestsPerMinute: 20 } });
      for (let n = 0; n < 20; n++) node.limiter.arrive("192.0.2.1");
      const refused = await refusal(() => node.limiter.arrive("::ffff:192.0.2.1"));
      expect(refused).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", status: 429, retryAfter: 3 });
      node.limiter.arrive("192.0.2.2");
      await node.pass(3000);
      node.limiter.arrive("192.0.2.1");
    });
  });

  describe("wrong passwords", () => {
    it("so many, then none is looked at for 15 minutes, with one answer whatever the account", async () => {
      node = open({ mostFailures: 2 });
      const attempt = { address: `203.0.113.${users}`, account: `ann.${users}@example.org` };
      for (let n = 0; n < 2; n++) {
        await node.limiter.attempt(attempt);
        await node.limiter.failed(attempt);
      }
      const nobody = { ...attempt, account: `nobody.${users}@example.org` };
      for (let n = 0; n < 2; n++) await node.limiter.failed(nobody);
      const [known, unknown] = [
        await refusal(node.limiter.attempt(attempt)),
        await refusal(node.limiter.attempt(nobody)),
      ];
      expect(known).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", status: 429, retryAfter: 900 });
      expect({ ...unknown, message: unknown.message }).toEqual({ ...known, message: known.message });
      const elsewhere = { ...attempt, address: "203.0.113.254" };
      await node.limiter.attempt(elsewhere);
      await node.limiter.failed(elsewhere);
      await node.pass(900_000);
      await node.limiter.attempt(attempt);
      await node.limiter.succeeded(attempt);
    });
  });

  describe("the day's quotas", () => {
    it("end when they are used up: told once, a moment later, and then no session begins until midnight", async () => {
      node = open({ perUser: { audioSecondsPerDay: 60 } });
      const { meter, release } = await begin();
      const told: string[] = [];
      meter.watch((quota) => told.push(quota));
      meter.addSpeech(59_999);
      expect(meter.spent).toBeUndefined();
      meter.addSpeech(1);
      expect(meter.spent).toBe("audio");
      expect(told).toEqual([]);
      meter.addSpeech(1000);
      await Promise.resolve();
      await node.pass(0);
      expect(told).toEqual(["audio"]);
      release();
      expect(await refusal(begin())).toMatchObject({
        code: "QUOTA_EXCEEDED",
        status: 429,
        retryAfter: 12 * 3600,
      });
      await begin({ id: `${ann.id}_other` });
      await node.pass(12 * 3_600_000);
      await begin();
    });

    it("count all sessions of a user together; whoever watches is told, those that begin to watch late too", async () => {
      node = open({ perUser: { tokensPerDay: 1000 } });
      const [first, second] = [await begin(), await begin()];
      const told: string[] = [];
      first.meter.watch((quota) => told.push(`first ${quota}`));
      const stop = second.meter.watch(() => told.push("stopped"));
      stop();
      const used = { stage: "reply", model: "m", inputTokens: 400, outputTokens: 100 } as const;
      first.meter.add(used);
      second.meter.add(used);
      second.meter.watch((quota) => told.push(`late ${quota}`));
      await node.pass(0);
      expect(told).toEqual(["first tokens", "late tokens"]);
    });

    it("are of the reply model's tokens, and of every engine's cost", async () => {
      node = open({ perUser: { tokensPerDay: 100, costPerDay: 0.01 } });
      const { meter } = await begin();
      meter.add({ stage: "transcribe", model: "m", inputTokens: 5000, cost: 0.004 });
      expect(meter.spent).toBeUndefined();
      meter.add({ stage: "synthesize", model: "m", characters: 90, cost: 0.006 });
      expect(meter.spent).toBe("cost");
    });

    it("count costs far smaller than a millionth", async () => {
      node = open({ perUser: { costPerDay: 0.001 } });
      const { meter } = await begin();
      for (let n = 0; n < 9999; n++) meter.add({ stage: "reply", model: "m", cost: 1e-7 });
      expect(meter.spent).toBeUndefined();
      meter.add({ stage: "reply", model: "m", cost: 2e-7 });
      expect(meter.spent).toBe("cost");
    });

    it("are told with what is left of them, the tightest of those that hold", async () => {
      node = open({ perUser: { audioSecondsPerDay: 600, costPerDay: 2.5 } });
      const keyed: Principal = { ...ann, keyId: `key_${ann.id}`, quotas: { audioSecondsPerDay: 90 } };
      const { meter } = await begin(keyed);
      meter.addSpeech(30_250);
      meter.add({ stage: "reply", model: "m", cost: 0.75, inputTokens: 10 });
      expect(meter.levels()).toEqual([
        { name: "audio_seconds", limit: 90, remaining: 59.75, resetSeconds: 43_200 },
        { name: "cost", limit: 2.5, remaining: 1.75, resetSeconds: 43_200 },
      ]);
      expect((await begin({ id: "user_other" })).meter.levels()[0]).toMatchObject({ remaining: 600 });
    });

    it("are each client secret's own, and together those of the key that they were made with", async () => {
      node = open({});
      const secret = (name: string): Principal => ({
        ...ann,
        via: "secret",
        secretId: `${name} of ${ann.id}`,
        keyId: `key_${ann.id}`,
        quotas: { audioSecondsPerDay: 60 },
        keyQuotas: { audioSecondsPerDay: 100 },
      });
      const [one, other] = [await begin(secret("one")), await begin(secret("other"))];
      one.meter.addSpeech(45_000);
      other.meter.addSpeech(45_000);
      expect([one.meter.spent, other.meter.spent]).toEqual([undefined, undefined]);
      one.meter.addSpeech(15_000);
      expect(one.meter.spent).toBe("audio");
      // 105 s in all: more than the key may use.
      expect(other.meter.spent).toBe("audio");
    });

    it("are those of the new day for a session that goes on past midnight", async () => {
      node = open({ perUser: { audioSecondsPerDay: 60 } });
      const { meter, release } = await begin();
      meter.addSpeech(50_000);
      await node.pass(12 * 3_600_000);
      expect(meter.levels()).toEqual([
        { name: "audio_seconds", limit: 60, remaining: 60, resetSeconds: 86_400 },
      ]);
      meter.addSpeech(55_000);
      expect(meter.spent).toBeUndefined();
      release();
      await until(async () => (await rowsOf(ann.id, day, "2026-11-24")).length === 2);
      const rows = await rowsOf(ann.id, day, "2026-11-24");
      expect(rows.map((row) => [row.day, row.audioSeconds])).toEqual([
        ["2026-11-24", 55],
        [day, 50],
      ]);
    });

    it("outlast the process", async () => {
      node = open({ perUser: { audioSecondsPerDay: 60 }, guests: { audioSecondsPerDay: 60 } });
      const guest: Principal = { id: "guest_1", via: "guest" };
      const home = `198.51.100.${users % 200}`;
      for (const lease of [await begin(), await begin(guest, home)]) lease.meter.addSpeech(40_000);
      await node.limiter.close();
      node = open({ perUser: { audioSecondsPerDay: 60 }, guests: { audioSecondsPerDay: 60 } });
      for (const lease of [await begin(), await begin({ ...guest, id: "guest_2" }, home)]) {
        expect(lease.meter.levels()[0]).toMatchObject({ remaining: 20 });
        lease.meter.addSpeech(20_000);
        expect(lease.meter.spent).toBe("audio");
      }
    });
  });

  describe("what was used", () => {
    it("stands in the table of days, by owner and key, soon after", async () => {
      node = open({});
      const keyed: Principal = { ...ann, via: "key", keyId: "key_1" };
      const leases = [await begin(), await begin(), await begin(keyed)];
      for (const { meter } of leases) {
        meter.addTurn();
        meter.addSpeech(1500);
        meter.add({ stage: "reply", model: "m", inputTokens: 10, outputTokens: 5, cost: 0.25 });
        meter.add({ stage: "synthesize", model: "m", characters: 80, cost: 0.125 });
      }
      const one = {
        day,
        ownerId: ann.id,
        turns: 1,
        audioSeconds: 1.5,
        inputTokens: 10,
        outputTokens: 5,
        characters: 80,
        cost: 0.375,
      };
      await node.pass(5000);
      await until(async () => (await rowsOf(ann.id)).length === 2);
      const rows = await rowsOf(ann.id);
      expect(rows).toEqual([
        {
          ...one,
          keyId: "",
          sessions: 2,
          turns: 2,
          audioSeconds: 3,
          inputTokens: 20,
          outputTokens: 10,
          characters: 160,
          cost: 0.75,
        },
        { ...one, keyId: "key_1", sessions: 1 },
      ]);
      expect(await rowsOf(ann.id, "2026-11-24", "2026-12-01")).toEqual([]);
    });

    it("is stored at the end of a session, and of the process; what is told of later, too", async () => {
      node = open({});
      const first = await begin();
      first.meter.addTurn();
      first.release();
      await until(async () => (await rowsOf(ann.id))[0]?.turns === 1);
      // Of a request that was still under way.
      first.meter.add({ stage: "reply", model: "m", outputTokens: 7 });
      await until(async () => (await rowsOf(ann.id))[0]?.outputTokens === 7);
      (await begin()).meter.addTurn();
      await node.limiter.close();
      expect(node.clock.pending).toBe(0);
      node = open({});
      expect(await rowsOf(ann.id)).toMatchObject([{ turns: 2, sessions: 2, outputTokens: 7 }]);
    });

    it("is one row for all guests of a day", async () => {
      node = open({ guests: {} });
      for (const id of ["guest_1", "guest_2"]) (await begin({ id, via: "guest" })).meter.addTurn();
      await node.pass(5000);
      await until(async () => ((await rowsOf("guests"))[0]?.turns ?? 0) >= 2);
      expect(await rowsOf("guest_1")).toEqual([]);
    });
  });

  it("closed, it leaves no timer behind", async () => {
    node = open({ perUser: { sessionsPerHour: 5, audioSecondsPerDay: 60 } });
    (await begin()).meter.addSpeech(10);
    expect(node.clock.pending).toBeGreaterThan(0);
    await node.limiter.close();
    expect(node.clock.pending).toBe(0);
  });

  it("counters that have expired are cleared away", async () => {
    node = open({ perUser: { sessionsPerHour: 5 } });
    await begin();
    const left = async () => {
      const { rows } = await node.store.database.pool.query<{ n: number }>(
        "select count(*)::int as n from kuku.rate_limits where key like $1",
        [`%${ann.id}`],
      );
      return rows[0]!.n;
    };
    expect(await left()).toBe(1);
    await node.pass(3_500_000);
    expect(await left()).toBe(1);
    await eventually(async () => {
      await node.pass(600_000);
      expect(await left()).toBe(0);
    });
  });
}

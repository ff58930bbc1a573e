import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ManualClock, manualClock } from "../../../../src/lib/clock.ts";
import { FailedAttempts } from "../../../../src/server/access/quotas/failed-attempts.ts";
import type { Attempt } from "../../../../src/server/access/quotas/limiter.ts";
import { MemoryWindowStore } from "../../../../src/server/access/quotas/memory-windows.ts";
import { openWindowStore, type WindowStore } from "../../../../src/server/access/quotas/window-store.ts";

const minute = 60_000;
let clock: ManualClock;
let own: WindowStore;
let shared: WindowStore;
let guesses: FailedAttempts;
beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ["Date", "setTimeout", "clearTimeout"] });
  clock = manualClock();
  own = openWindowStore();
  shared = openWindowStore();
  guesses = new FailedAttempts({ own, shared, most: 3, clock });
});
afterEach(() => {
  own.close();
  shared.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = async (ms: number) => {
  vi.advanceTimersByTime(ms);
  await clock.advance(ms);
};
const home = "192.0.2.1";
const token = { address: home };
const password = (account: string, address = home) => ({ address, account });
const fail = async (attempt: Attempt, times = 1) => {
  for (let n = 0; n < times; n++) {
    expect(await guesses.begin(attempt)).toBeUndefined();
    await guesses.failed(attempt);
  }
};

describe("wrong keys, tokens and links", () => {
  test("so many from one address, then whoever shows one is told to wait 15 minutes, from the last one on", async () => {
    for (let n = 0; n < 2; n++) expect(await guesses.failed(token)).toBeUndefined();
    await pass(10 * minute);
    expect(await guesses.failed(token)).toBeUndefined();
    expect(await guesses.failed(token)).toBe(900);
    expect(await guesses.failed({ address: "192.0.2.2" })).toBeUndefined();
    await pass(15 * minute - 1000);
    expect(await guesses.failed(token)).toBe(1);
    await pass(1000);
    expect(await guesses.failed(token)).toBeUndefined();
  });

  test("[AC1] every one is looked at all the same, and they stand in no password's way", async () => {
    for (let n = 0; n < 100; n++) await guesses.failed(token);
    expect(await guesses.begin(token)).toBeUndefined();
    expect(await guesses.begin(password("ann@example.org"))).toBeUndefined();
  });

  test("fewer are forgotten after 15 minutes", async () => {
    await fail(token, 2);
    await pass(15 * minute);
    await fail(token, 2);
    expect(await guesses.failed(token)).toBeUndefined();
  });
});

describe("wrong passwords", () => {
  test("[AC2] so many for one account from one address; its owner elsewhere may go on, and so may others there", async () => {
    await fail(password("ann@example.org"), 3);
    expect(await guesses.begin(password("ann@example.org"))).toBe(900);
    expect(await guesses.begin(password("ann@example.org", "192.0.2.4"))).toBeUndefined();
    expect(await guesses.begin(password("bob@example.org"))).toBeUndefined();
  });

  test("[AC2] ten times as many for one account, wherever they come from: then one is looked at every three seconds", async () => {
    for (let n = 0; n < 30; n++) await fail(password("ann@example.org", `198.51.100.${n}`));
    const looked: number[] = [];
    const waits = Array.from({ length: 7 }, async (_, n) => {
      const wait = await guesses.begin(password("ann@example.org", `192.0.2.${10 + n}`));
      if (wait === undefined) looked.push(clock.now());
      return wait;
    });
    expect(await guesses.begin(password("bob@example.org", "192.0.2.4"))).toBeUndefined();
    await pass(15_000);
    expect(await Promise.all(waits)).toEqual([...Array(5).fill(undefined), 3, 3]);
    expect(looked).toEqual([3000, 6000, 9000, 12_000, 15_000]);
    const later = guesses.begin(password("ann@example.org", "192.0.2.4"));
    await pass(3000);
    expect(await later).toBeUndefined();
  });

  test("[AC2] an address from which the account was signed in to is not slowed by guesses from elsewhere", async () => {
    await guesses.begin(password("ann@example.org"));
    await guesses.succeeded(password("ann@example.org"));
    for (let n = 0; n < 30; n++) await fail(password("ann@example.org", `198.51.100.${n}`));
    const waiting = guesses.begin(password("ann@example.org", "192.0.2.4"));
    expect(await guesses.begin(password("ann@example.org"))).toBeUndefined();
    await guesses.failed(password("ann@example.org"));
    await fail(password("ann@example.org"), 2);
    expect(await guesses.begin(password("ann@example.org"))).toBe(900);
    await pass(3000);
    expect(await waiting).toBeUndefined();
  });

  test("[AC2] ten times as many from one address, whatever the accounts", async () => {
    for (let n = 0; n < 30; n++) await fail(password(`user${n}@example.org`));
    expect(await guesses.begin(password("dave@example.org"))).toBe(900);
    expect(await guesses.begin(password("dave@example.org", "192.0.2.4"))).toBeUndefined();
  });

  test("[AC2] who is signed in is counted alone, and keeps nobody out", async () => {
    for (let n = 0; n < 30; n++) await fail(password("ann@example.org", `198.51.100.${n}`));
    await fail({ signIn: "one" }, 3);
    expect(await guesses.begin({ signIn: "one" })).toBe(900);
    expect(await guesses.begin({ signIn: "other" })).toBeUndefined();
    expect(await guesses.begin(password("bob@example.org"))).toBeUndefined();
  });

  test("the right one forgives the account's, not the address's", async () => {
    for (let n = 0; n < 29; n++) await fail(password("ann@example.org", `198.51.100.${n}`));
    await fail(password("bob@example.org"), 2);
    await guesses.begin(password("bob@example.org"));
    await guesses.succeeded(password("bob@example.org"));
    await fail(password("bob@example.org"), 2);
    await guesses.succeeded(password("ann@example.org", "192.0.2.9"));
    await fail(password("ann@example.org", "192.0.2.8"), 2);
    expect(await guesses.begin(password("ann@example.org", "192.0.2.8"))).toBeUndefined();
    for (let n = 0; n < 26; n++) await fail(password(`user${n}@example.org`));
    expect(await guesses.begin(password("dave@example.org"))).toBe(900);
  });

  test("of a hundred that are sent at once no more are looked at than may be wrong", async () => {
    await fail(password("ann@example.org"));
    const attempts = Array.from({ length: 100 }, () => password("ann@example.org"));
    const waits = await Promise.all(attempts.map((attempt) => guesses.begin(attempt)));
    const lookedAt = attempts.filter((_, n) => waits[n] === undefined);
    expect(lookedAt.length).toBeLessThanOrEqual(2);
    expect(waits.filter((wait) => wait !== undefined).every((wait) => wait === 1)).toBe(true);
    for (const attempt of lookedAt) await guesses.failed(attempt);
    await fail(password("ann@example.org"), 2 - lookedAt.length);
    expect(await guesses.begin(password("ann@example.org"))).toBe(900);
  });

  test("those that are never told right or wrong stand in nobody's way for long", async () => {
    for (let n = 0; n < 3; n++) await guesses.begin(password("ann@example.org"));
    expect(await guesses.begin(password("ann@example.org"))).toBe(1);
    await pass(30_000);
    expect(await guesses.begin(password("ann@example.org"))).toBeUndefined();
  });

  test("no address of anybody's account is kept in words", async () => {
    const kept: string[] = [];
    const spying: WindowStore = {
      ...shared,
      count: (key, seconds) => {
        kept.push(key);
        return shared.count(key, seconds);
      },
    };
    guesses = new FailedAttempts({ own, shared: spying, most: 3, clock });
    await fail(password("ann@example.org"));
    expect(kept).toHaveLength(3);
    expect(kept.join()).not.toContain("ann");
  });
});

test("counters in memory: so many at most, those not touched for longest forgotten, their timers with them", async () => {
  const memory = new MemoryWindowStore(100);
  await memory.penalty("old", 1, { customDuration: 60 });
  for (let n = 0; n < 1000; n++) {
    await memory.penalty(`key ${n}`, 1, { customDuration: 60 });
    if (n % 50 === 0) await memory.penalty("old", 1);
  }
  expect(memory.size).toBe(100);
  expect(vi.getTimerCount()).toBe(100);
  expect((await memory.get("old"))?.consumedPoints).toBe(21);
  expect(await memory.get("key 1")).toBeNull();
  memory.clear();
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ManualClock, manualClock } from "../../../../src/lib/clock.ts";
import {
  type FailedAttempts,
  openFailedAttempts,
} from "../../../../src/server/access/quotas/failed-attempts.ts";
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
  guesses = openFailedAttempts({ own, shared, most: 3, clock });
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
const fail = async (attempt: { address: string; account?: string }, times = 1) => {
  for (let n = 0; n < times; n++) {
    expect(await guesses.begin(attempt)).toBeUndefined();
    await guesses.failed(attempt);
  }
};

describe("wrong keys and tokens", () => {
  test("so many from one address, then none is looked at for 15 minutes, from the last one on", async () => {
    await fail(token, 2);
    await pass(10 * minute);
    await fail(token);
    expect(await guesses.begin(token)).toBe(900);
    expect(await guesses.begin({ address: "192.0.2.2" })).toBeUndefined();
    await pass(15 * minute - 1000);
    expect(await guesses.begin(token)).toBe(1);
    await pass(1000);
    expect(await guesses.begin(token)).toBeUndefined();
  });

  test("fewer are forgotten after 15 minutes", async () => {
    await fail(token, 2);
    await pass(15 * minute);
    await fail(token, 2);
    expect(await guesses.begin(token)).toBeUndefined();
  });

  test("an address's are not forgiven by one that was right", async () => {
    await fail(token, 2);
    await guesses.begin(password("ann@example.org"));
    await guesses.succeeded(password("ann@example.org"));
    await fail(token);
    expect(await guesses.begin(token)).toBe(900);
  });

  test("any number of right ones may be looked at together", async () => {
    const begun = await Promise.all(Array.from({ length: 50 }, () => guesses.begin(token)));
    expect(begun.every((wait) => wait === undefined)).toBe(true);
  });
});

describe("wrong passwords", () => {
  test("so many for one account, wherever they come from; others may go on", async () => {
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
      await fail(password("ann@example.org", address));
    expect(await guesses.begin(password("ann@example.org", "192.0.2.4"))).toBe(900);
    expect(await guesses.begin(password("bob@example.org", "192.0.2.4"))).toBeUndefined();
  });

  test("so many from one address, whatever the accounts", async () => {
    for (const name of ["ann", "bob", "cleo"]) await fail(password(`${name}@example.org`));
    expect(await guesses.begin(password("dave@example.org"))).toBe(900);
  });

  test("the right one forgives the account's", async () => {
    await fail(password("ann@example.org", "192.0.2.1"), 2);
    await guesses.begin(password("ann@example.org", "192.0.2.2"));
    await guesses.succeeded(password("ann@example.org", "192.0.2.2"));
    await fail(password("ann@example.org", "192.0.2.3"), 2);
    expect(await guesses.begin(password("ann@example.org", "192.0.2.4"))).toBeUndefined();
  });

  test("of a hundred that are sent at once no more are looked at than may be wrong", async () => {
    await fail(password("ann@example.org"));
    const attempts = Array.from({ length: 100 }, (_, n) => password("ann@example.org", `198.51.100.${n}`));
    const waits = await Promise.all(attempts.map((attempt) => guesses.begin(attempt)));
    const lookedAt = attempts.filter((_, n) => waits[n] === undefined);
    expect(lookedAt.length).toBeLessThanOrEqual(2);
    expect(waits.filter((wait) => wait !== undefined).every((wait) => wait === 1)).toBe(true);
    for (const attempt of lookedAt) await guesses.failed(attempt);
    await fail(password("ann@example.org", "192.0.2.9"), 2 - lookedAt.length);
    expect(await guesses.begin(password("ann@example.org", "192.0.2.9"))).toBe(900);
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
    guesses = openFailedAttempts({ own, shared: spying, most: 3, clock });
    await fail(password("ann@example.org"));
    expect(kept).toHaveLength(2);
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

import { expect, test } from "vitest";
import { manualClock } from "../../../../src/lib/clock.ts";
import { openAddressLimiter } from "../../../../src/server/access/quotas/address-limiter.ts";
import { openCounts } from "../../../../src/server/access/quotas/concurrent-counts.ts";

test("an address may ask so often a minute, whoever asks beside it, and again as time passes", async () => {
  const clock = manualClock();
  const arrivals = openAddressLimiter(60, { clock });
  for (let n = 0; n < 60; n++) expect(arrivals.take("192.0.2.1")).toBe(true);
  expect(arrivals.take("192.0.2.1")).toBe(false);
  expect(arrivals.take("192.0.2.2")).toBe(true);
  await clock.advance(999);
  expect(arrivals.take("192.0.2.1")).toBe(false);
  await clock.advance(1);
  expect(arrivals.take("192.0.2.1")).toBe(true);
  expect(arrivals.take("192.0.2.1")).toBe(false);
  expect(clock.pending).toBe(0);
});

test("less than one a minute is one, and then a long time none", async () => {
  const clock = manualClock();
  const arrivals = openAddressLimiter(0.5, { clock });
  expect(arrivals.take("192.0.2.1")).toBe(true);
  await clock.advance(60_000);
  expect(arrivals.take("192.0.2.1")).toBe(false);
  await clock.advance(60_000);
  expect(arrivals.take("192.0.2.1")).toBe(true);
});

test("a flood from ever new addresses is remembered up to a bound; one that keeps on hammering stays refused", () => {
  const arrivals = openAddressLimiter(2, { clock: manualClock(), most: 100 });
  arrivals.take("192.0.2.1");
  arrivals.take("192.0.2.1");
  for (let n = 0; n < 10_000; n++) {
    arrivals.take(`2001:db8:${n.toString(16)}:0::/64`);
    if (n % 50 === 0) expect(arrivals.take("192.0.2.1")).toBe(false);
  }
  expect(arrivals.size).toBe(100);
});

test("counts at once: up to the most, given back once, and nothing is kept of those who have none", () => {
  const counts = openCounts();
  expect(counts.take("a", 2)).toBe(true);
  expect(counts.take("a", 2)).toBe(true);
  expect(counts.take("a", 2)).toBe(false);
  expect(counts.take("b", 2)).toBe(true);
  expect(counts.of("a")).toBe(2);
  counts.give("a");
  expect(counts.take("a", 2)).toBe(true);
  for (const key of ["a", "a", "b", "nobody"]) counts.give(key);
  expect(counts.size).toBe(0);
});

import { expect, test } from "vitest";
import { type IdPrefix, newId, newSecret } from "../../src/lib/ids.ts";

test.each(["event", "item", "resp"] satisfies IdPrefix[])("ids of %s never repeat and grow", (prefix) => {
  const ids = Array.from({ length: 5000 }, () => newId(prefix));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => new RegExp(`^${prefix}_[0-9a-f]{32}$`).test(id))).toBe(true);
});

test("secrets never repeat, and none tells another", () => {
  const secrets = Array.from({ length: 2000 }, () => newSecret());
  expect(new Set(secrets).size).toBe(secrets.length);
  expect(secrets.every((secret) => /^[0-9a-f]{40}$/.test(secret))).toBe(true);
  const changed = secrets.slice(1).map((secret, i) => {
    let bits = BigInt(`0x${secret}`) ^ BigInt(`0x${secrets[i]}`);
    let count = 0;
    for (; bits > 0n; bits >>= 1n) count += Number(bits & 1n);
    return count;
  });
  // Half of the 160 bits differ from one to the next; a mean this far off would be a one in a billion chance.
  const mean = changed.reduce((sum, count) => sum + count, 0) / changed.length;
  expect(Math.abs(mean - 80)).toBeLessThan(1);
});

test("a session's id is one that front ends know by its shape", () => {
  expect(newId("session")).toMatch(/^session-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

/** Password hashes: how many at once, and what becomes of the rest. */
import { expect, test } from "vitest";
import { openPasswords } from "../../../../src/server/access/accounts/passwords.ts";

test("so many are hashed at once, so many wait, and beyond that nobody does", async () => {
  let begun = 0;
  const passwords = openPasswords({ atOnce: 2, mostWaiting: 3, onHash: () => begun++ });
  const all = Array.from({ length: 7 }, () => passwords.hash("correct horse battery"));
  expect(begun).toBe(2);
  for (const late of all.slice(5))
    await expect(late).rejects.toMatchObject({ code: "OVERLOADED", status: 503, retryAfter: 5 });
  const hashes = await Promise.all(all.slice(0, 5));
  expect([begun, new Set(hashes).size]).toEqual([5, 5]);
  await passwords.hash("correct horse battery");
});

test("a hash is of its password alone", async () => {
  const passwords = openPasswords();
  const hash = await passwords.hash("correct horse battery");
  expect(hash).not.toContain("horse");
  expect(await passwords.verify({ hash, password: "correct horse battery" })).toBe(true);
  expect(await passwords.verify({ hash, password: "correct horse batterx" })).toBe(false);
});

test("hashing leaves the event loop alone", async () => {
  const passwords = openPasswords();
  const done = passwords.hash("correct horse battery");
  let turns = 0;
  let hashing = true;
  void done.finally(() => {
    hashing = false;
  });
  while (hashing) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  expect(turns).toBeGreaterThan(20);
});

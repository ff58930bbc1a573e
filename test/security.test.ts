/** The threat table of SECURITY.md: every row names a test that is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const [, text = ""] = readFileSync(join(root, "SECURITY.md"), "utf8").split(/^## Threats$/m);
const [section = ""] = text.split(/^## /m);
const rows = section
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) => line.split("|").slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()));

/** Whether the file has a test of this title that is not skipped. */
function hasTest(path: string, title: string): boolean {
  const file = join(root, "test", path);
  if (!existsSync(file)) return false;
  const source = readFileSync(file, "utf8");
  const quoted = ['"', "'", "`"].map((quote) => source.indexOf(`${quote}${title}${quote}`));
  const at = Math.max(...quoted);
  // What calls it ends right before: `it(`, `test.each([…])(`.
  return at > 0 && /\(\s*$/.test(source.slice(0, at)) && !/\.(?:skip|todo)\(\s*$/.test(source.slice(0, at));
}

test("every threat has its asset, actor, what stops it, and a test that is there", () => {
  const missing = rows.filter(([asset, actor, stops, shown = "", ...more]) => {
    const [, path = "", title = ""] = /^`([^`]+)`: “([^”]+)”$/.exec(shown) ?? [];
    return !asset || !actor || !stops || more.length > 0 || !hasTest(path, title);
  });
  expect(missing).toEqual([]);
});

test("no asset and no actor is left out", () => {
  const assets = [
    "words",
    "erased words",
    "live session",
    "account",
    "credentials",
    "personas",
    "the bill",
    "the service",
  ];
  const actors = [
    "nobody",
    "guest",
    "user",
    "application's key",
    "its browser",
    "operator",
    "neighbour host",
    "power",
  ];
  expect([...new Set(rows.map(([asset]) => asset))].sort()).toEqual([...assets].sort());
  expect([...new Set(rows.map(([, actor]) => actor))].sort()).toEqual([...actors].sort());
});

test("a title that no test has, one that is skipped and a file that is not there are found out", () => {
  expect(hasTest("security.test.ts", "no asset and no actor is left out")).toBe(true);
  for (const [path, title] of [
    ["security.test.ts", "no asset"],
    ["security.test.ts", "words"],
    ["nothing.test.ts", "no asset and no actor is left out"],
  ] as const)
    expect(hasTest(path, title)).toBe(false);
});

test("the files that the hardening table names are there", () => {
  const [, hardening = ""] = readFileSync(join(root, "SECURITY.md"), "utf8").split(/^## Hardening/m);
  const [table = ""] = hardening.split(/^## /m);
  const files = [...table.matchAll(/`((?:server|store)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter((path) => !existsSync(join(root, "test", path)))).toEqual([]);
});

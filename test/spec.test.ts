import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const rules = [...readFileSync(join(root, "SPEC.md"), "utf8").matchAll(/^- \*\*\[([A-Z]+\d+)\]\*\*/gm)].map(
  (match) => match[1] as string,
);
const titles = globSync("test/**/*.ts", { cwd: root })
  .flatMap((path) => readFileSync(join(root, path), "utf8").match(/["'`](\[[A-Z]+\d+\])+ [^\n]*/g) ?? [])
  .join("\n");
const cited = new Set([...titles.matchAll(/\[([A-Z]+\d+)\]/g)].map((match) => match[1] as string));

test("every rule of SPEC.md has one number", () => {
  expect(rules.length).toBeGreaterThan(20);
  expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
});

test("every rule of SPEC.md is shown by a test that names it", () => {
  expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
});

test("no test names a rule that is not written down", () => {
  expect([...cited].filter((rule) => !rules.includes(rule))).toEqual([]);
});

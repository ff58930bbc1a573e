/** The linter's rules for `src`, each tried on a line that breaks it. */
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const forbidden: readonly (readonly [text: string, rule: string])[] = [
  ["process.env.PORT;", "process.env"],
  ["const { env } = process;\nenv;", "process.env"],
  ['import { env } from "node:process";\nenv;', "process.env"],
  ["globalThis.process.env;", "global"],
  ["Date.now();", "Date.now"],
  ["new Date();", "Clocks"],
  ["performance.now();", "performance.now"],
  ["setTimeout(() => {}, 10);", "setTimeout"],
  ["globalThis.setInterval(() => {}, 10);", "global"],
  ["AbortSignal.timeout(5);", "AbortSignal.timeout"],
  ['import { setTimeout } from "node:timers/promises";\nsetTimeout;', "Clocks"],
  ["Math.random();", "Math.random"],
  ["crypto.randomUUID();", "crypto.randomUUID"],
  ['import { randomBytes as bytes } from "node:crypto";\nbytes;', "Randomness"],
  ["export class Bus extends EventEmitter {}", "event emitters"],
  ["export const bus = new EventTarget();", "event emitters"],
  ['export * from "./other.ts";', "export all"],
  ["export let x: any;", "any"],
  ["export const f = (x: Array<any>) => x;", "any"],
  ["AbortSignal.any([]);", "AbortSignal.any"],
  ["// @ts-ignore for now\nexport const x = 1;", "@ts-ignore"],
];

const allowed: readonly (readonly [path: string, text: string])[] = [
  ["src/server/config/config.ts", "process.env.PORT;"],
  ["src/lib/allowed.ts", "Date.now();\nsetTimeout(() => {}, 1);\nnew Date();\nMath.random();"],
  ["src/client/allowed.ts", "Date.now();\nsetTimeout(() => {}, 1);\nnew Date();\nMath.random();"],
  [
    "src/session/allowed.ts",
    `/** Not process.env, not Date.now(). */
export const words = "setTimeout(any, Math.random())";
export const now = clock.now();
export const day = new Date(0);
export const server: { env: string; any: boolean } = config;
import type { EventEmitter } from "node:events";
export type Bus = EventEmitter;`,
  ],
];

let folder = "";
let found: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kuku-lint-"));
  for (const path of ["biome.json", "scripts/lint/restricted.grit"])
    cpSync(join(root, path), join(folder, path));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [index, [text]] of forbidden.entries()) write(caseFile(index), text);
  for (const [path, text] of allowed) write(path, text);
  found = await lint(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const caseFile = (index: number) => `src/session/case-${index}.ts`;
const foundIn = (path: string) => found.filter((line) => line.includes(`file=${join(folder, path)},`));

/** One line for each error: `::error file=…,line=…::message`. */
function lint(where: string): Promise<string[]> {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const args = [
    biome,
    "lint",
    "--reporter=github",
    "--diagnostic-level=error",
    "--max-diagnostics=none",
    where,
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: where }, (_error, out) =>
      resolve(out.split("\n").filter((line) => line.startsWith("::error"))),
    );
  });
}

describe("what src must not do", () => {
  test.each(forbidden.map(([text, rule], index) => [text, rule, index] as const))(
    "%s",
    (_text, rule, index) => {
      const lines = foundIn(caseFile(index));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(rule);
    },
  );

  test("says in which line", () => {
    expect(foundIn(caseFile(10))[0]).toContain("line=1,");
    const behindComment = forbidden.findIndex(([text]) => text.startsWith("// @ts-ignore"));
    expect(foundIn(caseFile(behindComment))[0]).toContain("line=1,");
  });

  test.each(allowed)("%s may", (path) => {
    expect(foundIn(path)).toEqual([]);
  });

  test("no compiler error is silenced, by whatever comment", () => {
    const silenced = globSync("{src,web}/**/*.ts", { cwd: root }).filter((path) =>
      /@ts-(ignore|nocheck|expect-error)\b/.test(readFileSync(join(root, path), "utf8")),
    );
    expect(silenced).toEqual([]);
  });
});

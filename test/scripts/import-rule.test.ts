import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const files = {
  "src/lib/a.ts": "export type A = string;\nexport const a = 1;\n",
  "src/protocol/types.ts": 'import type { A } from "../lib/a.ts";\nexport type B = A;\n',
  "src/pipeline/values.ts": 'import { a } from "../lib/a.ts";\nexport const b = a;\n',
  "src/coach/packages.ts": 'import "ws";\n',
  "src/session/server.ts": 'import type { C } from "../server/app/c.ts";\nexport type D = C;\n',
  "src/server/app/c.ts": 'import type { A } from "../../lib/a.ts";\nexport type C = A;\n',
  "src/server/net/upwards.ts": 'import type { C } from "../app/c.ts";\nexport type E = C;\n',
  "src/server/api/downwards.ts": 'import type { E } from "../net/upwards.ts";\nexport type F = E;\n',
  "src/server/app/attic.ts": 'import type { G } from "../attic/g.ts";\nexport type H = G;\n',
  "src/server/attic/g.ts": "export type G = string;\n",
  "src/lib/circle.ts": 'import { ring } from "./ring.ts";\nexport const circle = () => ring;\n',
  "src/lib/ring.ts": 'import { circle } from "./circle.ts";\nexport const ring = () => circle;\n',
  "web/page.ts": 'import { a } from "../src/lib/a.ts";\nexport const page = a;\n',
  "node_modules/ws/package.json": '{ "name": "ws", "version": "1.0.0", "main": "index.js" }',
  "node_modules/ws/index.js": "module.exports = {};\n",
  "package.json": '{ "name": "house", "dependencies": { "ws": "1" } }',
};

let house: string;
let broken: string[];

beforeAll(async () => {
  house = mkdtempSync(join(tmpdir(), "house-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
  const args = [
    join(root, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs"),
    "--config",
    join(root, ".dependency-cruiser.cjs"),
    "--output-type",
    "json",
    "src",
    "web",
  ];
  const report = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: house }, (_, stdout) => resolve(stdout));
  });
  const violations: { from: string; rule: { name: string } }[] = JSON.parse(report).summary.violations;
  broken = violations.map(({ from, rule }) => `${from} breaks ${rule.name}`);
});

afterAll(() => rmSync(house, { recursive: true }));

test("a room that looks where it may not is found, also when it takes only a type", () => {
  expect(broken).toContain("src/protocol/types.ts breaks room-protocol");
  expect(broken).toContain("src/session/server.ts breaks nothing-imports-server");
  expect(broken).toContain("web/page.ts breaks web-on-client");
});

test("a wing of the server that imports one above it is found, and one that is not listed", () => {
  expect(broken).toContain("src/server/net/upwards.ts breaks wing-net");
  expect(broken).toContain("src/server/app/attic.ts breaks wing-unlisted");
});

test("a package outside its rooms and a circle are found", () => {
  expect(broken).toContain("src/coach/packages.ts breaks package-ws");
  expect(broken.some((violation) => /^src\/lib\/(circle|ring)\.ts breaks no-circles$/.test(violation))).toBe(
    true,
  );
});

test("what is allowed is left alone", () => {
  expect(
    broken.filter((violation) =>
      /^src\/(pipeline\/values|server\/app\/c|server\/api\/downwards|lib\/a)\./.test(violation),
    ),
  ).toEqual([]);
});

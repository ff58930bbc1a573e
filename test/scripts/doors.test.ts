import { describe, expect, test } from "vitest";
import { findOpenDoors } from "../../scripts/doors.ts";

const found = (text: string, path = "src/session/turns/state.ts") => findOpenDoors(path, text);

describe("what only one room may touch", () => {
  test.each([
    ["process.env.PORT;", "process.env"],
    ["const { env } = process;", "process.env"],
    ['import { env } from "node:process";', "process.env"],
    ["globalThis.process.env;", "process.env"],
    ["Date.now();", "clocks"],
    ["new Date();", "clocks"],
    ["performance.now();", "clocks"],
    ["setTimeout(() => {}, 10);", "clocks"],
    ["globalThis.setInterval(() => {}, 10);", "clocks"],
    ["AbortSignal.timeout(5);", "clocks"],
    ['import { setTimeout } from "node:timers/promises";', "clocks"],
    ["Math.random();", "randomness"],
    ["crypto.randomUUID();", "randomness"],
    ['import { randomBytes as bytes } from "node:crypto";', "randomness"],
    ["class Bus extends EventEmitter {}", "event emitters"],
    ["const bus = new EventTarget();", "event emitters"],
    ['export * from "./other.ts";', "barrels"],
    ["let x: any;", "any"],
    ["const f = (x: Array<any>) => x;", "any"],
    ["AbortSignal.any([]);", "AbortSignal.any"],
    ["// @ts-expect-error for now\nlet x = 1;", "silenced"],
  ])("%s", (text, what) => {
    const doors = found(text);
    expect(doors).toHaveLength(1);
    expect(doors[0]?.what).toContain(what);
  });

  test("the rooms that hold them may", () => {
    expect(found("process.env.PORT;", "src/server/config/config.ts")).toEqual([]);
    expect(found("process.env.PORT;", "src/server/main.ts")).toHaveLength(1);
    for (const room of ["lib", "client"]) {
      expect(found("Date.now(); setTimeout(() => {}, 1);", `src/${room}/clock.ts`)).toEqual([]);
    }
  });

  test("words in comments, texts, types and names of one's own are none of them", () => {
    const text = `/** Not process.env, not Date.now(). */
      const words = "setTimeout(any, Math.random())";
      const now = clock.now();
      const day = new Date(0);
      const server: { env: string; any: boolean } = config;
      import type { EventEmitter } from "node:events";
      export { words };`;
    expect(found(text)).toEqual([]);
  });
});

test("says where, counting lines, also behind comments and letters of several bytes", () => {
  const text = '/** Opens – with a comment. */\n\nconst a = "éé";\n\nconst b = Date.now();\n';
  expect(found(text)).toEqual([{ path: "src/session/turns/state.ts", line: 5, what: expect.any(String) }]);
  // The parser counts on from file to file; a second look must not be shifted by the first.
  expect(found(text)[0]?.line).toBe(5);
  expect(found("#!/usr/bin/env node\nDate.now();")[0]?.line).toBe(2);
});

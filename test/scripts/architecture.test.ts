import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

test.each(["ARCHITECTURE.md", "CONTRIBUTING.md"])("%s names only paths that exist", (document) => {
  const named = [...read(document).matchAll(/`((?:src|test|docs|scripts|web|bench)\/[\w./-]+)`/g)];
  // `NAME` stands for any.
  const paths = named.map(([, path]) => path as string).filter((path) => !path.includes("NAME"));
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** A step of a walk: a file followed by the functions of it that are called. */
const step = /`(src\/[\w./-]+\.ts)`: ((?:`[\w.#]+`(?:, | → )?)+)/g;

test("ARCHITECTURE.md walks through functions that exist", () => {
  const steps = [...read("ARCHITECTURE.md").matchAll(step)].flatMap(([, path = "", names = ""]) =>
    [...names.matchAll(/`([\w.#]+)`/g)].map(([, name = ""]) => ({ path, name })),
  );
  expect(steps.length).toBeGreaterThan(20);
  const missing = steps.filter(({ path, name }) => {
    const text = read(path);
    return !name.split(".").every((part) => new RegExp(`(^|[^\\w])${part}\\b`, "m").test(text));
  });
  expect(missing).toEqual([]);
});

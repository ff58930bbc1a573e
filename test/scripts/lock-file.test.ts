import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = new URL("../../package-lock.json", import.meta.url);
const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Locked> };

test("the lock file holds every platform's package, so that npm ci takes it on each of them", () => {
  const names = Object.keys(packages);
  const missing = names.flatMap((from) =>
    Object.keys(packages[from]?.optionalDependencies ?? {}).filter(
      (name) => !names.some((each) => each.endsWith(`node_modules/${name}`)),
    ),
  );
  expect(missing).toEqual([]);
});

test("the lock file names no registry", () => {
  expect(Object.values(packages).filter((each) => each.resolved !== undefined)).toEqual([]);
});

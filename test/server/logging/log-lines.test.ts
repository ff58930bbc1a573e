import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Messages of the calls that log at `warn` and above, by their last text; `log[level](…)` may be any of them. */
function loggedLines(): ReadonlySet<string> {
  const lines = new Set<string>();
  for (const file of globSync("src/**/*.ts")) {
    const source = readFileSync(file, "utf8");
    for (const call of source.matchAll(/(?:log|Log)(?:\.(?:warn|error|fatal)|\[[^\]]+\])\(/g)) {
      const [last] = textsOf(callAt(source, call.index + call[0].length - 1)).slice(-1);
      lines.add(last ?? `${file}: a line that is no plain text`);
    }
  }
  return lines;
}

/** The arguments of a call, brackets included; `open`: where its bracket opens. */
function callAt(source: string, open: number): string {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if (source[at] === "(") depth++;
    if (source[at] === ")" && --depth === 0) return source.slice(open, at + 1);
  }
  return "";
}

const textsOf = (call: string) => [...call.matchAll(/"([^"\n]*)"/g)].map((match) => match[1]!);

/** The lines that docs/operations.md explains, in its tables of `warn` and `error`. */
function explainedLines(): ReadonlySet<string> {
  const rows = readFileSync("docs/operations.md", "utf8").split("\n");
  const lines = new Set<string>();
  for (const level of ["error", "warn"]) {
    const from = rows.indexOf(`| at \`${level}\` | means |`) + 2;
    for (const row of rows.slice(from, rows.indexOf("", from)))
      for (const name of row.split(" | ")[0]!.matchAll(/`([^`]+)`/g)) lines.add(name[1]!);
  }
  return lines;
}

test("each line at warn and above is explained to whoever runs the server, and no other", () => {
  const [logged, explained] = [loggedLines(), explainedLines()];
  expect(logged.size).toBeGreaterThan(40);
  expect([...logged].filter((line) => !explained.has(line))).toEqual([]);
  expect([...explained].filter((line) => !logged.has(line))).toEqual([]);
});

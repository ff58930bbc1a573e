/**
 * Runs the checks and tests of `npm run test:quick` (`--quick`), `npm test` and `npm run test:soak` (`--soak`; with
 * `--minutes N` also N minutes of the endurance test). Other arguments go to vitest: `npm test -- test/coach`. Every step
 * runs, whatever the ones before it said; the last line counts steps and tests.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { checkImports, checkPackages, type Outcome, runTool, type Step } from "./check-steps.ts";
import { RunFolder } from "./run-folder.ts";
import { runProgram } from "./run-program.ts";

type Mode = "quick" | "all" | "soak";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Slowest first, so that none is left for the end on one core. */
const checks: readonly Step[] = [
  { name: "types", run: () => runTool(["typescript/bin/tsc", "-p", "."]) },
  { name: "format and lint", run: () => runTool(["@biomejs/biome/bin/biome", "check", "."]) },
  { name: "import rule", run: checkImports },
  { name: "unused code", run: () => runTool(["knip/bin/knip.js", "--no-progress"]) },
  { name: "packages", run: checkPackages },
];

/** Vitest's projects by mode; `packages` asks the network and is left out of the quick run. */
const projects: Record<Mode, readonly string[]> = {
  quick: ["quick"],
  all: ["quick", "integration"],
  soak: ["soak"],
};

const none: Counts = { passed: 0, failed: 0, skipped: 0 };
const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

const verdicts: string[] = [];

/** Runs one step, prints how it ended, and counts it as one. */
async function runStep({ name, run }: Step): Promise<boolean> {
  const startedAt = performance.now();
  let outcome: Outcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = { ok: false, details: String(error instanceof Error ? error.stack : error) };
  }
  const { ok, note, details } = outcome;
  const seconds = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const verdict = `${ok ? "✓" : "✗"} ${name} (${note ? `${note}, ` : ""}${seconds})`;
  console.log(verdict);
  if (!ok && details) console.log(details.trimEnd());
  verdicts.push(`  ${verdict}`);
  return ok;
}

/** Runs the checks side by side, at most one for each core. */
async function runChecks(steps: readonly Step[]): Promise<Counts> {
  const waiting = [...steps];
  let counts = none;
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const ok = await runStep(step);
      counts = add(counts, { ...none, [ok ? "passed" : "failed"]: 1 });
    }
  };
  await Promise.all(cpus().map(work));
  return counts;
}

/**
 * Runs vitest's projects of a mode, and names what they leave in their temporary folder; the step "tests" itself is
 * counted beside the tests.
 */
async function runTests(mode: Mode, args: readonly string[]): Promise<Counts> {
  const folder = new RunFolder();
  const file = folder.file("tests.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const chosen = projects[mode].map((name) => `--project=${name}`);
  let tests = none;
  try {
    const ok = await runStep({
      name: mode === "soak" ? "soak tests" : "tests",
      run: async () => {
        const { code } = await runProgram(
          ["vitest/vitest.mjs", "run", ...chosen, ...reporters, ...args],
          "show",
          { TMPDIR: folder.temporary },
        );
        tests = readReport(file);
        return { ok: code === 0, note: `${tests.passed + tests.failed} cases` };
      },
    });
    const left = folder.leftBehind();
    if (left.length > 0) verdicts.push(`  ! left in the temporary folder: ${left.join(", ")}`);
    return add(tests, { ...none, [ok ? "passed" : "failed"]: 1 });
  } finally {
    folder.remove();
  }
}

/** @throws Error when vitest ended before it wrote a report. */
function readReport(file: string): Counts {
  const report: TestReport = JSON.parse(readFileSync(file, "utf8"));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Adds the counts of earlier runs, where CHECK_TOTALS names a file for them: several commands in a row (`.ci/run`) then
 * end in one closing line.
 */
function addEarlier(counts: Counts): Counts {
  const { CHECK_TOTALS: file } = process.env;
  if (!file) return counts;
  let earlier = none;
  try {
    earlier = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // The first of them: there is no file yet, or an empty one.
  }
  const sum = add(earlier, counts);
  writeFileSync(file, JSON.stringify(sum));
  return sum;
}

/** Takes `--minutes N` out of the arguments and hands it on to the endurance test; ends the process where it is wrong. */
function takeMinutes(mode: Mode, args: string[]): void {
  const at = args.findIndex((arg) => /^--minutes(=|$)/.test(arg));
  if (at < 0) return;
  const [flag = "", next] = args.slice(at, at + 2);
  const [, minutes = next] = flag.split("=");
  args.splice(at, flag.includes("=") ? 1 : 2);
  if (mode === "soak" && Number(minutes) > 0) {
    process.env.SOAK_MINUTES = minutes;
    return;
  }
  console.error(
    mode === "soak"
      ? "--minutes must be followed by a number above 0: npm run test:soak -- --minutes 60"
      : "--minutes is for npm run test:soak",
  );
  process.exit(1);
}

const mode: Mode = process.argv.includes("--quick")
  ? "quick"
  : process.argv.includes("--soak")
    ? "soak"
    : "all";
const args = process.argv.slice(2).filter((arg) => arg !== `--${mode}`);
takeMinutes(mode, args);
let counts = none;
if (mode !== "soak")
  counts = await runChecks(mode === "quick" ? checks.filter(({ name }) => name !== "packages") : checks);
counts = add(counts, await runTests(mode, args));
console.log(`\n${verdicts.join("\n")}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
const { passed, failed, skipped } = addEarlier(counts);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);

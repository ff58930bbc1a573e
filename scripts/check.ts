/**
 * What `npm test` and CI run: format and lint, the import rule, the doors, types, known holes of packages, every test.
 * Every step runs, whatever the ones before it said; the last line counts steps and tests. Arguments go to vitest:
 * `npm test -- test/coach`.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { askRegistry, type Finding, readAccepted, readAudit } from "./audit.ts";
import { findOpenDoors } from "./doors.ts";

interface Outcome {
  readonly ok: boolean;
  /** Shown behind the step's name. */
  readonly note?: string;
  /** Shown below it when it failed. */
  readonly details?: string;
  readonly tests?: { readonly passed: number; readonly failed: number; readonly skipped: number };
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

const root = join(import.meta.dirname, "..");
const modules = join(root, "node_modules");

const steps: readonly Step[] = [
  { name: "format and lint", run: () => runTool(["@biomejs/biome/bin/biome", "check", "."]) },
  { name: "import rule", run: checkImports },
  { name: "doors", run: checkDoors },
  { name: "types", run: () => runTool(["typescript/bin/tsc", "-p", "."]) },
  { name: "packages", run: checkPackages },
  { name: "tests", run: () => runTests(process.argv.slice(2)) },
];

/** Runs a package's program with this very Node; what it prints is kept, or shown as it comes. */
function runProgram(
  [program, ...args]: readonly string[],
  show = false,
): Promise<{ code: number; out: string; all: string }> {
  return new Promise((resolve) => {
    const path = [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter);
    const child = spawn(process.execPath, [join(modules, program ?? ""), ...args], {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let out = "";
    let all = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      all += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      all += text;
    });
    child.on("error", (error) => resolve({ code: 1, out, all: `${all}${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, out, all }));
  });
}

async function runTool(command: readonly string[]): Promise<Outcome> {
  const { code, all } = await runProgram(command);
  return { ok: code === 0, details: all };
}

interface Cruise {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string; readonly severity: string };
      readonly comment?: string;
    }[];
  };
}

/**
 * Asks dependency-cruiser for data and prints the violations itself: its own report ends in advice to install an older
 * TypeScript, which does not apply, since the sources are parsed with swc. That they were parsed is checked here.
 */
async function checkImports(): Promise<Outcome> {
  const { out, all } = await runProgram([
    "dependency-cruiser/bin/dependency-cruiser.mjs",
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
    "src",
    "web",
  ]);
  let cruise: Cruise;
  try {
    cruise = JSON.parse(out);
  } catch {
    return { ok: false, details: all };
  }
  const seen = new Set(cruise.modules.map(({ source }) => source));
  const missed = globSync("src/**/*.ts", { cwd: root }).filter(
    (path) => !seen.has(path.replaceAll(sep, "/")),
  );
  const problems = [
    ...cruise.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`),
    ...missed.map((path) => `not looked at: ${path}`),
  ];
  return { ok: problems.length === 0, note: `${seen.size} modules`, details: problems.join("\n") };
}

async function checkDoors(): Promise<Outcome> {
  const paths = globSync("src/**/*.ts", { cwd: root });
  const open = paths.flatMap((path) =>
    findOpenDoors(path.replaceAll(sep, "/"), readFileSync(join(root, path), "utf8")),
  );
  const details = open.map(({ path, line, what }) => `${path}:${line} ${what}`).join("\n");
  return { ok: open.length === 0, note: `${paths.length} files`, details };
}

/** A registry that cannot say, or no network, is told and is no failure: the code is as good as it was. */
async function checkPackages(): Promise<Outcome> {
  const today = new Date().toISOString().slice(0, 10);
  const audit = readAudit(await askRegistry(root), readAccepted(), today);
  if ("unchecked" in audit) return { ok: true, note: `not checked: ${audit.unchecked}` };
  const tell = ({ package: name, range, severity, title, advisory }: Finding) =>
    `${name} ${range}: ${severity}, ${title} (${advisory})`;
  const notes = [`${audit.packages} packages`];
  if (audit.accepted.length > 0) notes.push(`${audit.accepted.length} accepted for now`);
  if (audit.idle.length > 0)
    notes.push(`no longer needed: ${audit.idle.map((entry) => entry.advisory).join(", ")}`);
  return { ok: audit.open.length === 0, note: notes.join(", "), details: audit.open.map(tell).join("\n") };
}

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

async function runTests(args: readonly string[]): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), "kuku-check-"));
  try {
    const file = join(directory, "tests.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    console.log("");
    const { code } = await runProgram(["vitest/vitest.mjs", "run", ...reporters, ...args], true);
    return { ok: code === 0, ...readReport(file) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readReport(file: string): Pick<Outcome, "tests" | "details"> {
  try {
    const report: TestReport = JSON.parse(readFileSync(file, "utf8"));
    const skipped = report.numPendingTests + report.numTodoTests;
    return { tests: { passed: report.numPassedTests, failed: report.numFailedTests, skipped } };
  } catch {
    return { details: "the tests left no report" };
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
for (const { name, run } of steps) {
  const startedAt = performance.now();
  process.stdout.write(`▸ ${name} … `);
  let outcome: Outcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = { ok: false, details: String(error instanceof Error ? error.stack : error) };
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const { ok, note, details, tests } = outcome;
  const verdict = `${ok ? "ok" : "FAILED"} (${note ? `${note}, ` : ""}${seconds} s)`;
  console.log(tests ? `▸ ${name} ${verdict}` : verdict);
  if (!ok && details) console.log(details.trimEnd());
  lines.push(`  ${ok ? "✓" : "✗"} ${name} ${verdict}`);
  total[ok ? "passed" : "failed"] += 1;
  total.passed += tests?.passed ?? 0;
  total.failed += tests?.failed ?? 0;
  total.skipped += tests?.skipped ?? 0;
}
console.log(`\n${lines.join("\n")}\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

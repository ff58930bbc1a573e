/** The checks that `scripts/check.ts` runs before the tests. */
import { globSync } from "node:fs";
import { sep } from "node:path";
import { askRegistry, type Finding, readAccepted, readAudit } from "./audit.ts";
import { root, runProgram } from "./run-program.ts";

export interface Outcome {
  readonly ok: boolean;
  /** Shown behind the step's name. */
  readonly note?: string;
  /** Shown below it when it failed. */
  readonly details?: string;
}

export interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

/** Runs a program whose exit code tells; see `runProgram`. */
export async function runTool(command: readonly string[]): Promise<Outcome> {
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
export async function checkImports(): Promise<Outcome> {
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

/** A registry that cannot say, or no network, is told and is no failure: the code is as good as it was. */
export async function checkPackages(): Promise<Outcome> {
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

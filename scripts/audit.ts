/** The packages a server runs on, held against the known holes: what `npm audit` answers, and what of it is accepted. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A hole that was looked at and is lived with for a while. */
export interface Accepted {
  /** As in the advisory's address: `GHSA-3h5v-q93c-6h6q`. */
  readonly advisory: string;
  readonly package: string;
  /** Why it does no harm here. */
  readonly reason: string;
  /** The last day it is accepted, `2027-01-31`. */
  readonly until: string;
}

export interface Finding {
  readonly advisory: string;
  readonly package: string;
  readonly severity: string;
  readonly title: string;
  /** Versions that have it. */
  readonly range: string;
}

/** `unchecked`: why nobody could say. */
export type Audit =
  | { readonly unchecked: string }
  | {
      /** How many packages were looked at. */
      readonly packages: number;
      /** High and critical ones that nobody has accepted, or no longer. */
      readonly open: readonly Finding[];
      readonly accepted: readonly Finding[];
      /** Entries of the list that nothing answers to any more. */
      readonly idle: readonly Accepted[];
    };

interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>;
  readonly metadata?: { readonly dependencies?: { readonly prod?: number; readonly total?: number } };
  readonly statusCode?: number;
  readonly message?: string;
  readonly error?: { readonly code?: string; readonly summary?: string };
}

interface Advisory {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly severity: string;
  readonly range: string;
}

/**
 * Reads what `npm audit --json` printed.
 * @param today `2026-11-23`
 */
export function readAudit(printed: string, accepted: readonly Accepted[], today: string): Audit {
  const report = readReport(printed);
  if (report === undefined) return { unchecked: "npm printed no report" };
  if (report.auditReportVersion === undefined || report.vulnerabilities === undefined)
    return { unchecked: whyNot(report) };
  const findings = severe(report.vulnerabilities);
  const answers = ({ advisory, package: name }: Accepted, finding: Finding) =>
    finding.advisory === advisory && finding.package === name;
  const isAccepted = (finding: Finding) =>
    accepted.some((entry) => answers(entry, finding) && today <= entry.until);
  const { prod, total } = report.metadata?.dependencies ?? {};
  return {
    packages: prod ?? total ?? 0,
    open: findings.filter((finding) => !isAccepted(finding)),
    accepted: findings.filter(isAccepted),
    idle: accepted.filter((entry) => !findings.some((finding) => answers(entry, finding))),
  };
}

function readReport(printed: string): Report | undefined {
  try {
    const report: unknown = JSON.parse(printed);
    return typeof report === "object" && report !== null ? report : undefined;
  } catch {
    return undefined;
  }
}

/** Of a registry without the endpoint, or none at all; its address is nobody's business. */
function whyNot({ statusCode, error, message }: Report): string {
  if (statusCode !== undefined) return `the registry answers ${statusCode}`;
  return error?.code ?? (message === undefined ? "npm printed no report" : "the registry does not answer");
}

function severe(vulnerabilities: NonNullable<Report["vulnerabilities"]>): Finding[] {
  const found = new Map<string, Finding>();
  // A text names another entry, which has the advisory itself.
  for (const via of Object.values(vulnerabilities).flatMap((entry) => entry.via)) {
    if (typeof via === "string" || (via.severity !== "high" && via.severity !== "critical")) continue;
    const { name, severity, title, range } = via;
    const advisory = via.url.split("/").at(-1) ?? via.url;
    found.set(`${advisory} ${name}`, { advisory, package: name, severity, title, range });
  }
  return [...found.values()];
}

/** The list of `scripts/audit-accepted.json`. */
export function readAccepted(): readonly Accepted[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "audit-accepted.json"), "utf8"));
}

/** Asks the configured registry; what `npm audit` prints, or nothing where there is no npm. */
export function askRegistry(root: string): Promise<string> {
  const asked = [
    "audit",
    "--omit=dev",
    "--audit-level=high",
    "--json",
    "--fetch-retries=0",
    "--fetch-timeout=20000",
  ];
  // Under `npm test` it is said where npm is.
  const { npm_execpath: npm } = process.env;
  const [program, args] = npm?.endsWith(".js") ? [process.execPath, [npm, ...asked]] : ["npm", asked];
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.on("error", () => resolve(""));
    child.on("close", () => resolve(out));
  });
}

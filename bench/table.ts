/** The bench's tables: ours beside the bare server, and the ratio. */
import type { Figure, Window } from "./measure.ts";
import { median, percentile } from "./statistics.ts";

/** Writing later than this at p99, the generator is itself the bottleneck and its figures are marked. */
const lateAbove = 5;

/** Share of its core above which a server had no more to give. */
const saturatedAbove = 0.97;

/** One line of the table. */
export interface Row {
  readonly target: Figure["target"];
  readonly sessions: number;
  readonly p50: number;
  readonly p99: number;
  readonly turns: number;
  readonly cpuPerSessionMinute: number;
  readonly coreShare: number;
  readonly loopShare: number;
  readonly heldPerSession: number | undefined;
  readonly residentPerSession: number | undefined;
  readonly lateness: number;
  readonly early: number;
  readonly failures: number;
  readonly firstFailures: readonly string[];
}

/** Joins a figure's windows: latencies pooled, the worst lateness, failures added, the rest by median. */
export function row({ windows, ...figure }: Figure): Row {
  const latencies = windows.flatMap((window) => window.latencies);
  const middle = (pick: (window: Window) => number) => median(windows.map(pick));
  return {
    ...figure,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    turns: latencies.length,
    cpuPerSessionMinute: middle((window) => window.cpuPerSessionMinute),
    coreShare: middle((window) => window.coreShare),
    loopShare: middle((window) => window.loopShare),
    lateness: Math.max(...windows.map((window) => window.lateness)),
    early: windows.reduce((sum, window) => sum + window.early, 0),
    failures: windows.reduce((sum, window) => sum + window.failures, 0),
    firstFailures: windows.flatMap((window) => window.firstFailures).slice(0, 3),
  };
}

const columns = [
  "N",
  "server",
  "p50 ms",
  "p99 ms",
  "turns",
  "CPU s/session-min",
  "× bare",
  "core %",
  "busy %",
  "KB/session",
  "RSS KB/session",
  "late p99 ms",
];

function cells(line: Row, bare: Row | undefined): string[] {
  const kilobytes = (bytes: number | undefined) => (bytes === undefined ? "–" : (bytes / 1024).toFixed(0));
  const ratio =
    bare && line.target !== "bare" ? line.cpuPerSessionMinute / bare.cpuPerSessionMinute : undefined;
  return [
    String(line.sessions),
    line.target,
    line.p50.toFixed(1),
    line.p99.toFixed(1),
    String(line.turns),
    line.cpuPerSessionMinute.toFixed(4),
    line.target === "bare" ? "1" : (ratio?.toFixed(2) ?? "–"),
    (line.coreShare * 100).toFixed(1),
    (line.loopShare * 100).toFixed(1),
    kilobytes(line.heldPerSession),
    kilobytes(line.residentPerSession),
    line.lateness.toFixed(1),
  ];
}

/** The rows as a markdown table, then what makes a row unreliable. */
export function table(rows: readonly Row[]): string {
  const bareAt = (sessions: number) =>
    rows.find((line) => line.target === "bare" && line.sessions === sessions);
  const body = rows.map((line) => cells(line, bareAt(line.sessions)));
  const widths = columns.map((title, column) =>
    Math.max(title.length, ...body.map((values) => values[column]!.length)),
  );
  const line = (values: readonly string[]) =>
    `| ${values.map((value, column) => value.padStart(widths[column]!)).join(" | ")} |`;
  const rule = `|${widths.map((width) => `${"-".repeat(width + 1)}:`).join("|")}|`;
  return [line(columns), rule, ...body.map(line), ...rows.flatMap(doubts)].join("\n");
}

function doubts(line: Row): string[] {
  const at = `N = ${line.sessions}, ${line.target}`;
  const found: string[] = [];
  if (line.lateness > lateAbove)
    found.push(`UNRELIABLE (${at}): the generator wrote ${line.lateness.toFixed(1)} ms late at p99.`);
  if (line.loopShare > line.coreShare + 0.1 && line.loopShare > 1.25 * line.coreShare)
    found.push(
      `DOUBTFUL (${at}): the server was busy longer than it had the core; something else ran there.`,
    );
  if (line.coreShare > saturatedAbove)
    found.push(
      `SATURATED (${at}): the core is full; latencies are a queue's and CPU per session is cut off.`,
    );
  if (line.early > line.turns / 100)
    found.push(
      `DOUBTFUL (${at}): ${line.early} turns ended sooner than rehearsed; their latency is not counted.`,
    );
  if (line.failures > 0) found.push(`FAILURES (${at}): ${line.failures}; ${line.firstFailures.join(" · ")}`);
  return found;
}

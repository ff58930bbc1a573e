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
  /** Of the first server's in the same round, one a round; 1 for that itself. */
  readonly ratios: readonly number[];
  readonly coreShare: number;
  readonly loopShare: number;
  /** Most of the machine that others used in a round, and the median; absent where the system does not tell. */
  readonly others: { readonly median: number; readonly most: number } | undefined;
  readonly heldPerSession: number | undefined;
  readonly residentPerSession: number | undefined;
  readonly lateness: number;
  readonly early: number;
  readonly failures: number;
  readonly firstFailures: readonly string[];
}

/**
 * Joins a figure's windows: latencies pooled, the worst lateness, failures added, the rest by median.
 * @param yardstick figure of the first server
 */
export function row({ windows, ...figure }: Figure, yardstick: Figure): Row {
  const latencies = windows.flatMap((window) => window.latencies);
  const middle = (pick: (window: Window) => number) => median(windows.map(pick));
  return {
    ...figure,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    turns: latencies.length,
    cpuPerSessionMinute: middle((window) => window.cpuPerSessionMinute),
    ratios: windows.map(
      ({ cpuPerSessionMinute }, round) => cpuPerSessionMinute / yardstick.windows[round]!.cpuPerSessionMinute,
    ),
    coreShare: middle((window) => window.coreShare),
    loopShare: middle((window) => window.loopShare),
    others: othersIn(windows),
    lateness: Math.max(...windows.map((window) => window.lateness)),
    early: windows.reduce((sum, window) => sum + window.early, 0),
    failures: windows.reduce((sum, window) => sum + window.failures, 0),
    firstFailures: windows.flatMap((window) => window.firstFailures).slice(0, 3),
  };
}

function othersIn(windows: readonly Window[]): Row["others"] {
  const shares = windows.flatMap(({ beside }) => (beside ? [beside.others / beside.cores] : []));
  return shares.length > 0 ? { median: median(shares), most: Math.max(...shares) } : undefined;
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

function cells(line: Row): string[] {
  const kilobytes = (bytes: number | undefined) => (bytes === undefined ? "–" : (bytes / 1024).toFixed(0));
  return [
    String(line.sessions),
    line.target,
    line.p50.toFixed(1),
    line.p99.toFixed(1),
    String(line.turns),
    line.cpuPerSessionMinute.toFixed(4),
    range(line.ratios),
    (line.coreShare * 100).toFixed(1),
    (line.loopShare * 100).toFixed(1),
    kilobytes(line.heldPerSession),
    kilobytes(line.residentPerSession),
    line.lateness.toFixed(1),
  ];
}

/** The median, and in brackets the lowest and the highest where they differ. */
export function range(values: readonly number[]): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
    value.toFixed(2),
  );
  return least === most ? `${middle}` : `${middle} (${least}–${most})`;
}

/** The rows as a markdown table, then how quiet the machine was and what makes a row unreliable. */
export function table(rows: readonly Row[]): string {
  return [
    markdown(columns, rows.map(cells)),
    "",
    ...rows.map(quietness),
    ...rows.flatMap((each) => doubts(each)),
  ].join("\n");
}

/** A markdown table, right-aligned. */
export function markdown(columns: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = columns.map((title, column) =>
    Math.max(title.length, ...body.map((values) => values[column]!.length)),
  );
  const line = (values: readonly string[]) =>
    `| ${values.map((value, column) => value.padStart(widths[column]!)).join(" | ")} |`;
  const rule = `|${widths.map((width) => `${"-".repeat(width + 1)}:`).join("|")}|`;
  return [line(columns), rule, ...body.map(line)].join("\n");
}

/** How quiet the machine was while a row was measured. */
export function quietness({ sessions, target, others, lateness }: Row): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const told = others
    ? `others used ${percent(others.median)} of the machine, ${percent(others.most)} at most`
    : "what others used is not known here";
  return `N = ${sessions}, ${target}: ${told}; the load wrote ${lateness.toFixed(1)} ms late at p99.`;
}

/** What makes a row unreliable. `cores`: those that the server may fill. */
export function doubts(line: Row, cores = 1): string[] {
  const at = `N = ${line.sessions}, ${line.target}`;
  const found: string[] = [];
  if (line.lateness > lateAbove)
    found.push(`UNRELIABLE (${at}): the generator wrote ${line.lateness.toFixed(1)} ms late at p99.`);
  if (line.loopShare > line.coreShare + 0.1 && line.loopShare > 1.25 * line.coreShare)
    found.push(
      `DOUBTFUL (${at}): the server was busy longer than it had the core; something else ran there.`,
    );
  if (line.coreShare > saturatedAbove * cores)
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

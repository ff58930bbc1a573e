/** One figure at a time: N sessions against one server, for so many seconds. */
import { setTimeout as wait } from "node:timers/promises";
import type { Child } from "./child.ts";
import type { CrowdOptions, Sighting } from "./load/crowd.ts";
import { percentile } from "./statistics.ts";
import type { Memory, Usage } from "./targets/usage.ts";
import type { TurnShape, Workload } from "./workload.ts";

export interface Target {
  readonly name: "bare" | "kuku";
  readonly child: Child;
  readonly port: number;
}

/** What was seen in one stretch of time. */
export interface Window {
  /** End of turn → first byte of reply audio as the client saw it, ms, one for each turn answered. */
  readonly latencies: readonly number[];
  /** Server processor seconds for one session to live one minute. */
  readonly cpuPerSessionMinute: number;
  /** Share of one core the server used. */
  readonly coreShare: number;
  /** Share of the time the event loop was not idle: more than `coreShare` when others took the core. */
  readonly loopShare: number;
  /** p99 of how late the generator wrote, ms. */
  readonly lateness: number;
  readonly early: number;
  readonly failures: number;
  readonly firstFailures: readonly string[];
}

/** One server with N sessions. */
export interface Figure {
  readonly target: Target["name"];
  readonly sessions: number;
  readonly windows: readonly Window[];
  /** Growth against the empty server, bytes a session; undefined below 100 sessions, where it is noise. */
  readonly heldPerSession: number | undefined;
  readonly residentPerSession: number | undefined;
}

export interface MeasureOptions {
  readonly target: Target;
  readonly generator: Child;
  readonly sessions: number;
  readonly workload: Workload;
  readonly shape: TurnShape;
  /** Length of a window. */
  readonly seconds: number;
  readonly windows: number;
  readonly seed: number;
}

const warmUpSessions = 100;
const warmUpSeconds = 3;
const settleSeconds = 2;
const memoryFrom = 100;

const crowdOptions = (options: MeasureOptions, sessions = options.sessions): CrowdOptions => ({
  port: options.target.port,
  sessions,
  workload: options.workload,
  answerAfter: options.shape.answerAfter,
  seed: options.seed,
});

/** Lets the server's code be compiled as it is in one that has run for a while. */
export async function warmUp(options: MeasureOptions): Promise<void> {
  await options.generator.ask("gather", crowdOptions(options, warmUpSessions));
  await options.generator.ask("speak");
  await wait(warmUpSeconds * 1000);
  await leave(options);
}

/** Gathers the crowd, lets it settle until every session speaks, measures, takes the memory, and sends it home. */
export async function measure(options: MeasureOptions): Promise<Figure> {
  const { target, generator, sessions } = options;
  const empty = await target.child.ask<Memory>("memory");
  await generator.ask("gather", crowdOptions(options));
  await generator.ask("speak");
  await wait(settleSeconds * 1000);
  const windows: Window[] = [];
  for (let round = 0; round < options.windows; round++) windows.push(await observe(options));
  const full = await target.child.ask<Memory>("memory");
  await leave(options);
  const perSession = (bytes: number) => (sessions >= memoryFrom ? bytes / sessions : undefined);
  return {
    target: target.name,
    sessions,
    windows,
    heldPerSession: perSession(full.held - empty.held),
    residentPerSession: perSession(full.resident - empty.resident),
  };
}

/** Looks at the crowd while it speaks. */
async function observe({ target, generator, sessions, seconds }: MeasureOptions): Promise<Window> {
  const before = await target.child.ask<Usage>("usage");
  await generator.ask("mark");
  await wait(seconds * 1000);
  const after = await target.child.ask<Usage>("usage");
  const seen = await generator.ask<Sighting>("sighting");
  const elapsed = after.at - before.at;
  const cpu = after.cpuSeconds - before.cpuSeconds;
  return {
    latencies: seen.latencies,
    cpuPerSessionMinute: (cpu / elapsed / sessions) * 60,
    coreShare: cpu / elapsed,
    loopShare: (after.loopSeconds - before.loopSeconds) / elapsed,
    lateness: percentile(seen.lateness, 0.99),
    early: seen.early,
    failures: seen.failures,
    firstFailures: seen.firstFailures,
  };
}

async function leave({ generator, target }: MeasureOptions): Promise<void> {
  await generator.ask("leave");
  for (let waited = 0; waited < 5000; waited += 50) {
    if ((await target.child.ask<number>("sessions")) === 0) return;
    await wait(50);
  }
  throw new Error(`${target.name} still has sessions 5 s after every client left`);
}

/** Figures of servers that take turns: N sessions at each, of which those of one server speak at a time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Child } from "./child.ts";
import type { CrowdOptions, Sighting } from "./load/crowd.ts";
import { machineUsage, processorTime } from "./process-usage.ts";
import { percentile } from "./statistics.ts";
import type { Memory, Usage } from "./targets/usage.ts";
import type { TurnShape, Workload } from "./workload.ts";

export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** Multiple of the sessions asked for that speak to it; default 1. */
  readonly share?: number;
  usage(): Promise<Usage>;
  /** Absent: not measured. */
  readonly memory?: () => Promise<Memory>;
  /** Open connections. */
  sessions(): Promise<number>;
}

/** Figures of one stretch of time. */
export interface Window {
  /** End of turn → first byte of reply audio as the client saw it, ms, one for each turn answered. */
  readonly latencies: readonly number[];
  /** Server processor seconds for one session to live one minute. */
  readonly cpuPerSessionMinute: number;
  /** Share of one core the server used. */
  readonly coreShare: number;
  /** Share of the time the event loop was not idle: more than `coreShare` when others took the core. */
  readonly loopShare: number;
  /** Processor time of the rest, where the system tells it. */
  readonly beside: Beside | undefined;
  /** p99 of how late the generator wrote, ms. */
  readonly lateness: number;
  readonly early: number;
  readonly failures: number;
  readonly firstFailures: readonly string[];
}

/** Processor time of all but the server, in cores. */
interface Beside {
  readonly load: number;
  /** The database. */
  readonly database: number;
  /** Processes that are none of the bench's, and what the host gave to other machines. */
  readonly others: number;
  /** Cores of the machine. */
  readonly cores: number;
}

/** One server with N sessions. */
export interface Figure {
  readonly target: string;
  readonly sessions: number;
  /** One a round. */
  readonly windows: readonly Window[];
  /** Growth against the empty server, bytes a session; undefined below 100 sessions, where it is noise. */
  readonly heldPerSession: number | undefined;
  readonly residentPerSession: number | undefined;
}

export interface MeasureOptions {
  readonly generator: Child;
  readonly sessions: number;
  readonly workload: Workload;
  readonly shape: Pick<TurnShape, "answerAfter">;
  /** Length of a window. */
  readonly seconds: number;
  readonly rounds: number;
}

const warmUpSessions = 100;
const warmUpSeconds = 3;
const settleSeconds = 2;
const memoryFrom = 100;
/** Until a server has ended the sessions whose clients left: the target's time for a socket that comes back, and a margin. */
const endedSeconds = 3;

const sessionsAt = ({ share = 1 }: Target, { sessions }: MeasureOptions) => share * sessions;

const crowdOptions = (target: Target, options: MeasureOptions): CrowdOptions => ({
  port: target.port,
  sessions: sessionsAt(target, options),
  workload: options.workload,
  answerAfter: options.shape.answerAfter,
  seed: options.sessions,
});

/** Lets a server's code be compiled as it is in one that has run for a while. */
export async function warmUp(target: Target, options: MeasureOptions): Promise<void> {
  const { generator } = options;
  await generator.ask("gather", crowdOptions(target, { ...options, sessions: warmUpSessions }));
  await generator.ask("speak", target.port);
  await wait(warmUpSeconds * 1000);
  await leave(target, generator);
}

/**
 * Gathers a crowd at each server, lets them speak in turn, round after round, and sends them home. Whatever else the
 * machine does meets all servers alike, so that figures of one round compare.
 */
export async function measure(targets: readonly Target[], options: MeasureOptions): Promise<Figure[]> {
  const { generator, rounds } = options;
  const crowds = targets.map((target) => ({ target, windows: [] as Window[], grown: [0, 0] }));
  for (const { target, grown } of crowds) grow(grown, -1, await target.memory?.());
  for (const { target } of crowds) await generator.ask("gather", crowdOptions(target, options));
  for (let round = 1; round <= rounds; round++)
    for (const { target, windows, grown } of crowds) {
      await generator.ask("speak", target.port);
      await wait(settleSeconds * 1000);
      windows.push(await observe(target, targets, options));
      await generator.ask("pause", target.port);
      if (round === rounds) grow(grown, 1, await target.memory?.());
    }
  for (const { target } of crowds) await leave(target, generator);
  return crowds.map(({ target, windows, grown }) => {
    const sessions = sessionsAt(target, options);
    const [held, resident] = grown.map((bytes) =>
      target.memory && sessions >= memoryFrom ? bytes / sessions : undefined,
    );
    return {
      target: target.name,
      sessions,
      windows,
      heldPerSession: held,
      residentPerSession: resident,
    };
  });
}

function grow(grown: number[], sign: 1 | -1, { held, resident }: Memory = { held: 0, resident: 0 }): void {
  grown[0]! += sign * held;
  grown[1]! += sign * resident;
}

/** Looks at the crowd while it speaks. */
async function observe(target: Target, targets: readonly Target[], options: MeasureOptions): Promise<Window> {
  const { generator, seconds } = options;
  const pids = [generator.pid, ...targets.map(({ pid }) => pid)];
  const machineBefore = readMachine(pids);
  const before = await target.usage();
  await generator.ask("mark", target.port);
  await wait(seconds * 1000);
  const after = await target.usage();
  const seen = await generator.ask<Sighting>("sighting", target.port);
  const machine = machineBefore && besideServer(machineBefore, readMachine(pids)!);
  const elapsed = after.at - before.at;
  const cpu = after.cpuSeconds - before.cpuSeconds;
  return {
    latencies: seen.latencies,
    cpuPerSessionMinute: (cpu / elapsed / sessionsAt(target, options)) * 60,
    coreShare: cpu / elapsed,
    loopShare: (after.loopSeconds - before.loopSeconds) / elapsed,
    beside: machine,
    lateness: percentile(seen.lateness, 0.99),
    early: seen.early,
    failures: seen.failures,
    firstFailures: seen.firstFailures,
  };
}

type MachineReading = NonNullable<ReturnType<typeof readMachine>>;

function readMachine(pids: readonly number[]) {
  const usage = machineUsage([process.pid, ...pids]);
  return usage && { ...usage, at: performance.now(), self: processorTime("self") };
}

function besideServer(before: MachineReading, after: MachineReading): Beside {
  const elapsed = after.at - before.at;
  const cores = (value: (of: MachineReading) => number) => (value(after) - value(before)) / elapsed;
  const [ours = 0, load = 0, ...servers] = before.families.map((_, i) => cores((of) => of.families[i]!));
  const serving = servers.reduce((sum, each) => sum + each, 0);
  return {
    load,
    database: ours - cores((of) => of.self) - load - serving,
    others: cores((of) => of.busy) - ours,
    cores: cores((of) => of.total),
  };
}

async function leave(target: Target, generator: Child): Promise<void> {
  await generator.ask("leave", target.port);
  for (let waited = 0; waited < 5000; waited += 50) {
    if ((await target.sessions()) === 0) return wait(endedSeconds * 1000);
    await wait(50);
  }
  throw new Error(`${target.name} still has sessions 5 s after every client left`);
}

/** Processor time and memory of other processes and of the machine, read from Linux's /proc. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Length of a tick of /proc, ms. */
const tickMs = 10;

interface ProcessTimes {
  readonly parent: number;
  /** Of all its threads, ms. */
  readonly own: number;
  /** Of its children that have ended, and theirs, ms. */
  readonly ended: number;
}

function timesOf(pid: number | string): ProcessTimes {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ").map(Number) ?? [];
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { parent, own: (user + system) * tickMs, ended: (endedUser + endedSystem) * tickMs };
}

/** Processor time of a process so far (`self`: this one), all its threads, ms. */
export function processorTime(pid: number | string): number {
  return timesOf(pid).own;
}

/** Processor times of all processes that there are, by id. */
function readProcesses(): Map<number, ProcessTimes> {
  const all = new Map<number, ProcessTimes>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isNaN(pid)) continue;
    try {
      all.set(pid, timesOf(pid));
    } catch {} // ended meanwhile
  }
  return all;
}

/** Processor times since the start of the machine, or of the processes, ms. */
export interface MachineUsage {
  /** Of the machine. */
  readonly busy: number;
  /** Of the machine, idle or not. */
  readonly total: number;
  /** Of each process asked for, with its descendants. */
  readonly families: readonly number[];
}

/** Reads the machine's processor time and that of families of processes; undefined where there is no /proc. */
export function machineUsage(pids: readonly number[]): MachineUsage | undefined {
  if (!existsSync("/proc/stat")) return undefined;
  // user, nice, system, idle, iowait, irq, softirq, and steal: what the host gave to others.
  const times = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!.split(/\s+/).slice(1, 9).map(Number);
  const total = times.reduce((sum, time) => sum + time, 0);
  const idle = times[3]! + times[4]!;
  const all = readProcesses();
  const familyTime = (pid: number): number => {
    let time = (all.get(pid)?.own ?? 0) + (all.get(pid)?.ended ?? 0);
    for (const [child, { parent }] of all) if (parent === pid) time += familyTime(child);
    return time;
  };
  return { busy: (total - idle) * tickMs, total: total * tickMs, families: pids.map(familyTime) };
}

/** A size in a file of a process, such as `VmRSS` of `status`, MB. */
export function processSize(pid: number | string, file: "status" | "smaps_rollup", field: string): number {
  const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1024;
}

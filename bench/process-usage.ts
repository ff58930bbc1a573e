/** Processor time and memory of other processes, read from Linux's /proc. */
import { readFileSync } from "node:fs";

/** Processor time of a process so far (`self`: this one), all its threads, ms. */
export function processorTime(pid: number | string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A size in a file of a process, such as `VmRSS` of `status`, MB. */
export function processSize(pid: number | string, file: "status" | "smaps_rollup", field: string): number {
  const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1024;
}

/**
 * What a default start costs while nobody talks: time until it listens, memory once settled, processor time. `npm run
 * bench:idle -- [ROUNDS]` (Linux; each round takes two minutes) prints the first start on an empty folder and the next
 * one on the same folder; the median of the rounds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processorTime, processSize } from "./process-usage.ts";
import { median as medianOf } from "./statistics.ts";

/** From listening until memory has been released, and the stretch over which processor time is counted after it, ms. */
const settleMs = 30_000;
const quietMs = 30_000;

interface Figures {
  readonly startMs: number;
  readonly residentMb: number;
  readonly peakMb: number;
  readonly cpuPercent: number;
}

const main = new URL("../src/server/main.ts", import.meta.url).pathname;
async function observeStart(dataDir: string): Promise<Figures> {
  const from = performance.now();
  const server = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = server.pid as number;
  let printed = "";
  for await (const piece of server.stdout) {
    printed += String(piece);
    if (printed.includes("listens")) break;
  }
  const startMs = performance.now() - from;
  await wait(settleMs);
  const before = processorTime(pid);
  await wait(quietMs);
  const cpuPercent = ((processorTime(pid) - before) / quietMs) * 100;
  const [residentMb, peakMb] = ["VmRSS", "VmHWM"].map((field) => processSize(pid, "status", field)) as [
    number,
    number,
  ];
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
  return { startMs, residentMb, peakMb, cpuPercent };
}

const rounds: { first: Figures; next: Figures }[] = [];
console.log(`load of the machine before: ${loadavg()[0]?.toFixed(1)}`);
for (let round = 0; round < Number(process.argv[2] ?? 1); round++) {
  const dataDir = mkdtempSync(join(tmpdir(), "kuku-idle-"));
  try {
    rounds.push({ first: await observeStart(dataDir), next: await observeStart(dataDir) });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
const row = (name: "first" | "next") => {
  const median = (field: keyof Figures) =>
    Number(medianOf(rounds.map((round) => round[name][field])).toPrecision(3));
  return {
    start: name,
    "until it listens, ms": median("startMs"),
    "RSS, MB": median("residentMb"),
    "peak RSS, MB": median("peakMb"),
    "of a core, %": median("cpuPercent"),
  };
};
console.table([row("first"), row("next")]);

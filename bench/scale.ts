/**
 * `npm run bench:scale`: the cost of a session as sessions grow in number, with one worker process and with several that
 * have as many sessions each, in the same rounds. Processes lie wherever the system likes; the load's and the database's processor time is told apart.
 */
import { parseArgs } from "node:util";
import { startPostgres } from "../test/support/postgres.ts";
import { launch } from "./child.ts";
import { type Figure, measure, type Target, warmUp } from "./measure.ts";
import { machineUsage } from "./process-usage.ts";
import { scriptedEngines, startServer } from "./server.ts";
import { median } from "./statistics.ts";
import { doubts, markdown, quietness, type Row, range, row } from "./table.ts";
import { assumedShape, chunkMs, type Mode, modes, type Workload } from "./workload.ts";

const usage = `npm run bench:scale -- [--mode commit|vad] [--n 100,250,500,750,1000] [--workers 1,2] [--rounds 3] [--seconds 8]
--n   sessions of each worker
A number of workers is left out once it is full: its cores, or the machine's, have no more to give.`;

const { values: flags } = parseArgs({
  options: {
    mode: { type: "string", default: "commit" },
    n: { type: "string", default: "100,250,500,750,1000" },
    workers: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "8" },
    help: { type: "boolean", default: false },
  },
});
if (flags.help) {
  console.log(usage);
  process.exit(0);
}
const mode = flags.mode as Mode;
if (!modes.includes(mode)) throw new Error(`--mode: one of ${modes.join(", ")}`);
if (!machineUsage([])) throw new Error("bench:scale reads processor times from /proc, which is not here");

/** Length of a turn, s. */
const turnSeconds = 6;
/** Share of the cores from which on a server, or with load and database the machine, is full. */
const fullAbove = 0.97;
const workload: Workload = { mode, rate: 24_000, chunksPerTurn: (turnSeconds * 1000) / chunkMs };
const options = {
  workload,
  shape: assumedShape(workload),
  seconds: Number(flags.seconds),
  rounds: Number(flags.rounds),
};

interface Scaled extends Target {
  /** Its workers. */
  readonly share: number;
  stop(): Promise<void>;
}

async function start(workers: number, databaseUrl: string): Promise<Scaled> {
  const { child, port, stop } = await startServer({
    ...scriptedEngines,
    DATABASE_URL: databaseUrl,
    WORKERS: String(workers),
    MAX_SESSIONS: "100000",
  });
  const pid = child.pid as number;
  return {
    name: workers === 1 ? "1 worker" : `${workers} workers`,
    share: workers,
    pid,
    port,
    stop,
    usage: async () => ({
      cpuSeconds: (machineUsage([pid])?.families[0] ?? 0) / 1000,
      loopSeconds: 0,
      at: performance.now() / 1000,
    }),
    async sessions() {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^kuku_connections (\S+)$/m.exec(text)?.[1]);
    },
  };
}

const columns = [
  "N",
  "server",
  "p50 ms",
  "p99 ms",
  "CPU s/session-min",
  "× 1 worker",
  "cores: server",
  "load",
  "database",
  "others",
];

function cells(line: Row, { windows }: Figure): string[] {
  const beside = (part: "load" | "database" | "others") =>
    median(windows.map((window) => window.beside?.[part] ?? Number.NaN)).toFixed(2);
  return [
    String(line.sessions),
    line.target,
    line.p50.toFixed(1),
    line.p99.toFixed(1),
    line.cpuPerSessionMinute.toFixed(4),
    range(line.ratios),
    line.coreShare.toFixed(2),
    beside("load"),
    beside("database"),
    beside("others"),
  ];
}

/** Whether the server's cores or the machine's were full in most rounds. */
function isFull({ windows }: Figure, workers: number): boolean {
  const full = windows.map(({ coreShare, beside }) => {
    const { load, database, cores } = beside!;
    return coreShare > fullAbove * workers || coreShare + load + database > fullAbove * cores;
  });
  return full.filter(Boolean).length > full.length / 2;
}

/** The cost of a session at the largest number that fitted, beside that at the smallest. */
function growthOf(name: string, rows: readonly Row[]): string {
  const own = rows.filter(({ target }) => target === name);
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last || first === last) return `${name}: one number of sessions, no growth to be told`;
  const ratio = (last.cpuPerSessionMinute / first.cpuPerSessionMinute).toFixed(2);
  return `${name}: a session of ${last.sessions} costs ${ratio} × one of ${first.sessions}`;
}

const postgres = await startPostgres();
const generator = await launch(new URL("./load/generator.ts", import.meta.url));
const counts = flags.workers.split(",").map(Number);
const targets = await Promise.all(
  counts.map(async (count) => start(count, await postgres.createDatabase(`workers_${count}`))),
);
try {
  for (const target of targets) await warmUp(target, { ...options, generator, sessions: 1 });
  const rows: Row[] = [];
  const full = new Set<string>();
  for (const sessions of flags.n.split(",").map(Number)) {
    const fitting = targets.filter(({ name }) => !full.has(name));
    if (fitting.length === 0) break;
    const figures = await measure(fitting, { ...options, generator, sessions });
    const lines = figures.map((figure) => row(figure, figures[0]!));
    console.log(
      `\n${markdown(
        columns,
        lines.map((line, i) => cells(line, figures[i]!)),
      )}\n`,
    );
    for (const [i, { name, share }] of fitting.entries()) {
      console.log([quietness(lines[i]!), ...doubts(lines[i]!, share)].join("\n"));
      if (isFull(figures[i]!, share)) full.add(name);
      else rows.push(lines[i]!);
    }
    for (const name of full) console.log(`${name}: full`);
  }
  console.log(`\n${targets.map(({ name }) => growthOf(name, rows)).join("\n")}`);
  for (const { sessions, target, ratios } of rows) {
    const { share } = targets.find(({ name }) => name === target)!;
    if (share === counts[0]) continue;
    const times = (share / counts[0]! / median(ratios)).toFixed(2);
    console.log(
      `${target} with ${sessions}: where each has a core, ${times} × what ${targets[0]!.name} carries`,
    );
  }
} finally {
  await Promise.all([generator.stop(), ...targets.map((target) => target.stop())]);
  await postgres.stop();
}

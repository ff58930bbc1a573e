/** `npm run bench`: our server beside a bare `ws` server that moves the same bytes, in one run. */
import { parseArgs } from "node:util";
import { startPostgres } from "../test/support/postgres.ts";
import { type Child, canPin, launch } from "./child.ts";
import { type MeasureOptions, measure, type Target, warmUp } from "./measure.ts";
import { type Row, row, table } from "./table.ts";
import { assumedShape, chunkMs, type Mode, modes, type TurnShape, type Workload } from "./workload.ts";

const usage = `npm run bench -- [--mode commit,vad,base64] [--n 100,1000] [--rounds 3] [--seconds 8] [--turn 6] [--rate 24000]
                 [--only bare|kuku] [--database postgres|embedded] [--node-options=…] [--profile DIR] [--json]
--rounds         in each of them the bare server and ours speak one after the other; the median of their ratios counts
--only bare      the yardstick alone, answering with an assumed turn instead of a rehearsed one
--database       postgres: one of its own, beside the server as in a deployment; embedded: PGlite, on the server's core
--node-options   options of Node's own for both servers, such as --max-semi-space-size=64
--profile DIR    writes a processor profile of our server, MODE.cpuprofile, there`;

const { values: flags } = parseArgs({
  options: {
    mode: { type: "string", default: "commit,vad" },
    n: { type: "string", default: "100,1000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "8" },
    turn: { type: "string", default: "6" },
    rate: { type: "string", default: "24000" },
    only: { type: "string" },
    database: { type: "string", default: "postgres" },
    "node-options": { type: "string", default: "" },
    profile: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (flags.help) {
  console.log(usage);
  process.exit(0);
}
const wantedModes = flags.mode.split(",") as Mode[];
for (const mode of wantedModes)
  if (!modes.includes(mode)) throw new Error(`--mode: one of ${modes.join(", ")}`);
if (!["postgres", "embedded"].includes(flags.database))
  throw new Error("--database: one of postgres, embedded");
const database = flags.database === "postgres" && flags.only !== "bare" ? await startPostgres() : undefined;
const counts = flags.n.split(",").map(Number);
const seconds = Number(flags.seconds);
const began = performance.now();
const serverCore = 0;
const generatorCore = 1;

function progress(text: string): void {
  const elapsed = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
  process.stderr.write(`${elapsed} s  ${text}\n`);
}

interface LaunchedTarget extends Target {
  readonly child: Child;
}

async function start(name: "bare" | "kuku", mode: Mode): Promise<LaunchedTarget> {
  const profiled = flags.profile && name === "kuku";
  const child = await launch(new URL(`./targets/${name}.ts`, import.meta.url), {
    // The profiler's own thread must not wait for the core it looks at, or it sees an idle server.
    ...(profiled ? {} : { core: serverCore }),
    ...(database &&
      name === "kuku" && { environment: { BENCH_DATABASE_URL: await database.createDatabase() } }),
    nodeOptions: [
      ...flags["node-options"].split(" ").filter((option) => option !== ""),
      ...(profiled
        ? ["--cpu-prof", `--cpu-prof-dir=${flags.profile}`, `--cpu-prof-name=${mode}.cpuprofile`]
        : []),
    ],
  });
  return {
    name,
    child,
    pid: child.pid,
    port: await child.ask<number>("listen"),
    usage: () => child.ask("usage"),
    memory: () => child.ask("memory"),
    sessions: () => child.ask("sessions"),
  };
}

async function benchMode(mode: Mode): Promise<Row[]> {
  const workload: Workload = {
    mode,
    rate: Number(flags.rate),
    chunksPerTurn: Math.round((Number(flags.turn) * 1000) / chunkMs),
  };
  const generator = await launch(new URL("./load/generator.ts", import.meta.url), { core: generatorCore });
  const kuku = flags.only === "bare" ? undefined : await start("kuku", mode);
  progress(
    `${mode}: ${kuku ? "rehearsing one session's turns" : "no rehearsal: a turn's answer is assumed"}`,
  );
  const shape = kuku
    ? await generator.ask<TurnShape>("rehearse", { port: kuku.port, workload })
    : assumedShape(workload);
  const binary = shape.messages.filter((message) => message.binary).length;
  const bytes = shape.messages.reduce(
    (sum, message) => sum + Buffer.from(message.payload, "base64").length,
    0,
  );
  progress(
    `${mode}: a turn is answered with ${shape.messages.length} messages (${binary} binary), ${bytes} bytes`,
  );
  const bare = flags.only === "kuku" ? undefined : await start("bare", mode);
  await bare?.child.ask("prepare", { workload, shape });
  const targets = [bare, kuku].filter((target) => target !== undefined);
  const options = (sessions: number): MeasureOptions => ({
    generator,
    sessions,
    workload,
    shape,
    seconds,
    rounds: Number(flags.rounds),
  });
  for (const target of targets) {
    progress(`${mode}: warming ${target.name} up`);
    await warmUp(target, options(1));
  }
  const rows: Row[] = [];
  for (const sessions of counts) {
    progress(`${mode}: N = ${sessions}, ${flags.rounds} rounds of ${targets.length} × ${seconds} s`);
    const figures = await measure(targets, options(sessions));
    rows.push(...figures.map((figure) => row(figure, figures[0]!)));
  }
  await Promise.all([generator, ...targets.map((target) => target.child)].map((child) => child.stop()));
  return rows;
}

if (!canPin) progress("taskset is not here: processes are not pinned, figures are noisier");
for (const mode of wantedModes) {
  const rows = await benchMode(mode);
  if (flags.json) for (const line of rows) console.log(JSON.stringify({ mode, ...line }));
  else
    console.log(
      `\n${mode}: ${flags.turn} s turns, ${chunkMs} ms chunks at ${flags.rate} Hz\n\n${table(rows)}\n`,
    );
}
progress("done");
await database?.stop();

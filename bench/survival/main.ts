/**
 * `node bench/survival/main.ts` (about seven minutes): the server killed ten times in the middle of talk, on PGlite and
 * on PostgreSQL; its database taken away for 20 s under talk. Prints what clients were told is safe, what is there, and
 * what talkers noticed.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startProxy } from "../../test/store/proxy.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import {
  type KillFigures,
  killUnderTalk,
  type OutageFigures,
  type OutageOptions,
  outageUnderTalk,
} from "../../test/support/survival-runs.ts";
import { killsDatabaseThread } from "../../test/support/survival-server.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "10" },
    talkers: { type: "string", default: "50" },
    outage: { type: "string", default: "20" },
    only: { type: "string", default: "kills,outages" },
  },
});
const kills = Number(values.kills);
const talkers = Number(values.talkers);
const outageMs = Number(values.outage) * 1000;

const provider = fork(new URL("./upstream.ts", import.meta.url), { execArgv: ["--no-warnings"] });
const [{ baseUrl }] = (await once(provider, "message")) as [{ baseUrl: string }];
const postgres = await startPostgres();
const proxy = await startProxy(postgres.port);
const folders: string[] = [];

/** A data folder, and a database of its own behind the proxy where one is wanted. */
async function keep(where: "PGlite" | "PostgreSQL") {
  const dataDir = mkdtempSync(join(tmpdir(), "kuku-survival-"));
  folders.push(dataDir);
  if (where === "PGlite") return { dataDir, baseUrl };
  const url = new URL(await postgres.createDatabase());
  url.port = String(proxy.port);
  return { dataDir, baseUrl, databaseUrl: url.href };
}

function print(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

function printTroubles({ troubles }: KillFigures | OutageFigures): void {
  for (const trouble of troubles) console.log(`trouble: ${trouble}`);
}

async function runKills(): Promise<void> {
  print([
    "kept in",
    "kills",
    "sessions",
    "turns",
    "acknowledged",
    "found",
    "lost",
    "twice",
    "misplaced",
    "altered",
    "reports owed",
    "made",
  ]);
  print(["---", ...Array.from({ length: 11 }, () => "---:")]);
  for (const where of ["PGlite", "PostgreSQL"] as const) {
    const figures = await killUnderTalk({ ...(await keep(where)), kills, talkers, talkMs: 3000 });
    const { sessions, turns, acknowledged, found, lost, twice, misplaced, altered, owed, made } = figures;
    print([where, kills, sessions, turns, acknowledged, found, lost, twice, misplaced, altered, owed, made]);
    printTroubles(figures);
  }
}

type Outage = Pick<OutageOptions, "begin" | "end" | "env"> & { readonly where: "PGlite" | "PostgreSQL" };

const outages: Readonly<Record<string, Outage>> = {
  "none, for comparison": { where: "PostgreSQL", begin: () => {} },
  "PostgreSQL cut off": { where: "PostgreSQL", begin: proxy.cut, end: proxy.mend },
  "PostgreSQL hangs": { where: "PostgreSQL", begin: postgres.freeze, end: postgres.thaw },
  "PostgreSQL killed, started again": { where: "PostgreSQL", begin: postgres.crash, end: postgres.restart },
  "PGlite's thread dies": {
    where: "PGlite",
    env: killsDatabaseThread,
    begin: (server) => server.signal("SIGUSR2"),
  },
};

async function runOutages(): Promise<void> {
  print([
    "outage",
    "turns",
    "of newcomers",
    "first audio before, ms: median (p95, worst)",
    "during",
    "saved during",
    "first saved behind, ms",
    "acknowledged",
    "lost",
    "twice",
    "RSS before, MB",
    "most",
    "/health",
  ]);
  print(["---", ...Array.from({ length: 11 }, () => "---:"), "---"]);
  for (const [name, { where, ...how }] of Object.entries(outages)) {
    const times = { talkMs: 8000, outageMs };
    const figures = await outageUnderTalk({
      ...(await keep(where)),
      ...how,
      ...times,
      talkers,
      newcomers: 6,
    });
    const { turns, turnsOfNewcomers, before, during, savedDuring, savedAfterMs } = figures;
    const { acknowledged, lost, twice, residentMb, mostResidentMb, health } = figures;
    const latency = ({ median, p95, worst }: typeof before) => `${median} (${p95}, ${worst})`;
    const memory = [residentMb, mostResidentMb].map(Math.round);
    print([
      name,
      turns,
      turnsOfNewcomers,
      latency(before),
      latency(during),
      savedDuring,
      savedAfterMs,
      acknowledged,
      lost,
      twice,
      ...memory,
      health.join(" → "),
    ]);
    printTroubles(figures);
  }
}

try {
  if (values.only.includes("kills")) await runKills();
  if (values.only.includes("outages")) await runOutages();
} finally {
  await proxy.stop();
  await postgres.stop();
  provider.disconnect();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

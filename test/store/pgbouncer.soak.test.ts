/** The store, the jobs and whole servers behind a real PgBouncer in transaction mode, as Debian has it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manualClock } from "../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { reservePort } from "../support/reserve-port.ts";
import { killUnderTalk } from "../support/survival-runs.ts";
import { openSlowUpstream } from "../support/survival-upstream.ts";
import { storeContract } from "./contract.ts";
import { jobsContract } from "./jobs-contract.ts";
import { morning } from "./samples.ts";

const program = ["pgbouncer", "/usr/sbin/pgbouncer"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const title = "through PgBouncer in transaction mode";

describe.skipIf(!program)(program ? title : `${title} (skipped: no pgbouncer on this machine)`, () => {
  let postgres: TestPostgres;
  let pooler: ChildProcess;
  let port: number;
  let folder: string;
  let store: OpenStore;

  const pooledDatabase = async () => {
    const url = new URL(await postgres.createDatabase());
    url.port = String(port);
    return url.href;
  };

  beforeAll(async () => {
    postgres = await startPostgres();
    port = await reservePort();
    folder = mkdtempSync(join(tmpdir(), "kuku-pgbouncer-"));
    chmodSync(folder, 0o755);
    pooler = await startPgBouncer(program ?? "", folder, port, postgres.port);
    const databaseUrl = await pooledDatabase();
    const clock = manualClock(morning);
    const others = ["node-2", "node-3"].map((nodeId) =>
      openStore({ databaseUrl, dataDir: "unused", clock, nodeId }),
    );
    store = await openStore({ databaseUrl, dataDir: "unused", clock, nodeId: "node-1" });
    for (const other of others) await (await other).close();
  });
  afterAll(async () => {
    await store.close();
    const ended = once(pooler, "exit");
    pooler.kill("SIGKILL");
    await ended;
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  storeContract(() => store);
  jobsContract(() => store.database);

  it("[OP2] [ST1] servers migrate, talk and are killed, and nothing acknowledged is lost", async () => {
    const upstream = await openSlowUpstream();
    const dataDir = mkdtempSync(join(tmpdir(), "kuku-survival-"));
    const keep = { dataDir, databaseUrl: await pooledDatabase(), baseUrl: upstream.baseUrl };
    const figures = await killUnderTalk({ ...keep, kills: 2, talkers: 12, talkMs: 1200, acknowledged: 10 });
    expect(figures).toMatchObject({ lost: 0, twice: 0, misplaced: 0, altered: 0, troubles: [] });
    expect(figures.acknowledged).toBeGreaterThan(10);
    await upstream.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
});

/** Starts one with few connections, so that they are lent to and fro, and waits until it answers. */
async function startPgBouncer(
  name: string,
  folder: string,
  port: number,
  target: number,
): Promise<ChildProcess> {
  const settings = join(folder, "pgbouncer.ini");
  writeFileSync(
    settings,
    `[databases]
* = host=127.0.0.1 port=${target} user=postgres password=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  );
  // It does not run as root.
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(name, [...user, settings], { stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start: ${complaints}`);
    await wait(20);
  }
  return child;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

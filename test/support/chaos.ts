/** Two nodes on one PostgreSQL under talk, and one disturbance after another; then the clients' ledgers against the store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../src/lib/clock.ts";
import { openStore } from "../../src/store/open-store.ts";
import { startProxy, type TestProxy } from "../store/proxy.ts";
import { freePort, startPostgres } from "./postgres.ts";
import { openSmallDisk } from "./small-disk.ts";
import { type Agreement, compare } from "./survival-ledger.ts";
import { type Mortal, startMortal } from "./survival-server.ts";
import { openSlowUpstream } from "./survival-upstream.ts";
import { gatherTalkers, type Talker } from "./talkers.ts";

interface ChaosOptions {
  readonly minutes: number;
  readonly talkers: number;
  /** From one disturbance to the next, ms. */
  readonly everyMs: number;
  /** A PostgreSQL of the operator's, with an empty database; default: one started here. */
  readonly databaseUrl?: string | undefined;
  /** Called with each disturbance as it begins. */
  readonly onDisturbance?: (name: string) => void;
}

interface ChaosFigures extends Agreement {
  readonly turns: number;
  /** Disturbances by name. */
  readonly disturbances: Readonly<Record<string, number>>;
  /** Why a kind of disturbance was left out. */
  readonly leftOut: readonly string[];
  /** Sessions that were come back to after their socket was lost, and how long the slowest took, ms. */
  readonly comebacks: number;
  readonly slowestComebackMs: number;
  /** Sockets by the code they closed with. */
  readonly closes: Readonly<Record<string, number>>;
  /** Talkers without a socket a while after the last disturbance. */
  readonly absent: number;
  readonly troubles: readonly string[];
}

/** Does its mischief, undoes it, and resolves once it is undone. */
type Disturbance = () => Promise<void>;

/** How long a node stands still, and a database hangs, ms; more than the server's timeout of 10 s. */
const stoppedMs = 20_000;
const frozenMs = 15_000;
/** How long the disk is full and the provider is away, ms. */
const fullMs = 8000;
const deadMs = 8000;
/** How long after a provider's end replies may fail: what was asked before, and its circuit's ten seconds, ms. */
const aftermathMs = 20_000;
/** Time that everybody has, once all is undone, to be back and done with their turn, ms. */
const settleMs = 45_000;
const diskMegabytes = 256;

/** Disturbs two nodes for some minutes. */
export async function chaosUnderTalk(options: ChaosOptions): Promise<ChaosFigures> {
  const scene = await openScene(options);
  const { nodes, provider } = scene;
  let sockets = 0;
  const choosePort = () => nodes[sockets++ % nodes.length]?.port ?? 0;
  const talkers = await gatherTalkers(choosePort, options.talkers, { tolerates: provider.explains });
  try {
    const disturbances = await disturb(options, scene, talkers);
    await settle(talkers);
    const absent = talkers.filter(({ connected }) => !connected).length;
    await wait(3000); // what the last replies left is told as saved
    return {
      ...(await agree(scene.databaseUrl, talkers)),
      turns: talkers.reduce((turns, talker) => turns + talker.turns.length, 0),
      disturbances,
      leftOut: scene.leftOut,
      absent,
      ...summarize(talkers),
    };
  } finally {
    for (const talker of talkers) talker.stop();
    await scene.close();
  }
}

/** Begins a disturbance every `everyMs`, each kind in its turn; resolves once all are undone. Counts them by name. */
async function disturb(
  { minutes, everyMs, onDisturbance }: ChaosOptions,
  scene: Scene,
  talkers: readonly Talker[],
): Promise<Record<string, number>> {
  const kinds = Object.entries(disturbancesOf(scene, talkers));
  const until = performance.now() + minutes * 60_000;
  const counts: Record<string, number> = {};
  const under: Promise<void>[] = [];
  await wait(everyMs / 2);
  for (let n = 0; performance.now() < until - everyMs; n++) {
    const [name, begin] = kinds[n % kinds.length] as [string, Disturbance];
    onDisturbance?.(name);
    counts[name] = (counts[name] ?? 0) + 1;
    under.push(begin());
    await wait(everyMs);
  }
  await Promise.all(under);
  return counts;
}

function disturbancesOf(scene: Scene, talkers: readonly Talker[]): Record<string, Disturbance> {
  const { nodes, provider, database } = scene;
  let turn = 0;
  const nextNode = () => nodes[turn++ % nodes.length] as Node;
  /** Every third talker, others each time. */
  const some = () => talkers.filter((_, index) => (index + turn) % 3 === 0);
  return {
    "node killed": () => nextNode().killAndRestart(),
    "clients cut off": async () => {
      turn++;
      for (const [index, talker] of some().entries()) talker.cut(index % 2 === 0 ? "reset" : "vanish");
    },
    "database restarted": database.restart,
    "node stopped": async () => {
      const node = nextNode();
      node.signal("SIGSTOP");
      // Some notice, and come back elsewhere while their session's node stands still.
      await wait(stoppedMs / 4);
      for (const talker of some()) talker.cut("reset");
      await wait((stoppedMs * 3) / 4);
      node.signal("SIGCONT");
    },
    "provider dead": provider.die,
    "database frozen": database.freeze,
    ...(database.fillDisk && { "disk full": database.fillDisk }),
  };
}

/** Waits until everybody is back and has ended the turn under way, or their time is up. */
async function settle(talkers: readonly Talker[]): Promise<void> {
  const until = performance.now() + settleMs;
  await Promise.all(
    talkers.map(async (talker, index) => {
      const outcome = await Promise.race([talker.hush(), wait(settleMs, "late", { ref: false })]);
      const who = `talker ${index + 1} (${talker.extended ? "kuku.v1" : "plain"}, ${talker.speaks ? "speaks" : "types"})`;
      if (outcome === "late") talker.troubles.push(`${who}: a turn did not end`);
    }),
  );
  while (performance.now() < until && !talkers.every(({ connected }) => connected)) await wait(100);
}

async function agree(databaseUrl: string, talkers: readonly Talker[]): Promise<Agreement> {
  const store = await openStore({ databaseUrl, dataDir: "unused", clock: systemClock, nodeId: "reader" });
  const ledgers = talkers.flatMap((talker) => talker.ledgers);
  return compare(ledgers, (sessionId) => store.readItems(sessionId)).finally(() => store.close());
}

function summarize(talkers: readonly Talker[]) {
  const comebacks = talkers.flatMap((talker) => talker.comebacks);
  const closes: Record<string, number> = {};
  for (const code of talkers.flatMap((talker) => talker.closes)) closes[code] = (closes[code] ?? 0) + 1;
  return {
    comebacks: comebacks.length,
    slowestComebackMs: Math.round(Math.max(0, ...comebacks)),
    closes,
    troubles: talkers.flatMap(({ troubles }) => troubles),
  };
}

interface Scene {
  readonly nodes: readonly Node[];
  readonly provider: Provider;
  readonly database: Pick<Database, "restart" | "freeze" | "fillDisk">;
  /** Straight to the database. */
  readonly databaseUrl: string;
  readonly leftOut: readonly string[];
  close(): Promise<void>;
}

async function openScene({ databaseUrl }: ChaosOptions): Promise<Scene> {
  const database = databaseUrl === undefined ? await ownDatabase() : await operatorsDatabase(databaseUrl);
  const provider = await openProvider();
  const folder = mkdtempSync(join(tmpdir(), "kuku-chaos-"));
  const nodes = await Promise.all(
    ["one", "two"].map(async (name) => {
      const env = {
        DATA_DIR: join(folder, name),
        DATABASE_URL: database.serverUrl,
        OPENAI_BASE_URL: provider.baseUrl,
        OPENAI_API_KEY: "none",
      };
      const node = new Node(env, await freePort());
      await node.start();
      return node;
    }),
  );
  return {
    nodes,
    provider,
    database,
    databaseUrl: database.url,
    leftOut: database.fillDisk ? [] : ["disk full: needs a PostgreSQL started here, by root on Linux"],
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      await provider.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server that is started again whenever it has died, until it is stopped. */
class Node {
  readonly port: number;
  readonly #env: Readonly<Record<string, string>>;
  #server: Mortal | undefined;
  #stopped = false;

  constructor(env: Readonly<Record<string, string>>, port: number) {
    this.#env = env;
    this.port = port;
  }

  /** Starts it, again where the database cannot be reached just now. */
  async start(): Promise<void> {
    while (!this.#stopped && this.#server === undefined)
      this.#server = await startMortal(this.#env, this.port).catch(() => wait(500, undefined));
  }

  async killAndRestart(): Promise<void> {
    const server = this.#server;
    if (!server) return; // it is on its way already
    this.#server = undefined;
    await server.kill();
    await this.start();
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#server?.signal(name);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#server?.kill();
  }
}

interface Provider {
  readonly baseUrl: string;
  die(): Promise<void>;
  /** Whether a failure is explained by the provider's being away. */
  explains(): boolean;
  close(): Promise<void>;
}

async function openProvider(): Promise<Provider> {
  const upstream = await openSlowUpstream();
  const url = new URL(upstream.baseUrl);
  const proxy = await startProxy(Number(url.port));
  url.port = String(proxy.port);
  let explainedUntil = 0;
  return {
    baseUrl: url.href,
    async die() {
      explainedUntil = performance.now() + deadMs + aftermathMs;
      proxy.cut();
      await wait(deadMs);
      proxy.mend();
    },
    explains: () => performance.now() < explainedUntil,
    async close() {
      await proxy.stop();
      await upstream.close();
    },
  };
}

interface Database {
  /** Straight to it. */
  readonly url: string;
  /** The one that servers are given. */
  readonly serverUrl: string;
  readonly restart: Disturbance;
  readonly freeze: Disturbance;
  readonly fillDisk?: Disturbance | undefined;
  close(): Promise<void>;
}

/** A PostgreSQL started here, which is crashed, stopped and filled up. */
async function ownDatabase(): Promise<Database> {
  const disk = openSmallDisk(diskMegabytes);
  const postgres = await startPostgres({ disk: disk?.folder });
  const url = await postgres.createDatabase();
  return {
    url,
    serverUrl: url,
    async restart() {
      await postgres.crash();
      await wait(1000);
      await postgres.restart();
    },
    async freeze() {
      await postgres.freeze();
      await wait(frozenMs);
      await postgres.thaw();
    },
    fillDisk:
      disk &&
      (async () => {
        disk.fill();
        await wait(fullMs);
        disk.free();
        await postgres.revive();
      }),
    async close() {
      await postgres.stop();
      disk?.remove();
    },
  };
}

/** A PostgreSQL of the operator's, which only the wire to it is done to. */
async function operatorsDatabase(url: string): Promise<Database> {
  const through = new URL(url);
  const proxy: TestProxy = await startProxy(Number(through.port || 5432), through.hostname);
  through.hostname = "127.0.0.1";
  through.port = String(proxy.port);
  const during = async (begin: () => void, ms: number) => {
    begin();
    await wait(ms);
    proxy.mend();
  };
  return {
    url,
    serverUrl: through.href,
    restart: () => during(proxy.cut, 3000),
    freeze: () => during(proxy.stall, frozenMs),
    close: () => proxy.stop(),
  };
}

/** One server under hundreds of sessions that talk, are lost, resumed, ended and erased; what it takes, sampled over time. */
import { setTimeout as wait } from "node:timers/promises";
import PQueue from "p-queue";
import pg from "pg";
import { type Mortal, startMortal } from "./survival-server.ts";
import { gatherTalkers, type Talker } from "./talkers.ts";

interface EnduranceOptions {
  readonly minutes: number;
  readonly sessions: number;
  readonly databaseUrl: string;
  readonly dataDir: string;
}

/** One figure over time. */
export interface Trend {
  /** Median of the samples. */
  readonly median: number;
  /** Growth over the window at the median slope (Theil–Sen), in the figure's unit. */
  readonly growth: number;
  readonly perHour: number;
}

interface EnduranceFigures {
  readonly turns: number;
  readonly resumed: number;
  readonly erased: number;
  /** Longest time until an erasure was answered, ms. */
  readonly slowestErasureMs: number;
  /** Statuses of refused erasures. */
  readonly refusals: readonly number[];
  readonly troubles: readonly string[];
  /** By name: `connected` talkers, `turns a second`, `heap MB` in use, `RSS MB`, `handles`, `open files`, `rows of …`. */
  readonly trends: Readonly<Record<string, Trend>>;
}

/** The first part of a run, in which caches fill and code is compiled, is not looked at. */
const warmUpShare = 0.4;
const samplesInRun = 40;
/** Pause between the turns of those who type, ms. */
const pauseMs = 4000;
/** Time between two rounds of losses and farewells, ms. */
const roundMs = 500;
/** A session lives for this part of the run, ms at the most, so that what sessions hold levels off within the first part. */
const lifeShare = 0.25;
const longestLifeMs = 120_000;
/** Erasures at once, each on a connection of its own: as many as come up would be seen as open files of the server. */
const erasuresAtOnce = 16;

const collectsGarbage = `
  import { setFlagsFromString } from "node:v8";
  import { runInNewContext } from "node:vm";
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  process.on("SIGUSR2", () => gc());`;

/** Settings of a server that collects all its garbage at SIGUSR2: what is left of the heap is in use. */
const collects = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(collectsGarbage)}`,
};

type Sample = Readonly<Record<string, number>>;

/** Lets them talk to a server of their own for some minutes, and samples what it takes. */
export async function endure(options: EnduranceOptions): Promise<EnduranceFigures> {
  const scripted = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
  const env = { DATA_DIR: options.dataDir, DATABASE_URL: options.databaseUrl, ...scripted, ...collects };
  const server = await startMortal(env);
  const database = new pg.Client({ connectionString: options.databaseUrl });
  await database.connect();
  const few = Math.ceil(options.sessions / 10);
  const talkers = [
    ...(await gatherTalkers(server.port, options.sessions - few, { silent: true, pauseMs })),
    ...(await gatherTalkers(server.port, few, { pauseMs })),
  ];
  const eraser = new Eraser(server.port);
  const ms = options.minutes * 60_000;
  const until = performance.now() + ms;
  try {
    const lifeMs = Math.min(longestLifeMs, ms * lifeShare);
    const disturbing = disturb({ talkers, eraser, until, lifeMs });
    const samples = await sample(server, database, { talkers, until, everyMs: ms / samplesInRun });
    await disturbing;
    await eraser.done();
    return {
      turns: turnsOf(talkers),
      resumed: talkers.reduce((sum, { comebacks }) => sum + comebacks.length, 0),
      erased: eraser.erased,
      slowestErasureMs: Math.round(eraser.slowestMs),
      refusals: eraser.refusals,
      troubles: [...talkers, eraser].flatMap(({ troubles }) => troubles),
      trends: trendsOf(samples, options.minutes / 60),
    };
  } finally {
    for (const talker of talkers) talker.stop();
    await server.kill();
    await database.end();
  }
}

interface Disturbing {
  readonly talkers: readonly Talker[];
  readonly eraser: Eraser;
  readonly until: number;
  readonly lifeMs: number;
}

/**
 * Each round some leave, others lose their socket, everybody in turn; what they leave behind is erased. Nobody leaves while
 * earlier erasures wait: on a busy machine their rows would grow in number without a leak.
 */
async function disturb({ talkers, eraser, until, lifeMs }: Disturbing): Promise<void> {
  const atOnce = Math.ceil((talkers.length * roundMs) / lifeMs);
  let next = 0;
  while (performance.now() < until) {
    await wait(roundMs);
    eraser.eraseLeft(talkers);
    if (eraser.waiting > 0) continue;
    for (const end = next + atOnce; next < end; next++) {
      talkers[(next + (talkers.length >> 1)) % talkers.length]?.cut("reset");
      void talkers[next % talkers.length]?.leave(200);
    }
  }
}

/** Erases the sessions that their talkers have left for another. */
class Eraser {
  readonly #port: number;
  readonly #asked = new Set<string>();
  readonly #queue = new PQueue({ concurrency: erasuresAtOnce });
  readonly refusals: number[] = [];
  readonly troubles: string[] = [];
  erased = 0;
  slowestMs = 0;

  constructor(port: number) {
    this.#port = port;
  }

  eraseLeft(talkers: readonly Talker[]): void {
    const left = talkers.flatMap(({ ledgers }) => ledgers.slice(0, -1).map(({ sessionId }) => sessionId));
    for (const id of left.filter((id) => id !== "" && !this.#asked.has(id))) {
      this.#asked.add(id);
      const failed = (error: unknown) => this.troubles.push(`erasure of ${id}: ${error}`);
      void this.#queue.add(() => this.#erase(id)).catch(failed);
    }
  }

  /** Erasures that have not begun. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Resolves once all are answered. */
  done(): Promise<void> {
    return this.#queue.onIdle();
  }

  async #erase(id: string): Promise<void> {
    const startedAt = performance.now();
    const { status } = await fetch(`http://127.0.0.1:${this.#port}/api/sessions/${id}`, { method: "DELETE" });
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt);
    if (status < 300) this.erased++;
    // A session of a plain client that said nothing was never stored.
    else if (status !== 404) this.refusals.push(status);
  }
}

interface Sampling {
  readonly talkers: readonly Talker[];
  readonly until: number;
  readonly everyMs: number;
}

async function sample(
  server: Mortal,
  database: pg.Client,
  { talkers, until, everyMs }: Sampling,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const tables = await tablesOf(database);
  let [at, turns] = [performance.now(), turnsOf(talkers)];
  for (let due = at + everyMs; due < until; due += everyMs) {
    await wait(Math.max(0, due - performance.now()));
    const [since, before] = [at, turns];
    [at, turns] = [performance.now(), turnsOf(talkers)];
    const talk = {
      connected: talkers.filter((talker) => talker.connected).length,
      "turns a second": ((turns - before) / (at - since)) * 1000,
    };
    samples.push({ ...talk, ...(await readProcess(server)), ...(await countRows(database, tables)) });
  }
  return samples;
}

function turnsOf(talkers: readonly Talker[]): number {
  return talkers.reduce((sum, { turns }) => sum + turns.length, 0);
}

async function readProcess({ port, signal }: Mortal): Promise<Sample> {
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  signal("SIGUSR2");
  // The first request may come before the signal.
  await metrics();
  const text = await metrics();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    "heap MB": read("nodejs_heap_size_used_bytes") / 1e6,
    "RSS MB": read("process_resident_memory_bytes") / 1e6,
    handles: read("nodejs_active_handles_total"),
    "open files": read("process_open_fds"),
  };
}

async function tablesOf(database: pg.Client): Promise<readonly string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('kuku', 'kuku_jobs') order by 1`,
  );
  return rows.map(({ name }) => name);
}

async function countRows(database: pg.Client, tables: readonly string[]): Promise<Sample> {
  const counts = tables.map((table) => `select '${table}' as name, count(*)::integer as rows from ${table}`);
  const { rows } = await database.query<{ name: string; rows: number }>(counts.join(" union all "));
  return Object.fromEntries(rows.map((row) => [`rows of ${row.name}`, row.rows]));
}

function trendsOf(samples: readonly Sample[], hours: number): Record<string, Trend> {
  const late = samples.slice(Math.floor(samples.length * warmUpShare));
  const window = hours * (1 - warmUpShare);
  const trend = (name: string): Trend => {
    const values = late.map((one) => one[name] ?? Number.NaN);
    const growth = medianSlope(values) * (values.length - 1);
    return { median: median(values), growth, perHour: growth / window };
  };
  return Object.fromEntries(Object.keys(late[0] ?? {}).map((name) => [name, trend(name)]));
}

/** Median of the slopes between all pairs of values, for each step: single outliers do not move it. */
function medianSlope(values: readonly number[]): number {
  return median(
    values.flatMap((from, at) => values.slice(at + 1).map((to, further) => (to - from) / (further + 1))),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** What is done to servers under talk: killed again and again, cut off from their database; with the figures of it. */
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { reservePort } from "./reserve-port.ts";
import { type Agreement, compare } from "./survival-ledger.ts";
import { makeOwedReports, type OwedReports } from "./survival-reports.ts";
import { type Mortal, startMortal } from "./survival-server.ts";
import { gatherTalkers, type Talker } from "./talkers.ts";

/** Where a server keeps its sessions, and who answers for it. */
export interface Keep {
  readonly dataDir: string;
  /** Left out: PGlite in `dataDir`. */
  readonly databaseUrl?: string;
  /** Of the provider. */
  readonly baseUrl: string;
}

export interface KillOptions extends Keep {
  readonly kills: number;
  readonly talkers: number;
  /** How long they talk before each kill, ms: this, and up to as much again. */
  readonly talkMs: number;
  /** How many more items are acknowledged before each kill, at least; it is waited for. */
  readonly acknowledged?: number;
}

export interface KillFigures extends Agreement, OwedReports {
  readonly kills: number;
  readonly turns: number;
  readonly troubles: readonly string[];
}

/** How long those who hung up are away, ms. */
const awayMs = 1500;

/** Kills the server in the middle of talk, again and again; then holds what clients were told against the store. */
export async function killUnderTalk(options: KillOptions): Promise<KillFigures> {
  const port = await reservePort();
  const talkers = await gatherTalkers(port, options.talkers);
  let server: Mortal | undefined;
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      const before = acknowledged(talkers);
      server = await startMortal(envOf(options), port);
      await wait(options.talkMs * (1 + ((kill * 7) % 10) / 10));
      await until(() => acknowledged(talkers) >= before + (options.acknowledged ?? 0));
      // Some hang up just before: their sessions have ended, and their reports are being written.
      const leaving = talkers.filter(({ extended, speaks }) => !extended && !speaks).slice(0, 5);
      const spoken = () => leaving.some(({ ledgers }) => (ledgers.at(-1)?.told.length ?? 0) > 1);
      await until(spoken);
      const left = leaving[0]?.ledgers.at(-1)?.sessionId ?? "";
      await Promise.all(leaving.map((talker) => talker.leave(awayMs)));
      // One that has ended owes its report, which takes its provider longer than the kill.
      await sessionEnded(port, left);
      await server.kill();
    }
  } finally {
    for (const talker of talkers) talker.stop();
    await server?.kill();
  }
  const store = await openKept(options);
  try {
    const agreement = await agree(store, talkers);
    const reports = await makeOwedReports(store, options.dataDir);
    return {
      kills: options.kills,
      turns: sum(talkers, ({ turns }) => turns.length),
      ...agreement,
      ...reports,
      troubles: talkers.flatMap(({ troubles }) => troubles),
    };
  } finally {
    await store.close();
  }
}

export interface OutageOptions extends Keep {
  readonly talkers: number;
  /** How many more come while the database is away. */
  readonly newcomers: number;
  /** How long they talk before the outage and after it, ms. */
  readonly talkMs: number;
  readonly outageMs: number;
  /** More settings of the server. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes the database away from a running server, and gives it back. */
  begin(server: Mortal): void | Promise<void>;
  end?(server: Mortal): void | Promise<void>;
}

export interface OutageFigures extends Agreement {
  /** Replies told as done while the database was away. */
  readonly turns: number;
  /** Of them, those of people who came while it was away. */
  readonly turnsOfNewcomers: number;
  /** First audio of replies asked for before, and while it was away, ms. */
  readonly before: Latencies;
  readonly during: Latencies;
  /** `kuku.saved` that came while it was away (from a moment after the cut on), and the first one behind it, ms. */
  readonly savedDuring: number;
  readonly savedAfterMs: number;
  /** What `/health` said, each once, in order. */
  readonly health: readonly string[];
  /** Resident memory before, and the most while it was away, MB. */
  readonly residentMb: number;
  readonly mostResidentMb: number;
  readonly troubles: readonly string[];
}

interface Latencies {
  readonly replies: number;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
}

/** How long after the cut a batch that was on its way may still be told as saved, ms. */
const onTheWayMs = 1500;

/** Takes the database away in the middle of talk, and looks at who notices. */
export async function outageUnderTalk(options: OutageOptions): Promise<OutageFigures> {
  const server = await startMortal({ ...envOf(options), ...options.env });
  const { port } = server;
  const talkers = await gatherTalkers(port, options.talkers);
  const newcomers: Talker[] = [];
  const watch = watchServer(server);
  try {
    await wait(options.talkMs);
    const residentMb = await server.residentMb();
    const cutAt = performance.now();
    await options.begin(server);
    newcomers.push(...(await gatherTalkers(port, options.newcomers)));
    await wait(options.outageMs);
    // Whoever waited for the database would have no turn before it is back.
    const turnsSinceCut = () =>
      sum([...talkers, ...newcomers], ({ turns }) => turns.filter((at) => at > cutAt).length);
    await until(() => turnsSinceCut() > 5 && newcomers.some(({ turns }) => turns.length > 0));
    const mendedAt = performance.now();
    const mostResidentMb = watch.mostResidentMb();
    await options.end?.(server);
    await wait(options.talkMs);
    const all = [...talkers, ...newcomers];
    await until(() => all.some(({ saved }) => saved.some((at) => at >= mendedAt)));
    await Promise.all(all.map((talker) => talker.hush()));
    await watch.until("healthy");
    await wait(1500); // what a last reply left is told as saved
    await server.kill();
    const store = await openKept(options);
    const agreement = await agree(store, all).finally(() => store.close());
    const away = (at: number) => at > cutAt && at < mendedAt;
    const saved = all.flatMap((talker) => talker.saved);
    return {
      ...agreement,
      turns: sum(all, (talker) => talker.turns.filter(away).length),
      turnsOfNewcomers: sum(newcomers, (talker) => talker.turns.filter(away).length),
      before: latenciesOf(talkers, (at) => at < cutAt),
      during: latenciesOf(all, away),
      savedDuring: saved.filter((at) => away(at) && at > cutAt + onTheWayMs).length,
      savedAfterMs: Math.round(Math.min(...saved.filter((at) => at >= mendedAt)) - mendedAt),
      health: watch.health(),
      residentMb,
      mostResidentMb,
      troubles: all.flatMap(({ troubles }) => troubles),
    };
  } finally {
    watch.stop();
    for (const talker of [...talkers, ...newcomers]) talker.stop();
    await server.kill();
  }
}

/** Resolves once it holds, however long that takes; the test's own timeout ends what never does. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(50);
}

/** Resolves once the server says that a session has ended; asked seldom, since the talkers share its limit of requests. */
async function sessionEnded(port: number, sessionId: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/sessions/${sessionId}`);
    const { data } = (await answer.json()) as { readonly data?: { readonly status: string } };
    if (data?.status === "ended") return;
    await wait(100);
  }
}

/** Items that the server said are safe; one that it said of in several lives counts once, as in `Agreement`. */
function acknowledged(talkers: readonly Talker[]): number {
  return sum(talkers, ({ ledgers }) => sum(ledgers, (ledger) => new Set(ledger.safe().flat()).size));
}

function envOf({ dataDir, databaseUrl, baseUrl }: Keep): Record<string, string> {
  return {
    DATA_DIR: dataDir,
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: "none",
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
}

function openKept({ dataDir, databaseUrl }: Keep): Promise<OpenStore> {
  return openStore({
    dataDir,
    clock: systemClock,
    nodeId: "reader",
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
}

function agree(store: OpenStore, talkers: readonly Talker[]): Promise<Agreement> {
  const ledgers = talkers.flatMap((talker) => talker.ledgers);
  return compare(ledgers, (sessionId) => store.readItems(sessionId));
}

/** Asks a server ever again how it is. */
function watchServer(server: Mortal) {
  const said: string[] = [];
  let most = 0;
  let running = true;
  const look = async () => {
    while (running) {
      const { status, checks } = await server.health();
      const words = checks?.store?.status === "down" ? `${status}, store down` : status;
      if (said.at(-1) !== words) said.push(words);
      most = Math.max(most, await server.residentMb());
      await wait(100);
    }
  };
  const looking = look().catch(() => {});
  return {
    health: () => said,
    mostResidentMb: () => most,
    until: (status: string) => until(() => said.at(-1) === status),
    stop() {
      running = false;
      return looking;
    },
  };
}

function latenciesOf(talkers: readonly Talker[], wanted: (askedAt: number) => boolean): Latencies {
  const all = talkers
    .flatMap(({ replies }) => replies)
    .filter(({ askedAt }) => wanted(askedAt))
    .map(({ firstAudioMs }) => Math.round(firstAudioMs))
    .sort((a, b) => a - b);
  const at = (share: number) => all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? Number.NaN;
  return { replies: all.length, median: at(0.5), p95: at(0.95), worst: at(1) };
}

function sum<T>(all: readonly T[], figure: (each: T) => number): number {
  return all.reduce((total, each) => total + figure(each), 0);
}

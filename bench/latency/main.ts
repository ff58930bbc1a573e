/**
 * `npm run bench:latency`: from the end of a spoken turn to the first audio at the client, through our server with and
 * without drafts, beside the shortest way there is and beside the same provider used one step after the other; then
 * what the orchestration adds to a turn while a crowd speaks.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { startServer } from "../server.ts";
import { median, percentile } from "../statistics.ts";
import { measureOrchestration, type Overhead } from "./orchestration.ts";
import { criticalPathMs, draftAfterMs, endpointMs, providerAt, stages } from "./scenario.ts";
import { sequentialTurn } from "./sequential.ts";
import { speakTurns, type Turn } from "./turn.ts";

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "7" },
    runs: { type: "string", default: "3" },
    sessions: { type: "string", default: "100" },
    seconds: { type: "string", default: "15" },
  },
});

function count(flag: keyof typeof values, least: number): number {
  const number = Number(values[flag]);
  if (!Number.isInteger(number) || number < least)
    throw new RangeError(`--${flag}: must be a whole number from ${least}`);
  return number;
}
/** Turns of one speaker, and runs of a crowd; 0: none. */
const turns = count("turns", 0);
const runs = count("runs", 0);
const sessions = count("sessions", 1);
const seconds = count("seconds", 1);

const children: ChildProcess[] = [];

async function openUpstream(): Promise<string> {
  const child = fork(new URL("./upstream.ts", import.meta.url), { execArgv: ["--no-warnings"] });
  children.push(child);
  const [{ baseUrl }] = (await once(child, "message")) as [{ baseUrl: string }];
  return baseUrl;
}

async function openServer(baseUrl: string, draftMs: number, realtimeVoice = false): Promise<string> {
  const { child, port } = await startServer({
    ...providerAt(baseUrl, draftMs),
    TTS_REALTIME: realtimeVoice ? "1" : "0",
  });
  children.push(child);
  return `ws://127.0.0.1:${port}`;
}

function row(name: string, figures: readonly number[], sequentialMs: number): string {
  const middle = median(figures);
  const cells = [
    name.padEnd(34),
    middle.toFixed(0).padStart(9),
    percentile(figures, 1).toFixed(0).padStart(9),
  ];
  return [
    ...cells,
    (middle - criticalPathMs).toFixed(0).padStart(12),
    (middle / sequentialMs).toFixed(2).padStart(12),
  ].join("");
}

/** A server under measurement. */
interface Measured {
  readonly name: string;
  readonly url: string;
  readonly turns: Turn[];
}

/** One speaker: how soon the answer is heard. */
async function benchTurns(): Promise<void> {
  console.log(
    `Provider on loopback: transcript ${stages.sttMs} ms, first token ${stages.firstTokenMs} ms, ` +
      `${stages.tokensPerSecond} tokens/s, first audio ${stages.ttsFirstByteMs} ms. Endpoint ${endpointMs} ms, ` +
      `draft at ${draftAfterMs} ms. ${turns} turns each.`,
  );
  const upstream = await openUpstream();
  const servers: readonly Measured[] = [
    { name: "Kuku, no drafts", url: await openServer(upstream, 0), turns: [] },
    { name: "Kuku, drafts", url: await openServer(upstream, draftAfterMs), turns: [] },
    { name: "Kuku, Realtime voice, no drafts", url: await openServer(upstream, 0, true), turns: [] },
    { name: "Kuku, Realtime voice, drafts", url: await openServer(upstream, draftAfterMs, true), turns: [] },
  ];
  const sequential: number[] = [];
  // The first turn of each pays for connections and compiled code, which a server does once.
  await sequentialTurn(upstream);
  for (const { url } of servers) await speakTurns(url, 1);
  for (let turn = 0; turn < turns; turn++) {
    process.stderr.write(`\rturn ${turn + 1} of ${turns} `);
    sequential.push(await sequentialTurn(upstream));
    for (const server of servers) server.turns.push(...(await speakTurns(server.url, 1)));
  }
  process.stderr.write("\r");
  const base = median(sequential);
  console.log("\nend of turn → first audio, ms        median      most   over path  of baseline");
  console.log(row("one step after the other", sequential, base));
  console.log(row("shortest path, no work ahead", [criticalPathMs], base));
  for (const { name, turns: measured } of servers) {
    const firstAudio = measured.map((turn) => turn.firstAudioMs);
    console.log(row(name, firstAudio, base));
  }
  console.log("");
  for (const { name, turns: measured } of servers) {
    const saved = measured.flatMap((turn) => turn.savedMs ?? []);
    if (saved.length === 0) continue;
    const figure = `${median(saved).toFixed(0)} ms (median of ${saved.length})`;
    console.log(`${name}: kuku.latency says that drafts saved ${figure}.`);
  }
}

const goalMs = 5;

/** A crowd: what the orchestration adds. */
async function benchOrchestration(): Promise<void> {
  console.log(
    `\noverhead of the orchestration at ${sessions} sessions, ms: median of ${runs} runs of ${seconds} s`,
  );
  for (const engines of ["scripted", "provider"] as const) {
    const measured: Overhead[] = [];
    for (let run = 0; run < runs; run++) {
      process.stderr.write(`\r${engines}, run ${run + 1} of ${runs} `);
      measured.push(await measureOrchestration(engines, { sessions, seconds }));
    }
    process.stderr.write("\r");
    const middle = (of: (overhead: Overhead) => readonly number[], share: number) =>
      median(measured.map((overhead) => percentile(of(overhead), share))).toFixed(1);
    const both = (of: (overhead: Overhead) => readonly number[]) =>
      `p50 ${middle(of, 0.5)}, p99 ${middle(of, 0.99)}`;
    const turnsSeen = measured.reduce((sum, { total }) => sum + total.length, 0);
    const what =
      engines === "scripted"
        ? "engines that take no time"
        : "beside an HTTP provider, its own times taken off";
    const goal = engines === "scripted" ? ` (goal ≤ ${goalMs} ms p99)` : "";
    console.log(`${what}: ${both(({ total }) => total)}${goal}; ${turnsSeen} turns`);
    for (const step of Object.keys(measured[0]!.steps))
      console.log(`  ${step}: ${both(({ steps }) => steps[step]!)}`);
    const late = measured.flatMap(({ providerLateMs }) => providerLateMs ?? []);
    if (late.length > 0)
      console.log(`  the provider's own timers were late by p99 ${median(late).toFixed(1)}`);
    const chats = measured.flatMap(({ chatsPerTurn }) => chatsPerTurn ?? []);
    if (chats.length > 0) console.log(`  requests to the reply model a turn: ${median(chats).toFixed(1)}`);
  }
}

try {
  if (turns > 0) await benchTurns();
  if (runs > 0) await benchOrchestration();
} finally {
  for (const child of children) child.kill("SIGKILL");
}

/**
 * `npm run bench:latency`: from the end of a spoken turn to the first audio at the client, through our server with and
 * without drafts, beside the shortest way there is and beside the same provider used one step after the other.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { median, percentile } from "../statistics.ts";
import { criticalPathMs, draftAfterMs, endpointMs, stages } from "./scenario.ts";
import { sequentialTurn } from "./sequential.ts";
import { speakTurns, type Turn } from "./turn.ts";

const { values } = parseArgs({ options: { turns: { type: "string", default: "7" } } });
const turns = Number(values.turns);
if (!Number.isInteger(turns) || turns < 1) throw new RangeError("--turns: must be a whole number from 1");

const children: ChildProcess[] = [];

async function openUpstream(): Promise<string> {
  const child = fork(new URL("./upstream.ts", import.meta.url), { execArgv: ["--no-warnings"] });
  children.push(child);
  const [{ baseUrl }] = (await once(child, "message")) as [{ baseUrl: string }];
  return baseUrl;
}

async function openServer(baseUrl: string, draftMs: number): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "error",
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: "bench",
    DRAFT_AFTER_MS: String(draftMs),
  };
  const main = new URL("../../src/server/main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--no-warnings", main], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const port = /http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
    if (port) return `ws://127.0.0.1:${port}`;
  }
  throw new Error("the server did not start");
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

try {
  console.log(
    `Provider on loopback: transcript ${stages.sttMs} ms, first token ${stages.firstTokenMs} ms, ` +
      `${stages.tokensPerSecond} tokens/s, first audio ${stages.ttsFirstByteMs} ms. Endpoint ${endpointMs} ms, ` +
      `draft at ${draftAfterMs} ms. ${turns} turns each.`,
  );
  const upstream = await openUpstream();
  const plain = await openServer(upstream, 0);
  const drafting = await openServer(upstream, draftAfterMs);
  const sequential: number[] = [];
  const without: Turn[] = [];
  const ahead: Turn[] = [];
  // The first turn of each pays for connections and compiled code, which a server does once.
  await sequentialTurn(upstream);
  without.push(...(await speakTurns(plain, 1)).slice(1));
  ahead.push(...(await speakTurns(drafting, 1)).slice(1));
  for (let turn = 0; turn < turns; turn++) {
    process.stderr.write(`\rturn ${turn + 1} of ${turns} `);
    sequential.push(await sequentialTurn(upstream));
    without.push(...(await speakTurns(plain, 1)));
    ahead.push(...(await speakTurns(drafting, 1)));
  }
  process.stderr.write("\r");
  const base = median(sequential);
  console.log("\nend of turn → first audio, ms        median      most   over path  of baseline");
  console.log(row("one step after the other", sequential, base));
  console.log(row("shortest path, no work ahead", [criticalPathMs], base));
  console.log(
    row(
      "Kuku, no drafts",
      without.map((turn) => turn.firstAudioMs),
      base,
    ),
  );
  console.log(
    row(
      "Kuku, drafts",
      ahead.map((turn) => turn.firstAudioMs),
      base,
    ),
  );
  const saved = ahead.flatMap((turn) => turn.savedMs ?? []);
  console.log(
    `\nkuku.latency says that drafts saved ${median(saved).toFixed(0)} ms (median of ${saved.length}).`,
  );
} finally {
  for (const child of children) child.kill("SIGKILL");
}

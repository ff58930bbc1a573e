/**
 * `npm run bench:flood` (about a minute): two thousand connections from one address, half of which never say who they
 * are and half of which talk nonsense, against the composed server; and what a session from another address notices.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Child, launch } from "../child.ts";
import { percentile } from "../statistics.ts";
import type { Memory, Usage } from "../targets/usage.ts";
import type { FloodFigures, FloodPlan } from "./flooder.ts";
import type { WitnessFigures } from "./witness.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "2000" },
    seconds: { type: "string", default: "12" },
    rate: { type: "string", default: "200,1000" },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds);
const attacker = "127.0.0.1";
const user = "127.0.0.2";
/** Longer than a connection that sends nothing is borne. */
const settleMs = 13_000;

const server = await launch(new URL("./server.ts", import.meta.url), { core: 0 });
const flooder = await launch(new URL("./flooder.ts", import.meta.url), { core: 1 });
const witness = await launch(new URL("./witness.ts", import.meta.url), { core: 1 });
const port = await server.ask<number>("listen");
await witness.ask("join", { port, from: user });

function print(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

async function row(name: string, plan: FloodPlan | undefined): Promise<void> {
  await witness.ask("mark");
  const before = await server.ask<Usage>("usage");
  if (plan) await flooder.ask("flood", plan);
  await wait(seconds * 1000);
  const after = await server.ask<Usage>("usage");
  const flood = await flooder.ask<FloodFigures>("figures");
  const { echoes, unanswered, lost } = await witness.ask<WitnessFigures>("figures");
  const core = (after.cpuSeconds - before.cpuSeconds) / (after.at - before.at);
  const outcomes = Object.entries(flood.outcomes).map(([outcome, count]) => `${outcome}: ${count}`);
  print([
    name,
    plan ? flood.opened : 0,
    plan ? outcomes.join(", ") : "",
    echoes.length,
    ...[0.5, 0.99, 1].map((share) => percentile(echoes, share).toFixed(1)),
    lost ?? unanswered,
    (core * 100).toFixed(0),
    await megabytes(server),
  ]);
  if (!plan) return;
  await flooder.ask("leave");
  await wait(settleMs);
}

async function megabytes(child: Child): Promise<string> {
  const { held } = await child.ask<Memory>("memory");
  return (held / 1e6).toFixed(1);
}

print([
  "flood from one address",
  "connections opened",
  "answered",
  "echoes of another's",
  "p50 ms",
  "p99 ms",
  "worst ms",
  "unanswered",
  "core %",
  "held MB",
]);
print(["---", "---:", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:"]);
try {
  await row("none", undefined);
  const plan = { port, from: attacker, connections };
  await row("at once", { ...plan, replacedPerSecond: 0 });
  for (const rate of values.rate.split(",").map(Number))
    await row(`kept up, ${rate} new ones a second at most`, { ...plan, replacedPerSecond: rate });
  await row("none, afterwards", undefined);
} finally {
  for (const child of [witness, flooder, server]) await child.stop();
}

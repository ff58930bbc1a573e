/** Two nodes on one PostgreSQL under talk, and one disturbance after another; then the clients' ledgers against the store. */
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../../src/lib/clock.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { type Agreement, compare } from "../survival-ledger.ts";
import { gatherTalkers, type Talker } from "../talkers.ts";
import { type Disturbance, disturbancesOf } from "./disturbances.ts";
import { openScene, type Scene } from "./scene.ts";

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

/** Time that everybody has, once all is undone, to be back and done with their turn, ms. */
const settleMs = 45_000;

/** Disturbs two nodes for some minutes. */
export async function chaosUnderTalk(options: ChaosOptions): Promise<ChaosFigures> {
  const scene = await openScene(options.databaseUrl);
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

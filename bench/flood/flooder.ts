/** The flood's process: so many connections from one address, each kind in its share, and new ones for those that end. */
import { setTimeout as wait } from "node:timers/promises";
import {
  type Flooder,
  type FloodKind,
  type FloodOptions,
  openFlooder,
  tellOutcomes,
} from "../../test/support/flood.ts";
import { answer } from "../child.ts";

export interface FloodPlan extends FloodOptions {
  readonly connections: number;
  /** New ones a second, for those that were closed; 0: none. */
  readonly replacedPerSecond: number;
}

export interface FloodFigures {
  readonly opened: number;
  readonly open: number;
  /** How many were answered what. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Half never say who they are, half talk nonsense. */
const shares: readonly FloodKind[] = [
  "silent",
  "noise",
  "half",
  "nonsense",
  "hanging",
  "noise",
  "silent",
  "nonsense",
  "half",
  "noise",
  "hanging",
  "nonsense",
];
const tickMs = 10;
const opensAtOnce = 100;

let flooders: Flooder[] = [];
let ended: Record<string, number> = {};
let opened = 0;
let running = false;

async function open(plan: FloodPlan): Promise<void> {
  const kind = shares[opened++ % shares.length]!;
  flooders.push(await openFlooder(kind, plan));
}

/** Counts those that are closed, and forgets them. */
function settle(): void {
  for (const [outcome, count] of Object.entries(tellOutcomes(flooders.filter((each) => !each.open))))
    ended[outcome] = (ended[outcome] ?? 0) + count;
  flooders = flooders.filter((each) => each.open);
}

async function replace(plan: FloodPlan): Promise<void> {
  let due = 0;
  let last = performance.now();
  while (running) {
    await wait(tickMs);
    const now = performance.now();
    due = Math.min(opensAtOnce, due + ((now - last) / 1000) * plan.replacedPerSecond);
    last = now;
    settle();
    const missing = Math.min(Math.floor(due), plan.connections - flooders.length);
    due -= Math.max(0, missing);
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => open(plan)));
  }
}

answer({
  /** Resolves once the first ones are open. */
  flood: async (plan: FloodPlan): Promise<void> => {
    ended = {};
    opened = 0;
    running = plan.replacedPerSecond > 0;
    while (opened < plan.connections)
      await Promise.all(
        Array.from({ length: Math.min(opensAtOnce, plan.connections - opened) }, () => open(plan)),
      );
    if (running) void replace(plan);
  },
  figures: (): FloodFigures => {
    settle();
    return { opened, open: flooders.length, outcomes: ended };
  },
  leave: (): void => {
    running = false;
    for (const flooder of flooders) flooder.leave();
    flooders = [];
  },
});

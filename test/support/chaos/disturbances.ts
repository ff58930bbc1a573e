/** The kinds of disturbance, by name. */
import { setTimeout as wait } from "node:timers/promises";
import type { Talker } from "../talkers.ts";
import type { Node } from "./node.ts";
import type { Scene } from "./scene.ts";

/** Does its mischief, undoes it, and resolves once it is undone. */
export type Disturbance = () => Promise<void>;

/** How long a node stands still, ms; more than the server's timeout of 10 s. */
const stoppedMs = 20_000;

export function disturbancesOf(scene: Scene, talkers: readonly Talker[]): Record<string, Disturbance> {
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

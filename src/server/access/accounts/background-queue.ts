/** Work done after the answer was sent: mails, and the look-ups they need. Runs a few at a time; no answer waits for it. */
import PQueue from "p-queue";
import type { Logger } from "../../logging/log.ts";

const concurrency = 4;
/** Tasks that may wait; more are dropped and logged. */
const mostWaiting = 1000;

export interface BackgroundQueue {
  /** Runs `work` soon. Never throws; a failure is logged under `name` by its code alone, since its message may hold an address. */
  run(name: string, work: () => Promise<unknown>): void;
  /** Resolves once nothing runs or waits. */
  settled(): Promise<void>;
}

export function openBackgroundQueue(log: Logger): BackgroundQueue {
  const queue = new PQueue({ concurrency });
  return {
    run(name, work) {
      if (queue.size >= mostWaiting) return log.warn({ task: name }, "background queue full; task dropped");
      queue
        .add(work)
        .catch((error: unknown) => log.warn({ task: name, ...codesOf(error) }, "background task failed"));
    },
    settled: () => queue.onIdle(),
  };
}

function codesOf(error: unknown) {
  const { name, code, responseCode } = error as { name?: unknown; code?: unknown; responseCode?: unknown };
  return {
    kind: typeof name === "string" ? name : "unknown",
    code: typeof code === "string" ? code : undefined,
    status: typeof responseCode === "number" ? responseCode : undefined,
  };
}

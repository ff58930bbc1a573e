/** What is done behind an answer: mails, and looking for whom they are. A few at a time, and none that keeps the answer waiting. */
import type { Logger } from "../../logging/log.ts";

/** At once. */
const atOnce = 4;
/** How many may wait; more are dropped, and said to be. */
const mostWaiting = 1000;

export interface BackgroundQueue {
  /** Has it done soon. Never throws; a failure is logged under `name`, by its code alone: its words may hold an address. */
  run(name: string, work: () => Promise<unknown>): void;
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
}

export function openBackgroundQueue(log: Logger): BackgroundQueue {
  const waiting: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();
  const start = (work: () => Promise<void>) => {
    const done = work().finally(() => {
      running.delete(done);
      const next = waiting.shift();
      if (next) start(next);
    });
    running.add(done);
  };
  return {
    run(name, work) {
      const guarded = async () => {
        try {
          await work();
        } catch (error) {
          log.warn({ errand: name, ...codesOf(error) }, "what was to be done behind an answer failed");
        }
      };
      if (running.size < atOnce) start(guarded);
      else if (waiting.length < mostWaiting) waiting.push(guarded);
      else log.warn({ errand: name }, "too much is to be done behind answers; this was left out");
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

function codesOf(error: unknown): {
  readonly kind: string;
  readonly code?: string;
  readonly status?: number;
} {
  const { name, code, responseCode } = error as { name?: unknown; code?: unknown; responseCode?: unknown };
  return {
    kind: typeof name === "string" ? name : "unknown",
    ...(typeof code === "string" && { code }),
    ...(typeof responseCode === "number" && { status: responseCode }),
  };
}

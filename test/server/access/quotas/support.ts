/** Limiters on a real store, and time that is moved for them and for rate-limiter-flexible, which reads the machine's. */
import { vi } from "vitest";
import { type ManualClock, manualClock } from "../../../../src/lib/clock.ts";
import { DatabaseLimiter } from "../../../../src/server/access/quotas/database-limiter.ts";
import type { AccessConfig } from "../../../../src/server/config/access-settings.ts";
import { HttpError } from "../../../../src/server/net/http-error.ts";
import type { OpenStore } from "../../../../src/store/open-store.ts";
import { openUsage, type UsageDays } from "../../../../src/store/queries/usage-queries.ts";

/** A Monday noon, UTC. */
export const noon = Date.UTC(2026, 10, 23, 12);

export interface Node {
  readonly store: OpenStore;
  readonly limiter: DatabaseLimiter;
  readonly clock: ManualClock;
  readonly usage: UsageDays;
  /** What was warned of, or worse. */
  readonly warned: string[];
  /** Moves time, for all who read it. */
  pass(ms: number): Promise<void>;
}

export interface NodeOptions {
  readonly store: OpenStore;
  readonly access?: Partial<AccessConfig>;
  readonly id?: string;
  /** To be shared by several nodes. */
  readonly clock?: ManualClock;
}

/** A limiter on a store, at noon. */
export function openNode({
  store,
  access = {},
  id = "node-1",
  clock = manualClock(noon),
}: NodeOptions): Node {
  vi.setSystemTime(clock.wallTime());
  const warned: string[] = [];
  const warn = (_: unknown, text: string) => void warned.push(text);
  const limiter = new DatabaseLimiter({
    access: {
      perUser: {},
      perApplication: {},
      perAddress: {},
      mostFailures: 3,
      uploadsAtOnce: 100,
      ...access,
    },
    database: store.database,
    nodeId: id,
    clock,
    log: { info() {}, warn, error: warn } as never,
  });
  return {
    store,
    limiter,
    clock,
    usage: openUsage(store.database),
    warned,
    async pass(ms) {
      vi.setSystemTime(clock.wallTime() + ms);
      await clock.advance(ms);
    },
  };
}

/** What a call was refused with. */
export async function refusal(call: Promise<unknown> | (() => unknown)): Promise<HttpError> {
  const outcome = typeof call === "function" ? new Promise((resolve) => resolve(call())) : call;
  const refused = await outcome.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused instanceof HttpError) return refused;
  throw new Error(`not refused: ${refused}`);
}

/** Waits until something is so, as the database takes its time. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

/** Usage on its way into the table of days that administrators read. */
import type { Clock } from "../../../lib/clock.ts";
import type { UsageDay, UsageDays } from "../../../store/queries/usage-queries.ts";
import { type Due, WriteBehindCounters } from "./write-behind-counters.ts";

/** Owner, API key and day of a row. */
export type UsageOf = Pick<UsageDay, "day" | "ownerId" | "keyId">;

const names = [
  "sessions",
  "turns",
  "audioSeconds",
  "inputTokens",
  "outputTokens",
  "characters",
  "cost",
] as const satisfies readonly (keyof UsageDay)[];

export type UsageName = (typeof names)[number];
export type UsageLedger = WriteBehindCounters<UsageName, UsageOf>;

/** Time between two batches, ms: only people wait for these figures. */
const gatherMs = 5000;
/** Rows kept while the database is away. */
const mostWaiting = 10_000;

export function openUsageLedger(options: {
  readonly days: UsageDays;
  readonly clock: Clock;
  readonly onFailed: (error: unknown) => void;
  readonly onDropped: (rows: number) => void;
}): UsageLedger {
  const { days, clock, onFailed, onDropped } = options;
  return new WriteBehindCounters<UsageName, UsageOf>({
    names,
    async save(due) {
      await days.add(due.map(toRow)).catch((error: unknown) => {
        onFailed(error);
        throw error;
      });
    },
    everyMs: gatherMs,
    mostWaiting,
    onDropped,
    clock,
  });
}

/** Returns the counter key of a row. */
export function usageKey({ day, ownerId, keyId }: UsageOf): string {
  return JSON.stringify([day, ownerId, keyId]);
}

function toRow({ of, amounts }: Due<UsageName, UsageOf>): UsageDay {
  const zeros = Object.fromEntries(names.map((name) => [name, 0])) as Record<UsageName, number>;
  return { ...of, ...zeros, ...amounts };
}

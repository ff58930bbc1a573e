/** What was used, on its way into the table of days that whoever administers the server reads. */
import type { Clock } from "../../../lib/clock.ts";
import type { UsageDay, UsageDays } from "../../../store/queries/usage-queries.ts";
import { type Due, openWriteBehindCounters, type WriteBehindCounters } from "./write-behind-counters.ts";

/** Whose use it is, on which day. */
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

/** How long it is gathered, ms: nothing waits for these figures but people. */
const gatherMs = 5000;
/** Rows that are kept for a database that is away. */
const mostWaiting = 10_000;

export function openUsageLedger(options: {
  readonly days: UsageDays;
  readonly clock: Clock;
  readonly onFailed: (error: unknown) => void;
  readonly onDropped: (rows: number) => void;
}): UsageLedger {
  const { days, clock, onFailed, onDropped } = options;
  return openWriteBehindCounters<UsageName, UsageOf>({
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

/** Names a row among the sums. */
export function usageKey({ day, ownerId, keyId }: UsageOf): string {
  return JSON.stringify([day, ownerId, keyId]);
}

function toRow({ of, amounts }: Due<UsageName, UsageOf>): UsageDay {
  const zeros = Object.fromEntries(names.map((name) => [name, 0])) as Record<UsageName, number>;
  return { ...of, ...zeros, ...amounts };
}

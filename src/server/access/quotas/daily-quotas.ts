/** The day's quotas: what each user, key and guest's address has used today, here and on other nodes. */
import type { Clock } from "../../../lib/clock.ts";
import type { QuotaName } from "../../../session/meter.ts";
import type { CounterRow, LimitPool } from "../../../store/queries/limit-pool.ts";
import type { Quotas } from "../../config/access-settings.ts";
import { dayOf, endOfDay } from "./days.ts";
import type { Subject } from "./subjects.ts";
import { type Due, type Entry, openWriteBehindCounters } from "./write-behind-counters.ts";

/** In units that are counted whole: ms of speech, tokens, millionths of the currency. */
type Amounts = Readonly<Partial<Record<QuotaName, number>>>;

const quotaNames: readonly QuotaName[] = ["audio", "tokens", "cost"];
export const costUnit = 1e-6;
/** How long what was used is gathered before other nodes can know of it, ms. */
const gatherMs = 1000;
/** Subjects without a session whose use is kept for a database that is away. */
const mostWaiting = 10_000;
/** Counters outlive their day, so that a node whose clock is late still finds them, ms. */
const slackMs = 3_600_000;

/** One subject's use of one day, beside the quotas that hold for whoever holds this. */
export interface QuotaUsage {
  /** Those of its quotas that are set. */
  readonly most: Amounts;
  /** As far as it is known here. */
  used(quota: QuotaName): number;
  /** Those who hold it are told once it is used up, never within this call. */
  add(quota: QuotaName, amount: number): void;
  readonly spent: QuotaName | undefined;
}

interface HeldTally extends QuotaUsage {
  readonly sum: Sum;
  readonly onSpent: () => void;
}

export interface DailyQuotas {
  /** Those of a day of the subjects that have quotas a day. `onSpent` is called back, maybe more than once. */
  hold(subjects: readonly Subject[], at: number, onSpent: () => void): readonly QuotaUsage[];
  release(tallies: readonly QuotaUsage[]): void;
  /** Brings them up to what all nodes have stored. Never throws: where that cannot be read, what is known here holds. */
  read(tallies: readonly QuotaUsage[]): Promise<void>;
  /** A last flush, for `withinMs` at most. */
  close(withinMs: number): Promise<void>;
}

export function openDailyQuotas(options: {
  readonly pool: LimitPool;
  readonly clock: Clock;
  readonly onDropped: (entries: number) => void;
}): DailyQuotas {
  const { pool, clock, onDropped } = options;
  const held = new Map<string, Sum>();
  const ledger = openWriteBehindCounters<QuotaName, Sum, () => void>({
    names: quotaNames,
    async save(due) {
      const rows = await pool.add(due.flatMap(counterRows), endOfDay(clock.wallTime()) + slackMs);
      // Held ones: who began while this was on its way has a sum of its own.
      return () =>
        learn(
          due.flatMap(({ key }) => held.get(key) ?? []),
          rows,
        );
    },
    onSaved: (learned) => learned(),
    whole: true,
    everyMs: gatherMs,
    mostWaiting,
    onDropped,
    clock,
  });
  return {
    hold(subjects, at, onSpent) {
      const day = dayOf(at);
      return subjects.flatMap((subject) => {
        const most = amountsOf(subject.quotas);
        if (quotaNames.every((name) => most[name] === undefined)) return [];
        const key = `${day} ${subject.key}`;
        const sum = held.get(key) ?? new Sum(day, subject);
        held.set(key, sum);
        sum.entry = ledger.hold(key, sum);
        return [sum.hold(most, onSpent)];
      });
    },
    release(tallies) {
      for (const tally of tallies as readonly HeldTally[]) {
        const { sum } = tally;
        const { key } = sum.entry!;
        sum.holders.delete(tally);
        if (sum.holders.size === 0) held.delete(key);
        ledger.release(key);
      }
    },
    async read(tallies) {
      const all = (tallies as readonly HeldTally[]).map(({ sum }) => sum);
      const keys = all.flatMap((sum) => quotaNames.map((name) => sum.counter(name)));
      if (keys.length === 0) return;
      // While something of it is on its way, the answer to that says more.
      const rows = await pool.read(keys).catch(() => []);
      learn(
        all.filter(({ entry }) => !entry?.saving),
        rows,
      );
    },
    close: (withinMs) => ledger.close(withinMs),
  };
}

function amountsOf({ audioSecondsPerDay, tokensPerDay, costPerDay }: Quotas): Amounts {
  return {
    ...(audioSecondsPerDay !== undefined && { audio: audioSecondsPerDay * 1000 }),
    ...(tokensPerDay !== undefined && { tokens: tokensPerDay }),
    ...(costPerDay !== undefined && { cost: costPerDay / costUnit }),
  };
}

function counterRows({ of: sum, amounts }: Due<QuotaName, Sum>): readonly CounterRow[] {
  const entries = Object.entries(amounts) as [QuotaName, number][];
  return entries.map(([name, points]) => ({ key: sum.counter(name), points }));
}

/** Counters only grow within their day: of two answers the higher one is the later. */
function learn(sums: Iterable<Sum>, rows: readonly CounterRow[]): void {
  const points = new Map(rows.map((row) => [row.key, row.points]));
  for (const sum of sums) {
    for (const name of quotaNames)
      sum.stored[name] = Math.max(sum.stored[name], points.get(sum.counter(name)) ?? 0);
    sum.look();
  }
}

/** What a subject has used on a day; whoever holds it may have limits of their own. */
class Sum {
  readonly #day: string;
  readonly #subject: Subject;
  /** What all nodes have stored, as far as it is known here. */
  readonly stored: Record<QuotaName, number> = { audio: 0, tokens: 0, cost: 0 };
  readonly holders = new Set<HeldTally>();
  entry: Entry<QuotaName, Sum> | undefined;
  #looking = false;

  constructor(day: string, subject: Subject) {
    this.#day = day;
    this.#subject = subject;
  }

  hold(most: Amounts, onSpent: () => void): QuotaUsage {
    const tally: HeldTally = {
      sum: this,
      most,
      onSpent,
      used: (quota) => this.used(quota),
      add: (quota, amount) => this.#add(quota, amount),
      get spent() {
        return quotaNames.find((name) => most[name] !== undefined && this.used(name) >= most[name]);
      },
    };
    this.holders.add(tally);
    return tally;
  }

  counter(name: QuotaName): string {
    return `${this.#day} ${name} ${this.#subject.key}`;
  }

  used(quota: QuotaName): number {
    return this.stored[quota] + (this.entry?.unsaved(quota) ?? 0);
  }

  #add(quota: QuotaName, amount: number): void {
    // What no quota is of need not be stored.
    if (![...this.holders].some(({ most }) => most[quota] !== undefined)) return;
    this.entry?.add(quota, amount);
    this.look();
  }

  /** Tells, a moment later, those whose quota is used up. */
  look(): void {
    if (this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      for (const { spent, onSpent } of [...this.holders]) if (spent) onSpent();
    });
  }
}

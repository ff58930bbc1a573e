/** The day's quotas: what each user, key and guest's address has used today, here and on other nodes. */
import type { Clock } from "../../lib/clock.ts";
import type { QuotaName } from "../../session/metering.ts";
import type { CounterRow, LimitPool } from "../../store/limit-pool.ts";
import type { Quotas } from "../access-settings.ts";
import { dayOf, endOfDay } from "./days.ts";
import { type Due, type Entry, openLedger } from "./ledger.ts";
import type { Subject } from "./subjects.ts";

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

/** One subject's use of one day's quotas. */
export interface Tally {
  readonly subject: Subject;
  /** Those of its quotas that are set. */
  readonly most: Amounts;
  /** As far as it is known here. */
  used(quota: QuotaName): number;
  /** Those who hold it are told once it is used up, never within this call. */
  add(quota: QuotaName, amount: number): void;
  readonly spent: QuotaName | undefined;
}

export interface Tallies {
  /** Those of a day of the subjects that have quotas a day. `onSpent` is called back, maybe more than once. */
  hold(subjects: readonly Subject[], at: number, onSpent: () => void): readonly Tally[];
  release(tallies: readonly Tally[], onSpent: () => void): void;
  /** Brings them up to what all nodes have stored. Never throws: where that cannot be read, what is known here holds. */
  read(tallies: readonly Tally[]): Promise<void>;
  /** A last flush, for `withinMs` at most. */
  close(withinMs: number): Promise<void>;
}

export function openTallies(options: {
  readonly pool: LimitPool;
  readonly clock: Clock;
  readonly onDropped: (entries: number) => void;
}): Tallies {
  const { pool, clock, onDropped } = options;
  const held = new Map<string, HeldTally>();
  const ledger = openLedger<QuotaName, HeldTally, () => void>({
    names: quotaNames,
    async save(due) {
      const rows = await pool.add(due.flatMap(counterRows), endOfDay(clock.wallTime()) + slackMs);
      // Held ones: who began while this was on its way has a tally of its own.
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
        const tally = held.get(key) ?? new HeldTally(day, subject);
        held.set(key, tally);
        tally.most = most;
        tally.holders.add(onSpent);
        tally.entry = ledger.hold(key, tally);
        return [tally];
      });
    },
    release(tallies, onSpent) {
      for (const tally of tallies as readonly HeldTally[]) {
        const { key } = tally.entry!;
        tally.holders.delete(onSpent);
        if (tally.holders.size === 0) held.delete(key);
        ledger.release(key);
      }
    },
    async read(tallies) {
      const all = tallies as readonly HeldTally[];
      const keys = all.flatMap((tally) => quotaNames.map((name) => tally.counter(name)));
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

function counterRows({ of: tally, amounts }: Due<QuotaName, HeldTally>): readonly CounterRow[] {
  const entries = Object.entries(amounts) as [QuotaName, number][];
  return entries.map(([name, points]) => ({ key: tally.counter(name), points }));
}

/** Counters only grow within their day: of two answers the higher one is the later. */
function learn(tallies: Iterable<HeldTally>, rows: readonly CounterRow[]): void {
  const points = new Map(rows.map((row) => [row.key, row.points]));
  for (const tally of tallies) {
    for (const name of quotaNames)
      tally.stored[name] = Math.max(tally.stored[name], points.get(tally.counter(name)) ?? 0);
    tally.look();
  }
}

class HeldTally implements Tally {
  readonly subject: Subject;
  readonly #day: string;
  /** What all nodes have stored, as far as it is known here. */
  readonly stored: Record<QuotaName, number> = { audio: 0, tokens: 0, cost: 0 };
  readonly holders = new Set<() => void>();
  most: Amounts = {};
  entry: Entry<QuotaName, HeldTally> | undefined;
  #telling = false;

  constructor(day: string, subject: Subject) {
    this.#day = day;
    this.subject = subject;
  }

  counter(name: QuotaName): string {
    return `${this.#day} ${name} ${this.subject.key}`;
  }

  used(quota: QuotaName): number {
    return this.stored[quota] + (this.entry?.unsaved(quota) ?? 0);
  }

  add(quota: QuotaName, amount: number): void {
    // What no quota is of need not be stored.
    if (this.most[quota] === undefined) return;
    this.entry?.add(quota, amount);
    this.look();
  }

  get spent(): QuotaName | undefined {
    for (const name of quotaNames) {
      const most = this.most[name];
      if (most !== undefined && this.used(name) >= most) return name;
    }
    return undefined;
  }

  /** Tells whoever holds it, a moment later, if it is used up. */
  look(): void {
    if (this.#telling || this.spent === undefined) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const onSpent of [...this.holders]) onSpent();
    });
  }
}

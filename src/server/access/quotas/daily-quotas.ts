/** Daily quotas: the usage of each user, API key and guest's address today, on this node and on others. */
import type { Clock } from "../../../lib/clock.ts";
import type { QuotaName } from "../../../session/meter.ts";
import type { CounterRow, LimitPool } from "../../../store/queries/limit-pool.ts";
import type { Quotas } from "../../config/access-settings.ts";
import { dayOf, endOfDay } from "./days.ts";
import type { Subject } from "./subjects.ts";
import { type Due, type Entry, WriteBehindCounters } from "./write-behind-counters.ts";

/** Amounts in units that are counted whole: ms of speech, tokens, millionths of the currency. */
type Amounts = Readonly<Partial<Record<QuotaName, number>>>;

const quotaNames: readonly QuotaName[] = ["audio", "tokens", "cost"];
export const costUnit = 1e-6;
/** Time between two batches, ms; other nodes learn of usage no sooner. */
const gatherMs = 1000;
/** Subjects without a session whose usage is kept while the database is away. */
const mostWaiting = 10_000;
/** Counters outlive their day by this, so that a node whose clock is late still finds them, ms. */
const slackMs = 3_600_000;

/** One subject's usage of one day, beside the quotas of one holder. */
export interface QuotaUsage {
  /** The quotas that are set. */
  readonly most: Amounts;
  /** Usage as far as this node knows. */
  used(quota: QuotaName): number;
  /** Adds usage. Holders whose quota is used up are called back, never within this call. */
  add(quota: QuotaName, amount: number): void;
  /** A quota that is used up; undefined: none. */
  readonly spent: QuotaName | undefined;
}

interface HeldUsage extends QuotaUsage {
  readonly subject: SubjectUsage;
  readonly onSpent: () => void;
}

export class DailyQuotas {
  readonly #pool: LimitPool;
  readonly #subjects = new Map<string, SubjectUsage>();
  readonly #counters: WriteBehindCounters<QuotaName, SubjectUsage, readonly CounterRow[]>;

  /** @param options.onDropped called with the number of subjects whose usage could not be stored */
  constructor(options: {
    readonly pool: LimitPool;
    readonly clock: Clock;
    readonly onDropped: (entries: number) => void;
  }) {
    const { pool, clock, onDropped } = options;
    this.#pool = pool;
    this.#counters = new WriteBehindCounters({
      names: quotaNames,
      save: (due) => pool.add(due.flatMap(counterRows), endOfDay(clock.wallTime()) + slackMs),
      // Looked up again: a holder that came while this was stored may have made a new subject.
      onSaved: (rows, keys) =>
        learn(
          keys.flatMap((key) => this.#subjects.get(key) ?? []),
          rows,
        ),
      whole: true,
      everyMs: gatherMs,
      mostWaiting,
      onDropped,
      clock,
    });
  }

  /**
   * Holds the usage of those subjects that have daily quotas.
   * @param at wall-clock ms; the usage is that of its day
   * @param onSpent called when a quota is used up, maybe more than once
   */
  hold(subjects: readonly Subject[], at: number, onSpent: () => void): readonly QuotaUsage[] {
    const day = dayOf(at);
    return subjects.flatMap((subject) => {
      const most = amountsOf(subject.quotas);
      if (quotaNames.every((name) => most[name] === undefined)) return [];
      const key = `${day} ${subject.key}`;
      const usage = this.#subjects.get(key) ?? new SubjectUsage(day, subject);
      this.#subjects.set(key, usage);
      usage.entry = this.#counters.hold(key, usage);
      return [usage.hold(most, onSpent)];
    });
  }

  release(usages: readonly QuotaUsage[]): void {
    for (const usage of usages as readonly HeldUsage[]) {
      const { subject } = usage;
      const { key } = subject.entry!;
      subject.holders.delete(usage);
      if (subject.holders.size === 0) this.#subjects.delete(key);
      this.#counters.release(key);
    }
  }

  /** Reads what all nodes have stored. Never throws: while that cannot be read, this node's figures hold. */
  async read(usages: readonly QuotaUsage[]): Promise<void> {
    const subjects = (usages as readonly HeldUsage[]).map(({ subject }) => subject);
    const keys = subjects.flatMap((subject) => quotaNames.map((name) => subject.counter(name)));
    if (keys.length === 0) return;
    const rows = await this.#pool.read(keys).catch(() => []);
    // Of a subject that is being stored, the answer to that is newer.
    learn(
      subjects.filter(({ entry }) => !entry?.saving),
      rows,
    );
  }

  /** Stores usage once more, for `withinMs` at most. */
  close(withinMs: number): Promise<void> {
    return this.#counters.close(withinMs);
  }
}

function amountsOf({ audioSecondsPerDay, tokensPerDay, costPerDay }: Quotas): Amounts {
  return {
    audio: audioSecondsPerDay === undefined ? undefined : audioSecondsPerDay * 1000,
    tokens: tokensPerDay,
    cost: costPerDay === undefined ? undefined : costPerDay / costUnit,
  };
}

function counterRows({ of: usage, amounts }: Due<QuotaName, SubjectUsage>): readonly CounterRow[] {
  const entries = Object.entries(amounts) as [QuotaName, number][];
  return entries.map(([name, points]) => ({ key: usage.counter(name), points }));
}

/** Takes over stored figures. Counters only grow within their day: of two answers the higher one is the later. */
function learn(subjects: Iterable<SubjectUsage>, rows: readonly CounterRow[]): void {
  const points = new Map(rows.map((row) => [row.key, row.points]));
  for (const subject of subjects) {
    for (const name of quotaNames)
      subject.stored[name] = Math.max(subject.stored[name], points.get(subject.counter(name)) ?? 0);
    subject.checkSpent();
  }
}

/** The usage of one subject on one day; each holder may have quotas of its own. */
class SubjectUsage {
  readonly #day: string;
  readonly #subject: Subject;
  /** Sum stored by all nodes, as far as this node knows. */
  readonly stored: Record<QuotaName, number> = { audio: 0, tokens: 0, cost: 0 };
  readonly holders = new Set<HeldUsage>();
  entry: Entry<QuotaName, SubjectUsage> | undefined;
  #checking = false;

  constructor(day: string, subject: Subject) {
    this.#day = day;
    this.#subject = subject;
  }

  hold(most: Amounts, onSpent: () => void): QuotaUsage {
    const usage: HeldUsage = {
      subject: this,
      most,
      onSpent,
      used: (quota) => this.used(quota),
      add: (quota, amount) => this.#add(quota, amount),
      get spent() {
        return quotaNames.find((name) => most[name] !== undefined && this.used(name) >= most[name]);
      },
    };
    this.holders.add(usage);
    return usage;
  }

  counter(name: QuotaName): string {
    return `${this.#day} ${name} ${this.#subject.key}`;
  }

  used(quota: QuotaName): number {
    return this.stored[quota] + (this.entry?.unsaved(quota) ?? 0);
  }

  #add(quota: QuotaName, amount: number): void {
    // Usage that no holder has a quota of need not be stored.
    if (![...this.holders].some(({ most }) => most[quota] !== undefined)) return;
    this.entry?.add(quota, amount);
    this.checkSpent();
  }

  /** Calls back, in a microtask, the holders whose quota is used up. */
  checkSpent(): void {
    if (this.#checking) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      for (const { spent, onSpent } of [...this.holders]) if (spent) onSpent();
    });
  }
}

/** A session's meter: adds up its usage, and reports when a quota of its user, API key or address is used up. */
import type { Clock } from "../../../lib/clock.ts";
import type { UsageReport } from "../../../ports/usage.ts";
import type { LimitLevel, Meter, QuotaName } from "../../../session/meter.ts";
import { costUnit, type DailyQuotas, type QuotaUsage } from "./daily-quotas.ts";
import { dayOf, endOfDay, secondsLeftOfDay } from "./days.ts";
import type { Subject } from "./subjects.ts";
import { type UsageLedger, type UsageName, type UsageOf, usageKey } from "./usage-ledger.ts";
import type { Entry } from "./write-behind-counters.ts";

export interface MeterOptions {
  readonly subjects: readonly Subject[];
  readonly quotas: DailyQuotas;
  readonly usage: UsageLedger;
  readonly owner: Omit<UsageOf, "day">;
  readonly clock: Clock;
}

/** Names and units of quotas in `rate_limits.updated`. */
const levelNames: Readonly<Record<QuotaName, Pick<LimitLevel, "name"> & { readonly unit: number }>> = {
  audio: { name: "audio_seconds", unit: 1 / 1000 },
  tokens: { name: "tokens", unit: 1 },
  cost: { name: "cost", unit: costUnit },
};

export class SessionMeter implements Meter {
  readonly #options: MeterOptions;
  readonly #watchers = new Set<(quota: QuotaName) => void>();
  readonly #onSpent = () => this.#notify();
  #usages: readonly QuotaUsage[] = [];
  #usageEntry: Entry<UsageName, UsageOf> | undefined;
  /** End of the day that is counted, wall-clock ms. */
  #dayEndsAt = 0;

  /** Starts from what its subjects have used on this node; `read` adds other nodes. */
  constructor(options: MeterOptions) {
    this.#options = options;
    this.#open();
  }

  /** Reads what was used on other nodes and before. Never throws. */
  read(): Promise<void> {
    return this.#options.quotas.read(this.#usages);
  }

  begun(): void {
    this.#count("sessions");
  }

  add({ stage, inputTokens = 0, outputTokens = 0, characters = 0, cost = 0 }: UsageReport): void {
    // The token quota is of the reply model alone; tokens of other models are part of their cost.
    const [input, output] = stage === "reply" ? [inputTokens, outputTokens] : [0, 0];
    const late = this.#ensureOpen();
    const entry = this.#usageEntry!;
    entry.add("inputTokens", input);
    entry.add("outputTokens", output);
    entry.add("characters", characters);
    entry.add("cost", cost);
    for (const quotaUsage of this.#usages) {
      quotaUsage.add("tokens", input + output);
      quotaUsage.add("cost", cost / costUnit);
    }
    if (late) this.#release();
  }

  addSpeech(ms: number): void {
    const late = this.#ensureOpen();
    this.#usageEntry!.add("audioSeconds", ms / 1000);
    for (const quotaUsage of this.#usages) quotaUsage.add("audio", ms);
    if (late) this.#release();
  }

  addTurn(): void {
    this.#count("turns");
  }

  get spent(): QuotaName | undefined {
    this.#rollOverDay();
    for (const { spent } of this.#usages) if (spent) return spent;
    return undefined;
  }

  watch(onSpent: (quota: QuotaName) => void): () => void {
    this.#watchers.add(onSpent);
    if (this.spent) queueMicrotask(this.#onSpent);
    return () => void this.#watchers.delete(onSpent);
  }

  levels(): readonly LimitLevel[] {
    this.#rollOverDay();
    const resetSeconds = secondsLeftOfDay(this.#options.clock.wallTime());
    return (Object.keys(levelNames) as QuotaName[]).flatMap((quota) => {
      const { name, unit } = levelNames[quota];
      const limits = this.#usages.flatMap((quotaUsage) => {
        const most = quotaUsage.most[quota];
        return most === undefined ? [] : [{ most, left: Math.max(0, most - quotaUsage.used(quota)) }];
      });
      // Of several limits, the one with the least left is reported.
      const [tightest] = limits.sort((a, b) => a.left - b.left);
      if (!tightest) return [];
      const { most, left } = tightest;
      return [{ name, limit: rounded(most * unit), remaining: rounded(left * unit), resetSeconds }];
    });
  }

  /** Ends the notifications; usage that is reported later is still counted. */
  close(): void {
    this.#watchers.clear();
    this.#release();
  }

  #count(name: UsageName): void {
    const late = this.#ensureOpen();
    this.#usageEntry!.add(name, 1);
    if (late) this.#release();
  }

  /** Opens the counters where the session has ended already. True: the caller must release them again. */
  #ensureOpen(): boolean {
    this.#rollOverDay();
    if (this.#usageEntry) return false;
    this.#open();
    return true;
  }

  /** Moves a session that goes on past midnight to the new day's quotas. */
  #rollOverDay(): void {
    const { clock } = this.#options;
    if (!this.#usageEntry || clock.wallTime() < this.#dayEndsAt) return;
    this.#release();
    this.#open();
    void this.read();
  }

  #open(): void {
    const { subjects, quotas, usage, owner, clock } = this.#options;
    const now = clock.wallTime();
    const of = { ...owner, day: dayOf(now) };
    this.#dayEndsAt = endOfDay(now);
    this.#usages = quotas.hold(subjects, now, this.#onSpent);
    this.#usageEntry = usage.hold(usageKey(of), of);
  }

  #release(): void {
    const { quotas, usage } = this.#options;
    if (!this.#usageEntry) return;
    usage.release(this.#usageEntry.key);
    quotas.release(this.#usages);
    this.#usageEntry = undefined;
    this.#usages = [];
  }

  #notify(): void {
    const { spent } = this;
    if (!spent) return;
    for (const onSpent of [...this.#watchers]) {
      this.#watchers.delete(onSpent);
      onSpent(spent);
    }
  }
}

/** Rounds to a millionth: finer digits are floating-point noise. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

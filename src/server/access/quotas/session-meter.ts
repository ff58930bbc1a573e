/** A session's meter: adds up what it uses, and says when a quota of its user, key or address is used up. */
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
  readonly tallies: DailyQuotas;
  readonly usage: UsageLedger;
  readonly owner: Omit<UsageOf, "day">;
  readonly clock: Clock;
}

/** As `rate_limits.updated` names them, in the units that people set. */
const levelNames: Readonly<Record<QuotaName, Pick<LimitLevel, "name"> & { readonly unit: number }>> = {
  audio: { name: "audio_seconds", unit: 1 / 1000 },
  tokens: { name: "tokens", unit: 1 },
  cost: { name: "cost", unit: costUnit },
};

export class SessionMeter implements Meter {
  readonly #options: MeterOptions;
  readonly #watchers = new Set<(quota: QuotaName) => void>();
  readonly #onSpent = () => this.#tell();
  #tallies: readonly QuotaUsage[] = [];
  #line: Entry<UsageName, UsageOf> | undefined;
  /** When the day ends that is counted now, wall-clock ms. */
  #until = 0;

  /** Counts from the start what others of its subjects have used here; `read` says what they have elsewhere. */
  constructor(options: MeterOptions) {
    this.#options = options;
    this.#open();
  }

  /** Learns what was used on other nodes, and before. Never throws. */
  read(): Promise<void> {
    return this.#options.tallies.read(this.#tallies);
  }

  begun(): void {
    this.#count("sessions");
  }

  add({ stage, inputTokens = 0, outputTokens = 0, characters = 0, cost = 0 }: UsageReport): void {
    // The settings promise tokens of the reply model; what others count as tokens is in their cost.
    const [input, output] = stage === "reply" ? [inputTokens, outputTokens] : [0, 0];
    const late = this.#enter();
    const line = this.#line!;
    line.add("inputTokens", input);
    line.add("outputTokens", output);
    line.add("characters", characters);
    line.add("cost", cost);
    for (const tally of this.#tallies) {
      tally.add("tokens", input + output);
      tally.add("cost", cost / costUnit);
    }
    if (late) this.#release();
  }

  addSpeech(ms: number): void {
    const late = this.#enter();
    this.#line!.add("audioSeconds", ms / 1000);
    for (const tally of this.#tallies) tally.add("audio", ms);
    if (late) this.#release();
  }

  addTurn(): void {
    this.#count("turns");
  }

  get spent(): QuotaName | undefined {
    this.#today();
    for (const { spent } of this.#tallies) if (spent) return spent;
    return undefined;
  }

  watch(onSpent: (quota: QuotaName) => void): () => void {
    this.#watchers.add(onSpent);
    if (this.spent) queueMicrotask(this.#onSpent);
    return () => void this.#watchers.delete(onSpent);
  }

  levels(): readonly LimitLevel[] {
    this.#today();
    const resetSeconds = secondsLeftOfDay(this.#options.clock.wallTime());
    return (Object.keys(levelNames) as QuotaName[]).flatMap((quota) => {
      const { name, unit } = levelNames[quota];
      const limits = this.#tallies.flatMap((tally) => {
        const most = tally.most[quota];
        return most === undefined ? [] : [{ most, left: Math.max(0, most - tally.used(quota)) }];
      });
      // Of several that hold, the one that ends first is told.
      const [tightest] = limits.sort((a, b) => a.left - b.left);
      if (!tightest) return [];
      const { most, left } = tightest;
      return [{ name, limit: rounded(most * unit), remaining: rounded(left * unit), resetSeconds }];
    });
  }

  /** The session has ended; what it still hears of is counted all the same. */
  close(): void {
    this.#watchers.clear();
    this.#release();
  }

  #count(name: UsageName): void {
    const late = this.#enter();
    this.#line!.add(name, 1);
    if (late) this.#release();
  }

  /** Makes sure that there is something to count on. True: the session has ended, and it is to be let go of again. */
  #enter(): boolean {
    this.#today();
    if (this.#line) return false;
    this.#open();
    return true;
  }

  /** A session that goes on past midnight has the new day's quotas. */
  #today(): void {
    const { clock } = this.#options;
    if (!this.#line || clock.wallTime() < this.#until) return;
    this.#release();
    this.#open();
    void this.read();
  }

  #open(): void {
    const { subjects, tallies, usage, owner, clock } = this.#options;
    const now = clock.wallTime();
    const of = { ...owner, day: dayOf(now) };
    this.#until = endOfDay(now);
    this.#tallies = tallies.hold(subjects, now, this.#onSpent);
    this.#line = usage.hold(usageKey(of), of);
  }

  #release(): void {
    const { tallies, usage } = this.#options;
    if (!this.#line) return;
    usage.release(this.#line.key);
    tallies.release(this.#tallies);
    this.#line = undefined;
    this.#tallies = [];
  }

  #tell(): void {
    const { spent } = this;
    if (!spent) return;
    for (const onSpent of [...this.#watchers]) {
      this.#watchers.delete(onSpent);
      onSpent(spent);
    }
  }
}

/** To a millionth: what is finer is the arithmetic's own. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

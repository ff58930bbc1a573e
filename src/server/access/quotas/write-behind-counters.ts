/** Counters that are added to in memory and stored in batches; kept in memory while the database is away. */
import type { CancelTimer, Clock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";
import { CommitInDoubt } from "../../../store/transaction.ts";

/** The sums of one key. */
export interface Entry<Name extends string, Of> {
  readonly key: string;
  /** Subject of the key. */
  readonly of: Of;
  add(name: Name, amount: number): void;
  /** Returns what was added and is not stored yet, or is being stored. */
  unsaved(name: Name): number;
  /** Whether some of it is being stored. */
  readonly saving: boolean;
}

/** The sums of one key that are to be stored: those that are not 0. */
export interface Due<Name extends string, Of> {
  readonly key: string;
  readonly of: Of;
  readonly amounts: Readonly<Partial<Record<Name, number>>>;
}

export interface WriteBehindOptions<Name extends string, Of, Answer> {
  readonly names: readonly Name[];
  /**
   * Stores all of these sums or none. A rejection keeps them for later; after a `CommitInDoubt`, whose result is the answer,
   * they are stored again only once the database has said that they are not.
   */
  readonly save: (due: readonly Due<Name, Of>[]) => Promise<Answer>;
  /** Receives what `save` returned and the keys, at the moment when their sums stop being `unsaved`. */
  readonly onSaved?: (answer: Answer, keys: readonly string[]) => void;
  /** True: only whole amounts are stored; fractions stay for the next time. */
  readonly whole?: boolean;
  /** Time between two batches, ms. */
  readonly everyMs: number;
  /** Keys that nobody holds and that cannot be stored: beyond this many, the oldest are dropped. */
  readonly mostWaiting: number;
  /** Called when keys are dropped unstored. */
  readonly onDropped: (entries: number) => void;
  readonly clock: Clock;
}

/**
 * Counters by key, gathered in memory and stored every `everyMs`. Holds a timer only while there are keys.
 * `Of`: what a key stands for; `Answer`: what `save` returns.
 */
export class WriteBehindCounters<Name extends string, Of, Answer = void> {
  readonly #options: WriteBehindOptions<Name, Of, Answer>;
  readonly #sums = new Map<string, Sums<Name, Of>>();
  #cancelTimer: CancelTimer | undefined;
  #saving: Promise<void> | undefined;
  #inDoubt: SumsInDoubt<Name, Of> | undefined;
  #saveAgain = false;
  #closing: Promise<void> | undefined;

  constructor(options: WriteBehindOptions<Name, Of, Answer>) {
    this.#options = options;
  }

  /** Returns the sums of a key, kept until `release` is called as often as `hold`. */
  hold(key: string, of: Of): Entry<Name, Of> {
    const { names, whole = false } = this.#options;
    const entry = this.#sums.get(key) ?? new Sums<Name, Of>(key, of, names, whole);
    entry.holders++;
    this.#sums.set(key, entry);
    this.#startTimer();
    return entry;
  }

  /** Lets go of a key: once nobody holds it, its sums are stored soon and then forgotten. */
  release(key: string): void {
    const entry = this.#sums.get(key);
    if (!entry) return;
    entry.holders--;
    if (entry.holders > 0) return;
    if (entry.empty) this.#sums.delete(key);
    else if (!this.#closing) void this.flush();
  }

  /** Stores all sums; resolves once that is done or has failed. Never rejects. */
  async flush(): Promise<void> {
    if (this.#saving) {
      this.#saveAgain = true;
      return this.#saving;
    }
    this.#saving = this.#saveUntilDone().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  /** Stores all sums once more, for `withinMs` at most. Calling again waits for the same. */
  close(withinMs: number): Promise<void> {
    this.#closing ??= this.#close(withinMs);
    return this.#closing;
  }

  /** Keys with sums. */
  get size(): number {
    return this.#sums.size;
  }

  async #saveUntilDone(): Promise<void> {
    do {
      this.#saveAgain = false;
      await this.#save();
    } while (this.#saveAgain);
  }

  async #save(): Promise<void> {
    const { save } = this.#options;
    if (this.#inDoubt && !(await this.#settleDoubt(this.#inDoubt))) return;
    const due = [...this.#sums.values()].filter((entry) => entry.send());
    if (due.length === 0) return;
    try {
      this.#onSaved(due, await save(due.map(({ key, of, sent }) => ({ key, of, amounts: sent! }))));
    } catch (error) {
      // `save` itself has told the operator.
      if (error instanceof CommitInDoubt) this.#inDoubt = { due, commit: error };
      else for (const entry of due) entry.failed();
    }
    this.#forgetIdle();
  }

  /** Asks whether the sums in doubt are stored; false: that is not known yet. */
  async #settleDoubt({ due, commit }: SumsInDoubt<Name, Of>): Promise<boolean> {
    let stored: boolean;
    try {
      stored = await commit.wasStored();
    } catch {
      return false;
    }
    this.#inDoubt = undefined;
    if (stored) this.#onSaved(due, commit.result as Answer);
    else for (const entry of due) entry.failed();
    return true;
  }

  #onSaved(due: readonly Sums<Name, Of>[], answer: Answer): void {
    for (const entry of due) entry.saved();
    this.#options.onSaved?.(
      answer,
      due.map(({ key }) => key),
    );
  }

  #forgetIdle(): void {
    const { mostWaiting, onDropped } = this.#options;
    const idle = [...this.#sums.values()].filter((entry) => entry.holders === 0);
    const kept = idle.filter((entry) => !entry.empty);
    for (const entry of idle) if (entry.empty) this.#sums.delete(entry.key);
    const dropped = kept.slice(0, Math.max(0, kept.length - mostWaiting));
    for (const entry of dropped) this.#sums.delete(entry.key);
    if (dropped.length > 0) onDropped(dropped.length);
  }

  #startTimer(): void {
    if (this.#cancelTimer || this.#closing || this.#sums.size === 0) return;
    const { clock, everyMs } = this.#options;
    this.#cancelTimer = clock.after(everyMs, () => {
      this.#cancelTimer = undefined;
      this.#forgetIdle();
      void this.flush();
      this.#startTimer();
    });
  }

  async #close(withinMs: number): Promise<void> {
    const { clock, onDropped } = this.#options;
    this.#cancelTimer?.();
    await settlesWithin(clock, withinMs, this.flush());
    const lost = [...this.#sums.values()].filter((entry) => !entry.empty).length;
    this.#sums.clear();
    if (lost > 0) onDropped(lost);
  }
}

/** Sums that are stored, or not. */
interface SumsInDoubt<Name extends string, Of> {
  readonly due: readonly Sums<Name, Of>[];
  readonly commit: CommitInDoubt;
}

class Sums<Name extends string, Of> implements Entry<Name, Of> {
  readonly key: string;
  readonly of: Of;
  holders = 0;
  /** Amounts that are being stored; undefined: none. */
  sent: Partial<Record<Name, number>> | undefined;
  readonly #waiting: Record<Name, number>;
  readonly #names: readonly Name[];
  readonly #whole: boolean;

  constructor(key: string, of: Of, names: readonly Name[], whole: boolean) {
    this.key = key;
    this.of = of;
    this.#names = names;
    this.#whole = whole;
    this.#waiting = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  }

  add(name: Name, amount: number): void {
    this.#waiting[name] += amount;
  }

  unsaved(name: Name): number {
    return this.#waiting[name] + (this.sent?.[name] ?? 0);
  }

  get saving(): boolean {
    return this.sent !== undefined;
  }

  /** Whether nothing is left to be stored. */
  get empty(): boolean {
    return this.sent === undefined && this.#names.every((name) => this.#part(name) === 0);
  }

  /** Moves the amounts to `sent`; false: there are none. */
  send(): boolean {
    const sent: Partial<Record<Name, number>> = {};
    for (const name of this.#names) {
      const part = this.#part(name);
      if (part === 0) continue;
      sent[name] = part;
      this.#waiting[name] -= part;
    }
    if (Object.keys(sent).length === 0) return false;
    this.sent = sent;
    return true;
  }

  saved(): void {
    this.sent = undefined;
  }

  failed(): void {
    for (const name of this.#names) this.#waiting[name] += this.sent?.[name] ?? 0;
    this.sent = undefined;
  }

  #part(name: Name): number {
    return this.#whole ? Math.floor(this.#waiting[name]) : this.#waiting[name];
  }
}

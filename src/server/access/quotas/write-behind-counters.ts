/** Sums that grow while nobody waits: gathered here, stored behind everybody's back, kept while the database is away. */
import type { CancelTimer, Clock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";

/** The sums of one key. */
export interface Entry<Name extends string, Of> {
  readonly key: string;
  /** What the key stands for. */
  readonly of: Of;
  add(name: Name, amount: number): void;
  /** What was added since it was last stored, or is being stored. */
  unsaved(name: Name): number;
  /** Whether something of it is being stored just now. */
  readonly saving: boolean;
}

/** What is to be stored of an entry: those sums that are not 0. */
export interface Due<Name extends string, Of> {
  readonly key: string;
  readonly of: Of;
  readonly amounts: Readonly<Partial<Record<Name, number>>>;
}

export interface WriteBehindOptions<Name extends string, Of, Answer> {
  readonly names: readonly Name[];
  /** Stores sums, all or none; throws where they are to be kept for later. */
  readonly save: (due: readonly Due<Name, Of>[]) => Promise<Answer>;
  /** Is told what `save` answered, at the moment when its sums stop being `unsaved`. */
  readonly onSaved?: (answer: Answer) => void;
  /** Only whole amounts are stored; what is left of one stays. */
  readonly whole?: boolean;
  /** How long sums are gathered, ms. */
  readonly everyMs: number;
  /** Entries that nobody holds are kept up to this many, while they cannot be stored. */
  readonly mostWaiting: number;
  /** Sums had to be dropped. */
  readonly onDropped: (entries: number) => void;
  readonly clock: Clock;
}

export interface WriteBehindCounters<Name extends string, Of> {
  /** The sums of a key, for as long as they are not let go of. */
  hold(key: string, of: Of): Entry<Name, Of>;
  /** Its sums are stored soon, and then forgotten. */
  release(key: string): void;
  /** Stores what there is; resolves once that is done or has failed. */
  flush(): Promise<void>;
  /** A last flush, for `withinMs` at most. Calling again waits for the same. */
  close(withinMs: number): Promise<void>;
  /** Keys with sums. */
  readonly size: number;
}

/** Opens an empty one; it has a timer only while it has keys. */
export function openWriteBehindCounters<Name extends string, Of, Answer = void>(
  options: WriteBehindOptions<Name, Of, Answer>,
): WriteBehindCounters<Name, Of> {
  const { names, save, onSaved, whole = false, everyMs, mostWaiting, onDropped, clock } = options;
  const sums = new Map<string, Sums<Name, Of>>();
  let cancel: CancelTimer | undefined;
  let saving: Promise<void> | undefined;
  let again = false;
  let closing: Promise<void> | undefined;

  const store = async () => {
    const due = [...sums.values()].filter((entry) => entry.send());
    if (due.length === 0) return;
    try {
      const answer = await save(due.map(({ key, of, sent }) => ({ key, of, amounts: sent! })));
      for (const entry of due) entry.saved();
      onSaved?.(answer);
    } catch {
      // Who saves has told the operator.
      for (const entry of due) entry.failed();
    }
    tidy();
  };
  const tidy = () => {
    const idle = [...sums.values()].filter((entry) => entry.holders === 0);
    const kept = idle.filter((entry) => !entry.empty);
    for (const entry of idle) if (entry.empty) sums.delete(entry.key);
    const dropped = kept.slice(0, Math.max(0, kept.length - mostWaiting));
    for (const entry of dropped) sums.delete(entry.key);
    if (dropped.length > 0) onDropped(dropped.length);
  };
  const flush = async (): Promise<void> => {
    if (saving) {
      again = true;
      return saving;
    }
    saving = (async () => {
      do {
        again = false;
        await store();
      } while (again);
    })().finally(() => {
      saving = undefined;
    });
    return saving;
  };
  const wind = () => {
    if (cancel || closing || sums.size === 0) return;
    cancel = clock.after(everyMs, () => {
      cancel = undefined;
      tidy();
      void flush();
      wind();
    });
  };
  const close = async (withinMs: number) => {
    cancel?.();
    await settlesWithin(clock, withinMs, flush());
    const lost = [...sums.values()].filter((entry) => !entry.empty).length;
    sums.clear();
    if (lost > 0) onDropped(lost);
  };

  return {
    hold(key, of) {
      const entry = sums.get(key) ?? new Sums<Name, Of>(key, of, names, whole);
      entry.holders++;
      sums.set(key, entry);
      wind();
      return entry;
    },
    release(key) {
      const entry = sums.get(key);
      if (!entry) return;
      entry.holders--;
      if (entry.holders > 0) return;
      if (entry.empty) sums.delete(key);
      else if (!closing) void flush();
    },
    flush,
    close(withinMs) {
      closing ??= close(withinMs);
      return closing;
    },
    get size() {
      return sums.size;
    },
  };
}

class Sums<Name extends string, Of> implements Entry<Name, Of> {
  readonly key: string;
  readonly of: Of;
  holders = 0;
  /** Being stored; undefined: nothing is. */
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

  /** Nothing is left to be stored. */
  get empty(): boolean {
    return this.sent === undefined && this.#names.every((name) => this.#part(name) === 0);
  }

  /** Sets aside what is to be stored; false: there is nothing. */
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

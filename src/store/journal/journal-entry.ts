/** The journal of one session: changes that wait, changes in the batch being written, and callers waiting for durability. */
import type { Clock } from "../../lib/clock.ts";
import type { StoreLog } from "../log.ts";
import type { Change, SessionJournal } from "./journal.ts";
import { countChanges, mergeChanges, noChanges, type PendingChanges, toPending } from "./pending-changes.ts";

/** Owner of entries: the journals of their node. */
interface EntryOwner {
  /** Merges `more` into the entry's waiting changes. False: no room for it. */
  accept(entry: JournalEntry, more: PendingChanges): boolean;
  /** A caller waits for the changes: the next batch is to begin at once. */
  hurry(): void;
  /** Drops the entry, of which nothing more can be stored. */
  abandon(entry: JournalEntry): void;
  onClosed(entry: JournalEntry): void;
}

interface JournalEntryOptions {
  readonly sessionId: string;
  readonly ownerId: string;
  readonly epoch: number;
  readonly clock: Clock;
  readonly log: StoreLog;
  readonly owner: EntryOwner;
}

/** A caller of `settled`, waiting until `upTo` writes are durable. */
interface Waiter {
  readonly upTo: number;
  readonly resolve: (outcome: "saved" | "lost") => void;
}

export class JournalEntry implements SessionJournal {
  readonly sessionId: string;
  readonly epoch: number;
  readonly #options: JournalEntryOptions;
  #waiting = noChanges();
  #inFlight: PendingChanges | undefined;
  #closed = false;
  #lost = false;
  /** Numbers of writes: taken so far, part of the batch under way, durable. */
  #written = 0;
  #leaving = 0;
  #saved = 0;
  #waiters: Waiter[] = [];

  constructor(options: JournalEntryOptions) {
    this.#options = options;
    this.sessionId = options.sessionId;
    this.epoch = options.epoch;
  }

  /** Changes of no batch yet. */
  get waiting(): PendingChanges {
    return this.#waiting;
  }

  /** Changes in the batch that is being written. */
  get inFlight(): PendingChanges | undefined {
    return this.#inFlight;
  }

  /** Size of both. */
  get bytes(): number {
    return this.#waiting.bytes + (this.#inFlight?.bytes ?? 0);
  }

  /** Number of both. */
  get count(): number {
    return countChanges(this.#waiting) + (this.#inFlight ? countChanges(this.#inFlight) : 0);
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(changes: readonly Change[]): boolean {
    if (this.#closed || this.#lost) return false;
    if (changes.length === 0) return true;
    const { clock, log, owner } = this.#options;
    try {
      if (!owner.accept(this, toPending(changes, this.#options, clock.wallTime()))) return false;
    } catch (error) {
      log.error({ session: this.sessionId, error: String(error) }, "session changes not writable");
      owner.abandon(this);
      return false;
    }
    this.#written++;
    return true;
  }

  settled(): Promise<"saved" | "lost"> {
    if (this.#lost) return Promise.resolve("lost");
    if (this.#waiting.bytes === 0 && this.#inFlight === undefined) return Promise.resolve("saved");
    const settled = new Promise<"saved" | "lost">((resolve) =>
      this.#waiters.push({ upTo: this.#written, resolve }),
    );
    this.#options.owner.hurry();
    return settled;
  }

  close(): void {
    this.#closed = true;
    this.#options.owner.onClosed(this);
  }

  /** Moves the waiting changes into a batch. */
  beginWrite(): void {
    this.#inFlight = this.#waiting;
    this.#waiting = noChanges();
    this.#leaving = this.#written;
  }

  /** The batch was stored. */
  endWrite(): void {
    this.#inFlight = undefined;
    this.#saved = this.#leaving;
    this.#resolve("saved");
  }

  /** The batch was not stored: its changes wait again, merged with those written since. */
  requeue(): void {
    if (!this.#inFlight) return;
    mergeChanges(this.#inFlight, this.#waiting);
    this.#waiting = this.#inFlight;
    this.#inFlight = undefined;
  }

  /** Drops all changes; nothing more of the session is stored. */
  lose(): void {
    this.#lost = true;
    this.#waiting = noChanges();
    this.#inFlight = undefined;
    this.#resolve("lost");
  }

  #resolve(outcome: "saved" | "lost"): void {
    const isDone = ({ upTo }: Waiter) => outcome === "lost" || upTo <= this.#saved;
    const done = this.#waiters.filter(isDone);
    this.#waiters = this.#waiters.filter((waiter) => !isDone(waiter));
    for (const { resolve } of done) resolve(outcome);
  }
}

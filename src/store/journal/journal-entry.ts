/** The journal of one session: changes that wait, changes in the batch being written, and callers waiting for durability. */
import type { Clock } from "../../lib/clock.ts";
import type { StoreLog } from "../log.ts";
import type { SessionRecord } from "../records.ts";
import type { Change, PendingSession, SessionJournal } from "./journal.ts";
import {
  type BatchRoom,
  countChanges,
  isEmpty,
  leastBytes,
  mergeChanges,
  noChanges,
  oldestChanges,
  type PendingChanges,
  removeChanges,
  toPending,
} from "./pending-changes.ts";

/** Owner of entries: the journals of their node. */
interface EntryOwner {
  /** Merges `more` into the entry's waiting changes. False: no room for it. */
  accept(entry: JournalEntry, more: PendingChanges): boolean;
  /** Bytes that the entry's client may still hand in. */
  roomOf(entry: JournalEntry): number;
  /** Whether so much of the entry waits, for a database that takes changes, that its client should pause. */
  isBehind(entry: JournalEntry): boolean;
  /** A caller waits for the changes: the next batch is to begin at once. */
  hurry(): void;
  /** Drops the entry, of which nothing more can be stored. */
  abandon(entry: JournalEntry): void;
  onClosed(entry: JournalEntry): void;
}

interface JournalEntryOptions {
  readonly session: Pick<SessionRecord, "id" | "ownerId" | "endUser" | "persona">;
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

export class JournalEntry implements SessionJournal, PendingSession {
  readonly sessionId: string;
  readonly epoch: number;
  readonly ownerId: string;
  readonly endUser: string | undefined;
  readonly persona: string;
  readonly #options: JournalEntryOptions;
  #waiting = noChanges();
  /** Changes that are on their way out, part by part; newer ones wait until they are stored. */
  #leaving = noChanges();
  /** The part of them in the batch that is being written. */
  #part: PendingChanges | undefined;
  #closed = false;
  #lost = false;
  /** Numbers of writes: taken so far, on their way out, durable. */
  #written = 0;
  #leavingUpTo = 0;
  #saved = 0;
  #waiters: Waiter[] = [];
  #caughtUp: PromiseWithResolvers<void> | undefined;

  constructor(options: JournalEntryOptions) {
    this.#options = options;
    const { id, ownerId, endUser, persona } = options.session;
    this.sessionId = id;
    this.ownerId = ownerId;
    this.endUser = endUser;
    this.persona = persona;
    this.epoch = options.epoch;
  }

  /** Changes of no batch yet; those of a new session are put there. */
  get waiting(): PendingChanges {
    return this.#waiting;
  }

  /** Changes in the batch that is being written. */
  get part(): PendingChanges {
    return this.#part ?? noChanges();
  }

  /** Size of the least that a batch can store of it. */
  get leastBytes(): number {
    return leastBytes(isEmpty(this.#leaving) ? this.#waiting : this.#leaving);
  }

  /** Size of all changes that are not durable. */
  get bytes(): number {
    return this.#waiting.bytes + this.#leaving.bytes;
  }

  /** Number of all changes that are not durable. */
  get count(): number {
    return countChanges(this.#waiting) + countChanges(this.#leaving);
  }

  /** Nothing more of it will be stored. */
  get lost(): boolean {
    return this.#lost;
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(changes: readonly Change[]): boolean {
    if (this.#closed || this.#lost) return false;
    if (changes.length === 0) return true;
    const { clock, log, owner } = this.#options;
    try {
      if (!owner.accept(this, toPending(changes, this, clock.wallTime()))) return false;
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
    if (this.bytes === 0) return Promise.resolve("saved");
    const settled = new Promise<"saved" | "lost">((resolve) =>
      this.#waiters.push({ upTo: this.#written, resolve }),
    );
    this.#options.owner.hurry();
    return settled;
  }

  get room(): number {
    return this.#closed || this.#lost ? 0 : this.#options.owner.roomOf(this);
  }

  writable(): Promise<void> | undefined {
    if (!this.#options.owner.isBehind(this)) return undefined;
    this.#caughtUp ??= Promise.withResolvers<void>();
    return this.#caughtUp.promise;
  }

  close(): void {
    this.#closed = true;
    this.#options.owner.onClosed(this);
  }

  /** Begins to write the oldest changes: what fits into the room, one row at least. Returns them. */
  beginWrite(room: BatchRoom): PendingChanges {
    if (isEmpty(this.#leaving)) {
      this.#leaving = this.#waiting;
      this.#waiting = noChanges();
      this.#leavingUpTo = this.#written;
    }
    this.#part = oldestChanges(this.#leaving, room);
    return this.#part;
  }

  /** The batch was stored. */
  endWrite(): void {
    removeChanges(this.#leaving, this.part);
    this.#part = undefined;
    if (isEmpty(this.#leaving)) {
      this.#saved = this.#leavingUpTo;
      this.#resolve("saved");
    }
    if (!this.#options.owner.isBehind(this)) this.letGoOn();
  }

  /** The batch was not stored: all changes wait again, merged with those written since. */
  requeue(): void {
    mergeChanges(this.#leaving, this.#waiting);
    this.#waiting = this.#leaving;
    this.#leaving = noChanges();
    this.#part = undefined;
  }

  /** Drops all changes; nothing more of the session is stored. */
  lose(): void {
    this.#lost = true;
    this.#waiting = noChanges();
    this.#leaving = noChanges();
    this.#part = undefined;
    this.#resolve("lost");
    this.letGoOn();
  }

  /** Resolves the promise of `writable`. */
  letGoOn(): void {
    this.#caughtUp?.resolve();
    this.#caughtUp = undefined;
  }

  #resolve(outcome: "saved" | "lost"): void {
    const isDone = ({ upTo }: Waiter) => outcome === "lost" || upTo <= this.#saved;
    const done = this.#waiters.filter(isDone);
    this.#waiters = this.#waiters.filter((waiter) => !isDone(waiter));
    for (const { resolve } of done) resolve(outcome);
  }
}

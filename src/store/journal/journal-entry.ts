/** The journal of one session: changes that wait, changes in the batch being written, and callers waiting for durability. */
import type { Clock } from "../../lib/clock.ts";
import type { StoreLog } from "../log.ts";
import type { SessionRecord } from "../records.ts";
import { type ChangeSetLimits, ChangeSets } from "./change-sets.ts";
import type { Change, PendingSession, SessionJournal } from "./journal.ts";
import { type BatchRoom, noChanges, type PendingChanges, toPending } from "./pending-changes.ts";

/** Owner of entries: the journals of their node. */
interface EntryOwner {
  /** Adds `more` to the entry's waiting changes. False: no room for it. */
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
  readonly limits: ChangeSetLimits;
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
  readonly #waiting: ChangeSets;
  /** Changes of this session in the batch that is being written. */
  #part: PendingChanges | undefined;
  #closed = false;
  #lost = false;
  /** Numbers of writes: taken so far, durable. */
  #written = 0;
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
    this.#waiting = new ChangeSets(options.limits);
  }

  /** Changes in the batch that is being written. */
  get part(): PendingChanges {
    return this.#part ?? noChanges();
  }

  /** Size of the least that a batch can store of it. */
  get leastBytes(): number {
    return this.#waiting.leastBytes;
  }

  /** Size of all changes that are not durable. */
  get bytes(): number {
    return this.#waiting.bytes;
  }

  /** Number of all changes that are not durable. */
  get count(): number {
    return this.#waiting.count;
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
    return true;
  }

  /** Bytes by which a write would enlarge what waits; may be negative. */
  growthBy(changes: PendingChanges): number {
    return this.#waiting.growthBy(changes);
  }

  /** Adds a write for which there is room. */
  add(changes: PendingChanges): void {
    this.#waiting.add(changes, ++this.#written);
  }

  settled(): Promise<"saved" | "lost"> {
    if (this.#lost) return Promise.resolve("lost");
    if (this.#waiting.isEmpty) return Promise.resolve("saved");
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

  /** Begins to write the oldest changes: what fits into the room, one set at least. Returns them. */
  beginWrite(room: BatchRoom): PendingChanges {
    this.#part = this.#waiting.take(room);
    return this.#part;
  }

  /** The batch was stored. */
  endWrite(): void {
    this.#part = undefined;
    this.#saved = this.#waiting.stored() ?? this.#saved;
    this.#resolve("saved");
    if (!this.#options.owner.isBehind(this)) this.letGoOn();
  }

  /** The batch was not stored: its changes wait again. See `ChangeSets.putBack`. */
  requeue(how: { readonly inDoubt: boolean }): void {
    this.#part = undefined;
    this.#waiting.putBack(how);
  }

  /** Drops all changes; nothing more of the session is stored. */
  lose(): void {
    this.#lost = true;
    this.#waiting.clear();
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

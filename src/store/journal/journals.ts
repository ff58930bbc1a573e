/** The journals of a node's live sessions: collects their changes and writes one batch at a time, retrying until stored. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { Database } from "../database.ts";
import { isRefusal, withStoreErrors } from "../failures.ts";
import type { StoreLimits } from "../limits.ts";
import type { StoreLog } from "../log.ts";
import type { NewSession, SessionRecord } from "../records.ts";
import { StoreError } from "../store.ts";
import { type BatchEntry, writeBatch } from "./batch.ts";
import { BatchSize } from "./batch-size.ts";
import { takeOver } from "./claim.ts";
import type { Journals, PendingSession, SessionJournal } from "./journal.ts";
import { JournalEntry } from "./journal-entry.ts";
import { type BatchRoom, countChanges, type PendingChanges, sessionOpened } from "./pending-changes.ts";
import { WaitingBytes } from "./waiting-bytes.ts";

/** Journals that can be stopped. */
export interface RunningJournals extends Journals {
  /** Stops trying; changes that wait are given up. */
  stop(): void;
}

/** Share of the room for changes above which no new sessions should begin; the rest is for those that live. */
const fullShare = 0.9;

interface JournalsOptions {
  readonly database: Pick<Database, "pool" | "journalPool">;
  readonly clock: Clock;
  readonly log: StoreLog;
  readonly limits: StoreLimits;
}

type JournalSession = Pick<SessionRecord, "id" | "ownerId" | "endUser" | "persona">;

/** Opens a node's journals. */
export function openJournals(options: JournalsOptions): RunningJournals {
  return new NodeJournals(options);
}

class NodeJournals implements RunningJournals {
  readonly #options: JournalsOptions;
  /** Entries that are open, or have changes left to store. */
  readonly #entries = new Map<string, JournalEntry>();
  /** Entries with changes to store, longest waiting first. */
  readonly #queue = new Set<JournalEntry>();
  readonly #stopped = new AbortController();
  readonly #bytes: WaitingBytes;
  readonly #size: BatchSize;
  /** Entries in the batch that is being written, and when it is no more. */
  #batch: readonly JournalEntry[] = [];
  #batchWritten: Promise<unknown> | undefined;
  #failingSince: number | undefined;
  #cancelGathering: CancelTimer | undefined;
  #writing: Promise<void> | undefined;
  #hurried = false;
  /** Set while a change was refused for lack of room and nothing has been stored since. */
  #refused = false;

  constructor(options: JournalsOptions) {
    this.#options = options;
    this.#bytes = new WaitingBytes(options.limits);
    this.#size = new BatchSize({ rows: options.limits.batchRows, bytes: options.limits.batchBytes });
  }

  open(session: NewSession & { readonly nodeId: string }): SessionJournal {
    return this.#add(session, 1, sessionOpened(session));
  }

  async claim(sessionId: string, nodeId: string): ReturnType<Journals["claim"]> {
    // What this node itself still has to store of it would be refused after the claim.
    const former = this.#entries.get(sessionId);
    if (former) {
      const { clock, limits } = this.#options;
      const isAway = former.bytes > 0 && this.#failingSince !== undefined;
      if (isAway || !(await settlesWithin(clock, limits.databaseTimeoutMs, former.settled())))
        throw new StoreError("the database is away");
    }
    const taken = await withStoreErrors(() => takeOver(this.#options.database.pool, sessionId, nodeId));
    if (!taken) return undefined;
    const other = this.#entries.get(sessionId);
    if (other && other.epoch < taken.epoch) this.#lose(other);
    const journal = this.#add(taken.stored.session, taken.epoch);
    return { journal, stored: taken.stored };
  }

  pending(sessionId: string): PendingSession | undefined {
    const entry = this.#entries.get(sessionId);
    return entry && entry.bytes > 0 ? entry : undefined;
  }

  pendingOf(ownerId: string): readonly string[] {
    const theirs = [...this.#entries.values()].filter((entry) => entry.ownerId === ownerId);
    return theirs.filter(({ bytes }) => bytes > 0).map(({ sessionId }) => sessionId);
  }

  async discard(sessionId: string): Promise<void> {
    const entry = this.#entries.get(sessionId);
    if (entry) this.#lose(entry);
    if (this.#batch.some((each) => each.sessionId === sessionId)) await this.#batchWritten;
  }

  get state(): Journals["state"] {
    const entries = this.#entries;
    return {
      // A getter, since the end of each reply reads the other figures only.
      get waiting() {
        return [...entries.values()].reduce((sum, entry) => sum + entry.count, 0);
      },
      bytes: this.#bytes.total,
      failingSince: this.#failingSince,
      full: this.#refused || this.#bytes.total >= fullShare * this.#options.limits.waitingBytes,
    };
  }

  async drain(deadlineMs: number): Promise<boolean> {
    if (deadlineMs <= 0) return this.#bytes.total === 0;
    const all = [...this.#entries.values()].map((entry) => entry.settled());
    await settlesWithin(this.#options.clock, deadlineMs, Promise.all(all));
    return this.#bytes.total === 0;
  }

  stop(): void {
    this.#stopped.abort();
    this.#cancelGathering?.();
  }

  #add(session: JournalSession, epoch: number, changes?: PendingChanges): JournalEntry {
    const { clock, log, limits } = this.#options;
    const { id: sessionId, ownerId } = session;
    const owner = {
      accept: (entry: JournalEntry, more: PendingChanges) => this.#accept(entry, more),
      roomOf: (entry: JournalEntry) => this.#bytes.clientRoom(entry),
      isBehind: (entry: JournalEntry) => this.#failingSince === undefined && entry.bytes > limits.behindBytes,
      hurry: () => this.#wake(true),
      abandon: (entry: JournalEntry) => this.#lose(entry),
      onClosed: (entry: JournalEntry) => this.#forget(entry),
    };
    const entry = new JournalEntry({ session, epoch, clock, log, limits, owner });
    // Of two claims at once the later may be told first.
    if ((this.#entries.get(sessionId)?.epoch ?? 0) < epoch) this.#entries.set(sessionId, entry);
    if (changes) {
      entry.add(changes);
      this.#bytes.add(ownerId, changes.bytes);
      this.#queue.add(entry);
      this.#wake(false);
    }
    return entry;
  }

  #accept(entry: JournalEntry, more: PendingChanges): boolean {
    const growth = entry.growthBy(more);
    if (growth > 0 && !this.#bytes.fits(growth)) {
      this.#refused = true;
      return false;
    }
    if (growth > 0 && !this.#bytes.fitsShare(entry, growth)) return false;
    entry.add(more);
    this.#bytes.add(entry.ownerId, growth);
    this.#queue.add(entry);
    this.#wake(false);
    return true;
  }

  /** Has the queue written: after the gathering time, or now. */
  #wake(now: boolean): void {
    if (this.#queue.size === 0 || this.#stopped.signal.aborted) return;
    const { clock, limits } = this.#options;
    if (this.#writing) this.#hurried ||= now;
    else if (now) this.#begin();
    else this.#cancelGathering ??= clock.after(limits.gatherMs, () => this.#begin());
  }

  #begin(): void {
    this.#cancelGathering?.();
    this.#cancelGathering = undefined;
    this.#hurried = false;
    this.#writing = this.#writeQueue().finally(() => {
      this.#writing = undefined;
      this.#wake(this.#hurried);
    });
  }

  /** Writes batch after batch while changes wait; pauses while the database is away. */
  async #writeQueue(): Promise<void> {
    const { clock, log, limits } = this.#options;
    let pause = limits.retryFirstMs;
    while (this.#queue.size > 0 && !this.#stopped.signal.aborted) {
      const { batch, size } = this.#takeBatch();
      const failed = await this.#writeWhole(batch);
      if (!failed) {
        if (this.#failingSince !== undefined) log.info({}, "writing to the database resumed");
        this.#failingSince = undefined;
        this.#refused = false;
        this.#size.stored();
        pause = limits.retryFirstMs;
        continue;
      }
      this.#size.failed(size);
      if (this.#failingSince === undefined)
        log.error({ error: String(failed.error) }, "writing to the database failed; changes wait");
      this.#failingSince ??= clock.now();
      for (const entry of this.#queue) entry.letGoOn();
      await sleep(clock, pause, this.#stopped.signal).catch(() => {});
      pause = Math.min(2 * pause, limits.retryMostMs);
    }
  }

  /**
   * Takes the oldest changes of those who have waited longest, a part of each. Who does not fit in waits for the next batch,
   * so that one large change beside many small ones is all that a batch has.
   */
  #takeBatch(): { readonly batch: readonly JournalEntry[]; readonly size: BatchRoom } {
    const { partRows, partBytes } = this.#options.limits;
    const most = this.#size.room;
    const batch: JournalEntry[] = [];
    const size = { rows: 0, bytes: 0 };
    for (const entry of this.#queue) {
      if (batch.length > 0 && size.bytes + entry.leastBytes > most.bytes) continue;
      this.#queue.delete(entry);
      const part = entry.beginWrite({
        rows: Math.min(most.rows - size.rows, partRows),
        bytes: Math.min(most.bytes - size.bytes, partBytes),
      });
      batch.push(entry);
      size.rows += countChanges(part);
      size.bytes += part.bytes;
      if (size.rows >= most.rows || size.bytes >= most.bytes) break;
    }
    return { batch, size };
  }

  #writeWhole(batch: readonly JournalEntry[]): Promise<{ error: unknown } | undefined> {
    const written = this.#write(batch).finally(() => {
      this.#batch = [];
    });
    this.#batch = batch;
    this.#batchWritten = written;
    return written;
  }

  /** Stores a batch. A batch that the database refuses is split; an entry that it refuses alone is lost. */
  async #write(batch: readonly JournalEntry[]): Promise<{ error: unknown } | undefined> {
    let inDoubt = false;
    const committing = () => {
      inDoubt = true;
    };
    try {
      const changes = batch.map(toBatchEntry);
      const stored = await writeBatch(this.#options.database.journalPool, changes, committing);
      batch.forEach((entry, index) => {
        if (stored.has(changes[index]!)) this.#stored(entry);
        else this.#takenOver(entry);
      });
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) {
        for (const entry of batch) this.#requeue(entry, { inDoubt });
        return { error };
      }
      if (batch.length === 1) {
        const [entry] = batch as [JournalEntry];
        this.#options.log.error(
          { session: entry.sessionId, error: String(error) },
          "session changes refused",
        );
        this.#lose(entry);
        return undefined;
      }
    }
    let failed: { error: unknown } | undefined;
    for (const entry of batch) {
      if (failed) this.#requeue(entry, { inDoubt: false });
      else failed = await this.#write([entry]);
    }
    return failed;
  }

  #stored(entry: JournalEntry): void {
    const before = entry.bytes;
    entry.endWrite();
    this.#bytes.add(entry.ownerId, entry.bytes - before);
    if (entry.bytes > 0) this.#queue.add(entry);
    this.#forget(entry);
  }

  #takenOver(entry: JournalEntry): void {
    if (entry.lost) return;
    this.#options.log.info({ session: entry.sessionId }, "journal ended: another holder has the session");
    this.#lose(entry);
  }

  /** See `ChangeSets.putBack`. */
  #requeue(entry: JournalEntry, how: { readonly inDoubt: boolean }): void {
    if (entry.lost) return;
    const before = entry.bytes;
    entry.requeue(how);
    this.#bytes.add(entry.ownerId, entry.bytes - before);
    this.#queue.add(entry);
  }

  #lose(entry: JournalEntry): void {
    this.#bytes.add(entry.ownerId, -entry.bytes);
    this.#queue.delete(entry);
    entry.lose();
    if (this.#entries.get(entry.sessionId) === entry) this.#entries.delete(entry.sessionId);
  }

  /** Drops a closed journal that has nothing left to store. */
  #forget(entry: JournalEntry): void {
    if (entry.closed && entry.bytes === 0 && this.#entries.get(entry.sessionId) === entry)
      this.#entries.delete(entry.sessionId);
  }
}

function toBatchEntry(entry: JournalEntry): BatchEntry {
  return { sessionId: entry.sessionId, epoch: entry.epoch, changes: entry.part };
}

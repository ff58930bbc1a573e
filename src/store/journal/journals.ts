/** The journals of a node's live sessions: gathers their changes, and writes one batch at a time, until it is stored. */
import type pg from "pg";
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import { isRefusal, withStoreErrors } from "../failures.ts";
import type { StoreLimits } from "../limits.ts";
import type { StoreLog } from "../log.ts";
import { StoreError } from "../store.ts";
import { type BatchEntry, writeBatch } from "./batch.ts";
import { takeOver } from "./claim.ts";
import type { Journals } from "./journal.ts";
import { type JournalEntry, openEntry } from "./journal-entry.ts";
import { countWaiting, growthBy, layOver, nothingWaiting, type Waiting, waitingToOpen } from "./waiting.ts";

/** Journals that can be stopped. */
export interface RunningJournals extends Journals {
  /** Stops trying; what waits is given up. */
  stop(): void;
}

/** Above this share of what may wait no new sessions should begin; the rest is for those that live. */
const fullShare = 0.9;

/** Opens a node's journals. */
export function openJournals(options: {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: StoreLog;
  readonly limits: StoreLimits;
}): RunningJournals {
  const { pool, clock, log, limits } = options;
  /** Those that are open, or have something left to store. */
  const entries = new Map<string, JournalEntry>();
  /** Those with something to store, the one that waits longest first. */
  const queue = new Set<JournalEntry>();
  const stopped = new AbortController();
  let bytes = 0;
  let failingSince: number | undefined;
  let gathering: CancelTimer | undefined;
  let writing: Promise<void> | undefined;
  let hurried = false;
  /** There was no room for something, and nothing has been stored since. */
  let refused = false;

  /** The queue's turn comes after the gathering time, or now. */
  const wake = (now: boolean) => {
    if (queue.size === 0 || stopped.signal.aborted) return;
    if (writing) hurried ||= now;
    else if (now) begin();
    else gathering ??= clock.after(limits.gatherMs, begin);
  };
  const begin = () => {
    gathering?.();
    gathering = undefined;
    hurried = false;
    writing = writeQueue().finally(() => {
      writing = undefined;
      wake(hurried);
    });
  };

  /** Writes batch after batch, as long as something waits; pauses while the database is away. */
  const writeQueue = async () => {
    let pause = limits.retryFirstMs;
    while (queue.size > 0 && !stopped.signal.aborted) {
      const batch = takeBatch();
      const failed = await writeWhole(batch);
      if (!failed) {
        if (failingSince !== undefined) log.info({}, "the database takes changes again");
        failingSince = undefined;
        refused = false;
        pause = limits.retryFirstMs;
        continue;
      }
      if (failingSince === undefined)
        log.error({ error: String(failed.error) }, "the database takes no changes; they wait");
      failingSince ??= clock.now();
      await sleep(clock, pause, stopped.signal).catch(() => {});
      pause = Math.min(2 * pause, limits.retryMostMs);
    }
  };

  const takeBatch = (): JournalEntry[] => {
    const batch: JournalEntry[] = [];
    let rows = 0;
    let size = 0;
    for (const entry of queue) {
      rows += countWaiting(entry.waiting);
      size += entry.waiting.bytes;
      if (batch.length > 0 && (rows > limits.batchRows || size > limits.batchBytes)) break;
      queue.delete(entry);
      entry.depart();
      batch.push(entry);
    }
    return batch;
  };

  /** Stores a batch; one that the database refuses is split, and what it refuses alone is lost. */
  const writeWhole = async (batch: readonly JournalEntry[]): Promise<{ error: unknown } | undefined> => {
    try {
      const changes = batch.map(toWrite);
      const stored = await writeBatch(pool, changes);
      arrive(batch.filter((_, index) => stored.has(changes[index]!)));
      refuse(batch.filter((_, index) => !stored.has(changes[index]!)));
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) {
        for (const entry of batch) comeBack(entry);
        return { error };
      }
      if (batch.length === 1) {
        const [entry] = batch as [JournalEntry];
        log.error({ session: entry.sessionId, error: String(error) }, "a session's changes were refused");
        lose(entry);
        return undefined;
      }
    }
    let failed: { error: unknown } | undefined;
    for (const entry of batch) {
      if (failed) comeBack(entry);
      else failed = await writeWhole([entry]);
    }
    return failed;
  };

  const arrive = (stored: readonly JournalEntry[]) => {
    for (const entry of stored) {
      bytes -= entry.departed?.bytes ?? 0;
      entry.arrive();
      forget(entry);
    }
  };

  const refuse = (taken: readonly JournalEntry[]) => {
    for (const entry of taken) {
      log.warn({ session: entry.sessionId }, "another holder has the session; its journal ends here");
      lose(entry);
    }
  };

  const comeBack = (entry: JournalEntry) => {
    const before = entry.bytes;
    entry.comeBack();
    bytes += entry.bytes - before;
    queue.add(entry);
  };

  const lose = (entry: JournalEntry) => {
    bytes -= entry.bytes;
    queue.delete(entry);
    entry.lose();
    if (entries.get(entry.sessionId) === entry) entries.delete(entry.sessionId);
  };

  /** Drops a closed journal that has nothing left to do. */
  const forget = (entry: JournalEntry) => {
    if (entry.closed && entry.bytes === 0 && entries.get(entry.sessionId) === entry)
      entries.delete(entry.sessionId);
  };

  const add = (sessionId: string, ownerId: string, epoch: number, waiting: Waiting): JournalEntry => {
    const entry = openEntry({
      sessionId,
      ownerId,
      epoch,
      clock,
      log,
      take(more) {
        const growth = growthBy(entry.waiting, more);
        if (bytes + growth > limits.waitingBytes) {
          refused = true;
          return false;
        }
        layOver(entry.waiting, more);
        bytes += growth;
        queue.add(entry);
        wake(false);
        return true;
      },
      hurry: () => wake(true),
      onLost: () => lose(entry),
      onClosed: () => forget(entry),
    });
    // Of two claims at once the later may be told first.
    if ((entries.get(sessionId)?.epoch ?? 0) < epoch) entries.set(sessionId, entry);
    if (waiting.bytes > 0) {
      layOver(entry.waiting, waiting);
      bytes += entry.waiting.bytes;
      queue.add(entry);
      wake(false);
    }
    return entry;
  };

  return {
    open: (session) => add(session.id, session.ownerId, 1, waitingToOpen(session)).journal,
    async claim(sessionId, nodeId) {
      // What this node itself still has to store of it would be refused after the claim.
      const former = entries.get(sessionId);
      if (former) {
        if (former.bytes > 0 && failingSince !== undefined) throw new StoreError("the database is away");
        await former.journal.settled();
      }
      const taken = await withStoreErrors(() => takeOver(pool, sessionId, nodeId));
      if (!taken) return undefined;
      const other = entries.get(sessionId);
      if (other && other.epoch < taken.epoch) lose(other);
      const entry = add(sessionId, taken.stored.session.ownerId, taken.epoch, nothingWaiting());
      return { journal: entry.journal, stored: taken.stored };
    },
    get state() {
      return {
        // Counted when asked for: each reply's end looks at the rest of this.
        get waiting() {
          return [...entries.values()].reduce((sum, entry) => sum + entry.count, 0);
        },
        bytes,
        ...(failingSince !== undefined && { failingSince }),
        full: refused || bytes >= fullShare * limits.waitingBytes,
      };
    },
    async drain(deadlineMs) {
      if (deadlineMs <= 0) return bytes === 0;
      const all = [...entries.values()].map((entry) => entry.journal.settled());
      await settlesWithin(clock, deadlineMs, Promise.all(all));
      return bytes === 0;
    },
    stop() {
      stopped.abort();
      gathering?.();
    },
  };
}

function toWrite(entry: JournalEntry): BatchEntry {
  return { sessionId: entry.sessionId, epoch: entry.epoch, waiting: entry.departed ?? entry.waiting };
}

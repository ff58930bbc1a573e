/** One session's journal: what waits of it, what is on its way, and who wants to know when it is safe. */
import type { Clock } from "../../lib/clock.ts";
import type { StoreLog } from "../log.ts";
import type { SessionJournal } from "./journal.ts";
import { countWaiting, layOver, nothingWaiting, type Waiting, waitingOf } from "./waiting.ts";

export interface JournalEntry {
  readonly sessionId: string;
  readonly epoch: number;
  readonly journal: SessionJournal;
  /** Not on its way yet. */
  readonly waiting: Waiting;
  /** What the batch that is being written takes of it. */
  readonly departed: Waiting | undefined;
  /** Of both. */
  readonly bytes: number;
  readonly count: number;
  readonly closed: boolean;
  /** Puts what waits on its way. */
  depart(): void;
  /** It is stored. */
  arrive(): void;
  /** It was not stored; it waits again, what has been written since laid over it. */
  comeBack(): void;
  lose(): void;
}

/** Who waits for `upTo` writes to be safe. */
interface Waiter {
  readonly upTo: number;
  readonly resolve: (outcome: "saved" | "lost") => void;
}

/** Opens the journal of one session, as one among many. */
export function openEntry(options: {
  readonly sessionId: string;
  readonly ownerId: string;
  readonly epoch: number;
  readonly clock: Clock;
  readonly log: StoreLog;
  /** Takes more to wait, unless there is no room. */
  take(more: Waiting): boolean;
  /** Somebody wants it to be safe soon. */
  hurry(): void;
  /** Nothing more of it can be stored. */
  onLost(): void;
  onClosed(): void;
}): JournalEntry {
  const { sessionId, epoch, clock, log } = options;
  let waiting = nothingWaiting();
  let departed: Waiting | undefined;
  let closed = false;
  let lost = false;
  let written = 0;
  let leaving = 0;
  let saved = 0;
  let waiters: Waiter[] = [];

  const answer = (outcome: "saved" | "lost") => {
    const done = outcome === "lost" ? waiters : waiters.filter(({ upTo }) => upTo <= saved);
    waiters = outcome === "lost" ? [] : waiters.filter(({ upTo }) => upTo > saved);
    for (const { resolve } of done) resolve(outcome);
  };

  const journal: SessionJournal = {
    sessionId,
    write(changes) {
      if (closed || lost) return false;
      if (changes.length === 0) return true;
      try {
        if (!options.take(waitingOf(changes, options, clock.wallTime()))) return false;
      } catch (error) {
        log.error({ session: sessionId, error: String(error) }, "a session's changes cannot be written");
        options.onLost();
        return false;
      }
      written++;
      return true;
    },
    settled() {
      if (lost) return Promise.resolve("lost");
      if (waiting.bytes === 0 && departed === undefined) return Promise.resolve("saved");
      const settled = new Promise<"saved" | "lost">((resolve) => waiters.push({ upTo: written, resolve }));
      options.hurry();
      return settled;
    },
    close() {
      closed = true;
      options.onClosed();
    },
  };

  return {
    sessionId,
    epoch,
    journal,
    get waiting() {
      return waiting;
    },
    get departed() {
      return departed;
    },
    get bytes() {
      return waiting.bytes + (departed?.bytes ?? 0);
    },
    get count() {
      return countWaiting(waiting) + (departed ? countWaiting(departed) : 0);
    },
    get closed() {
      return closed;
    },
    depart() {
      departed = waiting;
      waiting = nothingWaiting();
      leaving = written;
    },
    arrive() {
      departed = undefined;
      saved = leaving;
      answer("saved");
    },
    comeBack() {
      if (!departed) return;
      layOver(departed, waiting);
      waiting = departed;
      departed = undefined;
    },
    lose() {
      lost = true;
      waiting = nothingWaiting();
      departed = undefined;
      answer("lost");
    },
  };
}

/** Memory of a server at which nobody talks: what the start or the last sessions needed is given back to the system. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";

/** Interval at which live sessions are counted, ms. */
const checkMs = 10_000;
/** Number of checks in a row without a session after which memory is released. */
const quietChecks = 2;

export interface IdleMemoryOptions {
  readonly clock: Clock;
  /** Number of live sessions. */
  readonly live: () => number;
  /** Blocks the thread for a moment. */
  readonly release: () => void;
}

/**
 * Releases memory 20 s after the start or after the last session, unless one has begun meanwhile, and then not again
 * until there has been another. Returns a function that stops this.
 */
export function releaseIdleMemory({ clock, live, release }: IdleMemoryOptions): () => void {
  let quiet = 0;
  let cancel: CancelTimer = () => {};
  const check = () => {
    quiet = live() > 0 ? 0 : quiet + 1;
    if (quiet === quietChecks) release();
    cancel = clock.after(checkMs, check);
  };
  cancel = clock.after(checkMs, check);
  return () => cancel();
}

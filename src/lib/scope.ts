/** A cancellable life: process → session → ears / reply → provider request form a tree of scopes. */

/** Why a scope ended; the list is closed. */
export type CancelReason =
  | "barge_in"
  | "client_cancelled"
  | "client_gone"
  | "idle"
  | "draining"
  | "deadline"
  /** Nobody needs it live any more; it goes on when somebody comes back. */
  | "put_away"
  /** Another connection or node has it now. */
  | "taken_over"
  /** What its user may use is used up. */
  | "quota"
  /** Its user may no longer talk, or an administrator ended it. */
  | "revoked"
  | "finished"
  | "failed";

/** What an aborted signal carries as its `reason`. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
  readonly reason: CancelReason;
  constructor(reason: CancelReason) {
    super(`cancelled: ${reason}`);
    this.reason = reason;
  }
}

/** One for each reason: a reply is cancelled far too often to gather a stack each time, and nobody reads it. */
const reasons = new Map<CancelReason, Cancelled>();

function cancelled(reason: CancelReason): Cancelled {
  const known = reasons.get(reason) ?? new Cancelled(reason);
  reasons.set(reason, known);
  return known;
}

export interface Scope {
  readonly signal: AbortSignal;
  /** A child that ends with its parent and, ended first, unlinks itself (AbortSignal.any would keep memory per call). */
  child(): Scope;
  /** Ends this scope and its children; the second call does nothing. */
  cancel(reason: CancelReason): void;
  /** Runs `task` within the scope. A rejection other than a cancellation goes to `onError`, never unhandled. */
  run(task: (signal: AbortSignal) => Promise<void>, onError: (error: unknown) => void): void;
  /** Tasks running in this scope and its children; a close test ends with zero. */
  readonly running: number;
  /** Resolves when no task runs here or below. */
  settled(): Promise<void>;
}

/** Opens the root of a tree of scopes. */
export function openScope(onCancelled?: () => void): Scope {
  const controller = new AbortController();
  const children = new Set<Scope>();
  const tasks = new Set<Promise<void>>();
  const scope: Scope = {
    signal: controller.signal,
    child() {
      const child: Scope = openScope(() => children.delete(child));
      if (controller.signal.aborted) child.cancel((controller.signal.reason as Cancelled).reason);
      else children.add(child);
      return child;
    },
    cancel(reason) {
      if (controller.signal.aborted) return;
      for (const child of children) child.cancel(reason);
      children.clear();
      controller.abort(cancelled(reason));
      onCancelled?.();
    },
    run(task, onError) {
      const running: Promise<void> = (async () => task(controller.signal))()
        .catch((error: unknown) => {
          if (!(controller.signal.aborted && isCancellation(error))) onError(error);
        })
        .finally(() => tasks.delete(running));
      tasks.add(running);
    },
    get running() {
      let total = tasks.size;
      for (const child of children) total += child.running;
      return total;
    },
    async settled() {
      while (tasks.size > 0 || children.size > 0) {
        const below = [...children].map((child) => child.settled());
        if (tasks.size === 0 && scope.running === 0) return;
        await Promise.allSettled([...tasks, ...below]);
      }
    },
  };
  return scope;
}

/** Whether an error only says that its work was cancelled. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Cancelled || (error instanceof Error && error.name === "AbortError");
}

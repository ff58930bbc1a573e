/** A cancellable life: process → session → ears / reply → provider request form a tree of scopes. */
import { onAbort } from "./abort.ts";

/** Why a scope ended; the list is closed. */
export type CancelReason =
  | "barge_in"
  | "client_cancelled"
  | "client_gone"
  | "idle"
  | "draining"
  | "deadline"
  /** The session was passivated: nobody needs it live, and it is activated again on demand. */
  | "put_away"
  /** Another connection or node has taken the session over. */
  | "taken_over"
  /** The user's quota is used up. */
  | "quota"
  /** The user may no longer talk, or an administrator ended the session. */
  | "revoked"
  | "finished"
  | "failed";

/** The `reason` of an aborted signal. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
  readonly reason: CancelReason;
  constructor(reason: CancelReason) {
    super(`cancelled: ${reason}`);
    this.reason = reason;
  }
}

/** One error per reason: a reply is cancelled far too often to gather a stack trace each time, which nobody reads. */
const reasons = new Map<CancelReason, Cancelled>();

function cancelled(reason: CancelReason): Cancelled {
  const known = reasons.get(reason) ?? new Cancelled(reason);
  reasons.set(reason, known);
  return known;
}

/** A node in the tree. Its signal's reason is a `Cancelled`, or the reason of the followed signal that ended it. */
export interface Scope {
  readonly signal: AbortSignal;
  /** A child that ends with its parent and, ended first, unlinks itself (AbortSignal.any would keep memory per call). */
  child(): Scope;
  /**
   * Makes this scope end when `signal` is aborted, with the signal's own reason; at once where it is aborted already. The
   * listener goes when the scope ends in any other way. Returns the scope itself.
   */
  follow(signal: AbortSignal): Scope;
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
export function openScope(): Scope {
  return new ScopeNode();
}

class ScopeNode implements Scope {
  readonly #controller = new AbortController();
  readonly #children = new Set<ScopeNode>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #parent: ScopeNode | undefined;
  #unfollow: Array<() => void> | undefined;

  constructor(parent?: ScopeNode) {
    this.#parent = parent;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  child(): Scope {
    const child = new ScopeNode(this);
    if (this.signal.aborted) child.#end(this.signal.reason);
    else this.#children.add(child);
    return child;
  }

  follow(signal: AbortSignal): Scope {
    if (this.signal.aborted) return this;
    const unlink = onAbort(signal, () => this.#end(signal.reason));
    this.#unfollow ??= [];
    this.#unfollow.push(unlink);
    return this;
  }

  cancel(reason: CancelReason): void {
    this.#end(cancelled(reason));
  }

  run(task: (signal: AbortSignal) => Promise<void>, onError: (error: unknown) => void): void {
    const running: Promise<void> = (async () => task(this.signal))()
      .catch((error: unknown) => {
        if (!(this.signal.aborted && isCancellation(error))) onError(error);
      })
      .finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  get running(): number {
    let total = this.#tasks.size;
    for (const child of this.#children) total += child.running;
    return total;
  }

  async settled(): Promise<void> {
    while (this.#tasks.size > 0 || this.#children.size > 0) {
      const below = [...this.#children].map((child) => child.settled());
      if (this.#tasks.size === 0 && this.running === 0) return;
      await Promise.allSettled([...this.#tasks, ...below]);
    }
  }

  #end(reason: unknown): void {
    if (this.signal.aborted) return;
    for (const unfollow of this.#unfollow ?? []) unfollow();
    this.#unfollow = undefined;
    for (const child of this.#children) child.#end(reason);
    this.#children.clear();
    this.#controller.abort(reason);
    if (this.#parent) this.#parent.#children.delete(this);
  }
}

/** Whether an error only says that its work was cancelled. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Cancelled || (error instanceof Error && error.name === "AbortError");
}

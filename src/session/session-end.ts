/** The end of a session, which comes once: decided by a step, or forced by a fault, overload or another node. */
import type { CancelReason } from "../lib/scope.ts";
import { settlesWithin } from "../lib/timeout.ts";
import { type CloseCode, closeCodes } from "../protocol/close-codes.ts";
import type { SessionStorage } from "./persistence/session-storage.ts";
import type { SessionContext } from "./session-context.ts";

/** Longest wait of the session's end for its engines' tasks, ms. */
const teardownMs = 5_000;

export interface SessionEndOptions {
  /** Undefined: nothing is stored. */
  readonly storage: SessionStorage | undefined;
  /** The session is passivated without a socket, not ended. */
  readonly outlivesSocket: boolean;
  /** Marks the state as ended, where no step has. */
  endState(): void;
  /** Stops whatever takes or makes events; called before the tasks of the scope are cancelled. */
  stop(): void;
}

export class SessionEnd {
  /** Resolves once no task of the session runs, or after `teardownMs`. */
  readonly settled: Promise<void>;
  readonly #session: SessionContext;
  readonly #options: SessionEndOptions;
  readonly #settle: () => void;
  #finished = false;
  #over = false;

  constructor(session: SessionContext, options: SessionEndOptions) {
    this.#session = session;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  /** Whether the session has ended here. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Whether the session has ended and will not be activated again. */
  get over(): boolean {
    return this.#over;
  }

  /** Ends the session for an error in its own code. */
  fault(err: unknown): void {
    const { state, log } = this.#session;
    if (state().ended) return;
    log.error({ err }, "a fault ended the session");
    this.#force("failed", closeCodes.internalError.code, "internal error");
  }

  /** Ends the session since more waits than may. */
  overloaded(cause: string): void {
    const { state, log } = this.#session;
    if (state().ended) return;
    log.warn({ cause }, "overload ended the session");
    this.#force("failed", closeCodes.tryAgainLater.code, "overloaded");
  }

  /** Ends the session here, since another node goes on with it. */
  takenOver(): void {
    if (this.#session.state().ended) return;
    this.#force("taken_over", closeCodes.resumedElsewhere.code, "taken over by another connection");
  }

  /** Stops all parts of the session, writes its end and closes its socket; calling it again does nothing. */
  finish(reason: CancelReason, code: CloseCode, why: string): void {
    if (this.#finished) return;
    this.#finished = true;
    const { scope, outbound, log, state } = this.#session;
    const { stop, storage, outlivesSocket } = this.#options;
    stop();
    scope.cancel(reason);
    this.#over = !canGoOn(reason, outlivesSocket);
    storage?.end(reason, this.#over);
    const messages = state().entries.length;
    log.info({ reason, code, over: this.#over, messages }, "session closed");
    // [ST5] What still waits to be stored will not be: nobody is told it.
    if (reason === "taken_over") outbound.drop();
    outbound.close(code, why);
    void this.#tearDown();
  }

  #force(reason: CancelReason, code: CloseCode, why: string): void {
    this.#options.endState();
    this.finish(reason, code, why);
  }

  async #tearDown(): Promise<void> {
    const { clock, scope, log, usage } = this.#session;
    if (!(await settlesWithin(clock, teardownMs, scope.settled())))
      log.warn({ running: scope.running }, "engines still running after the session's end");
    const rest = usage.take();
    if (rest) log.info(rest, "usage after the last reply");
    this.#settle();
  }
}

/** Whether a session that ends here with this reason may be activated elsewhere or later. */
function canGoOn(reason: CancelReason, outlivesSocket: boolean): boolean {
  if (reason === "taken_over" || reason === "put_away" || reason === "draining") return true;
  return (
    outlivesSocket &&
    (reason === "quota" || reason === "idle" || reason === "deadline" || reason === "client_gone")
  );
}

/** A circuit breaker per upstream: after several failures in a row no calls are made for a while. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Stage, StageError, type StageErrorKind } from "../../lib/errors.ts";
import { CallNotMade } from "../call-not-made.ts";

/** A circuit went from one state to another: `open`, nobody asks; `half_open`, one call may try. */
export interface CircuitChange {
  readonly stage: Stage;
  readonly provider: string;
  readonly state: "closed" | "open" | "half_open";
}

export interface CircuitOptions {
  /** Failures in a row that open it; default 5. */
  readonly breakAfter?: number;
  /** Time that it stays open before one call may try again, ms; default 10,000. */
  readonly breakMs?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Why a call was not made: the circuit of its upstream is open. */
export class CircuitOpen extends CallNotMade {
  override readonly name = "CircuitOpen";
}

/** A call that was admitted, while the circuit had been opened `opened` times. */
interface Call {
  readonly opened: number;
}

/** A circuit, closed at first. */
export class CircuitBreaker {
  readonly #stage: Stage;
  readonly #breakAfter: number;
  readonly #breakMs: number;
  readonly #clock: Clock;
  readonly #onState: (state: CircuitChange["state"]) => void;
  #state: CircuitChange["state"] = "closed";
  /** In a row. */
  #failures = 0;
  /** Number of times the circuit has opened: results of calls admitted before the last time are out of date. */
  #opened = 0;
  /** Time at which the circuit opened, or the last trial began; clock ms. */
  #since = 0;
  #trial: Call | undefined;

  constructor(
    stage: Stage,
    options: CircuitOptions & { readonly onState: (state: CircuitChange["state"]) => void },
  ) {
    this.#stage = stage;
    this.#breakAfter = options.breakAfter ?? 5;
    this.#breakMs = options.breakMs ?? 10_000;
    this.#clock = options.clock ?? systemClock;
    this.#onState = options.onState;
  }

  /**
   * Passes on the events of a call's stream, which `open` makes, and counts how the call ends:
   *
   * - a success: it reached its end, or its reader left, after an event that `delivers` an answer;
   * - a failure: it threw what says that the upstream is down (`unavailable`, `timeout`, `malformed`);
   * - no outcome: it was left or cancelled before an answer, or the upstream refused the request.
   *
   * While half open the circuit admits one call, and another once that one has ended without an outcome or has taken
   * `breakMs`. The first answer, or a refusal, closes the circuit; one failure before the next success opens it again.
   * @throws StageError `unavailable`, not to be retried, with a CircuitOpen as its cause, where the call is not admitted.
   */
  async *guard<T>(
    open: () => AsyncIterable<T>,
    delivers: (event: T) => boolean,
  ): AsyncGenerator<T, void, undefined> {
    const call = this.#admit();
    let answered = false;
    let failed: unknown;
    try {
      for await (const event of open()) {
        if (!answered && delivers(event)) {
          answered = true;
          this.#answered(call);
        }
        yield event;
      }
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      // Reached in every way of leaving, a reader's `return` included.
      if (hasKind(failed, down)) this.#failed(call);
      else if (answered) this.#succeeded(call);
      else if (hasKind(failed, refusing)) this.#answered(call);
      if (this.#trial === call) this.#trial = undefined;
    }
  }

  #admit(): Call {
    const call = { opened: this.#opened };
    if (this.#state === "closed") return call;
    const busy = this.#state === "open" || this.#trial !== undefined;
    if (busy && this.#clock.now() - this.#since < this.#breakMs)
      throw new StageError(this.#stage, "unavailable", { retryable: false, cause: new CircuitOpen() });
    this.#trial = call;
    this.#since = this.#clock.now();
    this.#enter("half_open");
    return call;
  }

  #answered({ opened }: Call): void {
    if (opened !== this.#opened || this.#state !== "half_open") return;
    this.#failures = this.#breakAfter - 1;
    this.#enter("closed");
  }

  #succeeded({ opened }: Call): void {
    if (opened === this.#opened) this.#failures = 0;
  }

  #failed({ opened }: Call): void {
    if (opened !== this.#opened) return;
    this.#failures++;
    if (this.#state === "closed" && this.#failures < this.#breakAfter) return;
    this.#opened++;
    this.#trial = undefined;
    this.#since = this.#clock.now();
    this.#enter("open");
  }

  #enter(state: CircuitChange["state"]): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}

const down: readonly StageErrorKind[] = ["unavailable", "timeout", "malformed"];
const refusing: readonly StageErrorKind[] = ["rejected", "rate_limited"];

function hasKind(error: unknown, kinds: readonly StageErrorKind[]): boolean {
  return error instanceof StageError && kinds.includes(error.kind);
}

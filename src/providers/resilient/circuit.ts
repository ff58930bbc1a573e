/** A circuit per upstream: one that failed several times in a row is left alone for a while. */
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { type Stage, StageError } from "../../lib/errors.ts";

/** A circuit went from one state to another: `open`, nobody asks; `half_open`, one call may try. */
export interface CircuitChange {
  readonly stage: Stage;
  readonly provider: string;
  readonly state: "closed" | "open" | "half_open";
}

export interface CircuitOptions {
  /** Failures in a row that open it; default 5. */
  readonly breakAfter?: number;
  /** How long it stays open before one call may try again, ms; default 10,000. */
  readonly breakMs?: number;
}

export interface Circuit {
  /**
   * Runs a call and counts how it ends. What says that the upstream is down counts (`unavailable`, `timeout`,
   * `malformed`); a refused request and a cancelled one do not.
   * @throws StageError `unavailable`, not to be retried, at once while the circuit is open.
   */
  run(call: () => Promise<void>): Promise<void>;
}

/** A call that was cancelled before it showed whether the upstream is up again. */
class Unproven extends Error {
  override readonly name = "Unproven";
}

const states: Readonly<Partial<Record<CircuitState, CircuitChange["state"]>>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half_open",
};

/** Makes a closed circuit. */
export function openCircuit(
  stage: Stage,
  options: CircuitOptions & { readonly onState?: (state: CircuitChange["state"]) => void } = {},
): Circuit {
  const { breakAfter = 5, breakMs = 10_000 } = options;
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof Unproven || saysDown(error)),
    { halfOpenAfter: breakMs, breaker: new ConsecutiveBreaker(breakAfter) },
  );
  policy.onStateChange((state) => {
    const told = states[state];
    if (told) options.onState?.(told);
  });
  const broken = (cause?: unknown) =>
    new StageError(stage, "unavailable", { retryable: false, cause: cause ?? new BrokenCircuitError() });
  return {
    async run(call) {
      // Only one call tries an upstream that was down; a conversation cannot wait for how that goes.
      if (policy.state === CircuitState.HalfOpen) throw broken();
      try {
        await policy.execute(async () => {
          try {
            await call();
          } catch (error) {
            const trial = policy.state === CircuitState.HalfOpen && !(error instanceof StageError);
            throw trial ? new Unproven("cancelled", { cause: error }) : error;
          }
        });
      } catch (error) {
        if (error instanceof Unproven) throw error.cause;
        throw error instanceof BrokenCircuitError ? broken(error) : error;
      }
    },
  };
}

function saysDown(error: unknown): boolean {
  if (!(error instanceof StageError)) return false;
  return error.kind === "unavailable" || error.kind === "timeout" || error.kind === "malformed";
}

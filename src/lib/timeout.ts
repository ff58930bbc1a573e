/** Deadlines for promises, on the injected clock. */
import { onAbort } from "./abort.ts";
import { type Clock, yieldToEventLoop } from "./clock.ts";

export interface TimeoutOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** Aborts the work earlier, with its reason. */
  readonly signal?: AbortSignal;
  /** Makes the reason of the abort at the deadline. */
  readonly error: () => unknown;
}

/**
 * Runs `work` under a deadline. At the deadline, or once `options.signal` aborts, the signal given to the work aborts;
 * work that settles within the same round of the event loop decides the outcome, any other is left behind.
 * @throws the signal's reason where the work was left behind; whatever the work throws
 */
export async function withTimeout<T>(
  { clock, ms, signal, error }: TimeoutOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = (reason: unknown) => {
    controller.abort(reason);
    void yieldToEventLoop().then(() => reject(controller.signal.reason));
  };
  const cancelTimer = clock.after(ms, () => stop(error()));
  const unlink = signal && onAbort(signal, () => stop(signal.reason));
  const running = (async () => work(controller.signal))();
  try {
    return await Promise.race([running, late]);
  } finally {
    cancelTimer();
    unlink?.();
  }
}

/** Waits for `work` for at most `ms`. Resolves with true once it has fulfilled or rejected, with false at the deadline. */
export function settlesWithin(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancelTimer = clock.after(ms, () => resolve(false));
    const settled = () => {
      cancelTimer();
      resolve(true);
    };
    work.then(settled, settled);
  });
}

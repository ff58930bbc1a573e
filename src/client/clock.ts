/** The client's door to time, shaped like the server's own clock so that one hand-moved clock serves both in tests. */

/** Stops a timer; calling it twice, or after it fired, does nothing. */
export type CancelTimer = () => void;

export interface ClientClock {
  /** Monotonic time in milliseconds; only differences mean anything. */
  now(): number;
  /** Calls `callback` once, `ms` milliseconds (≥ 0) from now. */
  after(ms: number, callback: () => void): CancelTimer;
}

/** The machine's clock. Its timers keep a Node process alive: a recording being spoken is work in hand. */
export const machineClock: ClientClock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason when aborted first, leaving no timer and no listener. */
export function wait(clock: ClientClock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

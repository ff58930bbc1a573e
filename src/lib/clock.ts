/** Time as an injected dependency: everything that waits or measures takes a Clock, so that tests move time by hand. */
import { onAbort } from "./abort.ts";

/** Stops a timer; calling it twice, or after it fired, does nothing. */
export type CancelTimer = () => void;

export interface Clock {
  /** Monotonic time in milliseconds, with fractions; only differences mean anything. */
  now(): number;
  /** Wall-clock time in milliseconds since the epoch. */
  wallTime(): number;
  /** Calls `callback` once, `ms` milliseconds (≥ 0) from now. */
  after(ms: number, callback: () => void): CancelTimer;
}

/** The machine's own clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    if (typeof timer === "object") timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Keeps the process alive until the returned function is called; timers of the system clock alone do not. */
export function holdProcess(): CancelTimer {
  const timer = setInterval(() => {}, 1_000_000);
  return () => clearInterval(timer);
}

/** Resolves in the next round of the event loop, after all that is ready; long work on the main thread awaits it between slices. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time forward by `ms`, firing due timers in order, letting promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Number of timers that wait; a close test ends with zero. */
  readonly pending: number;
}

/** Makes a clock for tests; part of the library so that the tests of every folder share one. */
export function manualClock(start = 0): ManualClock {
  let time = start;
  let sequence = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();
  return {
    now: () => time,
    wallTime: () => time,
    after(ms, callback) {
      const id = sequence++;
      timers.set(id, { at: time + Math.max(0, ms), callback });
      return () => void timers.delete(id);
    },
    async advance(ms) {
      const end = time + ms;
      await yieldToEventLoop();
      for (;;) {
        let next: [number, { at: number; callback: () => void }] | undefined;
        for (const entry of timers)
          if (entry[1].at <= end && (!next || entry[1].at < next[1].at)) next = entry;
        if (!next) break;
        timers.delete(next[0]);
        time = Math.max(time, next[1].at);
        next[1].callback();
        await yieldToEventLoop();
      }
      time = end;
      await yieldToEventLoop();
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Resolves after `ms` of the clock's time; rejects with the signal's reason when aborted first, leaving no timer. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let unlink = () => {};
    const cancelTimer = clock.after(ms, () => {
      unlink();
      resolve();
    });
    if (signal)
      unlink = onAbort(signal, () => {
        cancelTimer();
        reject(signal.reason);
      });
  });
}

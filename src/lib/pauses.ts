/** A stream whose pauses are told. */
import { onAbort } from "./abort.ts";
import type { Clock } from "./clock.ts";

/** Stands among a stream's values where it has paused. */
export const pause: unique symbol = Symbol("pause");

export interface PauseOptions {
  readonly clock: Clock;
  /** Time without a value after which a pause is told, ms. */
  readonly ms: number;
  /** Asked before each value is waited for: whether a pause is told now. */
  applies(): boolean;
  /** Once aborted, no pause is told, and no timer is left. */
  readonly signal: AbortSignal;
}

/** Passes `source` on, with one `pause` before a value that does not come in time. */
export async function* withPauses<T>(
  source: AsyncIterable<T>,
  options: PauseOptions,
): AsyncGenerator<T | typeof pause, void, undefined> {
  const reader = source[Symbol.asyncIterator]();
  let asked: Promise<IteratorResult<T>> | undefined;
  try {
    for (;;) {
      asked = reader.next();
      if (options.applies() && (await isLate(asked, options))) yield pause;
      const result = await asked;
      asked = undefined;
      if (result.done) return;
      yield result.value;
    }
  } finally {
    const left = reader.return?.();
    // Whoever leaves at a pause does not wait for the value that was asked for.
    if (asked) for (const each of [asked, left]) each?.catch(() => {});
    else await left;
  }
}

function isLate(asked: Promise<unknown>, { clock, ms, signal }: PauseOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (late: boolean) => {
      cancel();
      unlink();
      resolve(late);
    };
    let unlink = () => {};
    const cancel = clock.after(ms, () => settle(true));
    unlink = onAbort(signal, () => settle(false));
    const onTime = () => settle(false);
    asked.then(onTime, onTime);
  });
}

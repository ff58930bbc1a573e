/** Reads a stream for as long as a signal allows: an abort ends the wait at once, whatever the source is doing. */
import { onAbort } from "./abort.ts";

/**
 * Passes `source` on value by value. Once `signal` is aborted the read that waits (or the next one) rejects with the
 * signal's reason; the source is told to return, but never waited for, and what it still does is ignored. When the
 * stream has ended in any way, no listener is left on the signal. It is read one value at a time.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  // Of the read that waits. Kept here, since functions made for each read would be most of what a reader costs.
  let resolveWaiting: ((result: IteratorResult<T>) => void) | undefined;
  let failWaiting: ((reason: unknown) => void) | undefined;
  let unlink: (() => void) | undefined;
  let over = false;
  const end = () => {
    over = true;
    unlink?.();
  };
  const release = () => {
    end();
    iterator.return?.().catch(() => {});
  };
  const fail = (reason: unknown) => {
    const failRead = failWaiting;
    resolveWaiting = failWaiting = undefined;
    failRead?.(reason);
  };
  const failAtAbort = () => {
    release();
    fail(signal.reason);
  };
  const onResult = (result: IteratorResult<T>) => {
    const resolve = resolveWaiting;
    resolveWaiting = failWaiting = undefined;
    if (result.done) end();
    resolve?.(result);
  };
  const onError = (error: unknown) => {
    end();
    fail(error);
  };
  const wait = (resolve: (result: IteratorResult<T>) => void, reject: (reason: unknown) => void) => {
    resolveWaiting = resolve;
    failWaiting = reject;
    iterator.next().then(onResult, onError);
  };
  return {
    next() {
      if (signal.aborted) {
        if (!over) release();
        return Promise.reject(signal.reason);
      }
      if (over) return Promise.resolve({ done: true, value: undefined });
      unlink ??= onAbort(signal, failAtAbort);
      return new Promise(wait);
    },
    return() {
      if (!over) release();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

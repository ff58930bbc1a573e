/** Reads a stream for as long as a signal allows: an abort ends the wait at once, whatever the source is doing. */

/**
 * Passes `source` on value by value. Once `signal` is aborted the read that waits (or the next one) rejects with the
 * signal's reason; the source is told to return, but never waited for, and what it still does is ignored. When the
 * stream has ended in any way, no listener is left on the signal.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let failWaiting: ((reason: unknown) => void) | undefined;
  let linked = false;
  let over = false;
  const unlink = () => {
    over = true;
    signal.removeEventListener("abort", onAbort);
  };
  const letGo = () => {
    unlink();
    iterator.return?.().catch(() => {});
  };
  const onAbort = () => {
    letGo();
    failWaiting?.(signal.reason);
    failWaiting = undefined;
  };

  const wait = (resolve: (result: IteratorResult<T>) => void, reject: (reason: unknown) => void) => {
    failWaiting = reject;
    iterator.next().then(
      (result) => {
        failWaiting = undefined;
        if (result.done) unlink();
        resolve(result);
      },
      (error: unknown) => {
        failWaiting = undefined;
        unlink();
        reject(error);
      },
    );
  };
  return {
    next() {
      if (signal.aborted) {
        if (!over) letGo();
        return Promise.reject(signal.reason);
      }
      if (over) return Promise.resolve({ done: true, value: undefined });
      if (!linked) {
        linked = true;
        signal.addEventListener("abort", onAbort, { once: true });
      }
      return new Promise(wait);
    },
    return() {
      if (!over) letGo();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Listeners on abort signals, which can be taken off again. A cancellable piece of work that follows a signal is a scope (`scope.follow`). */

/** Calls `callback` once when `signal` aborts, at once where it is aborted already. Returns a function that unlinks it. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}

/**
 * Waits for `promise`, but no longer than `signal` allows.
 * @throws the signal's reason once it is aborted; what the promise still does is ignored
 */
export async function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const unlink = onAbort(signal, () => reject(signal.reason));
  return Promise.race([promise, aborted]).finally(unlink);
}

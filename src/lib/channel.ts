/** A bounded queue between one producer and one consumer, read as an async iterable. */

export interface Channel<T> extends AsyncIterable<T> {
  /** Puts a value in without waiting. False: the channel is full or closed and the value was not taken. */
  push(value: T): boolean;
  /**
   * Resolves once `push` would be taken, or the channel is closed. After a refusal it waits for a value to leave: one
   * that resolved at once would make a producer that tries again and again starve the process.
   */
  writable(): Promise<void>;
  /** No more values; the consumer still gets those already in. With an error, the consumer's iteration then throws it. */
  close(error?: unknown): void;
  /** Closes and throws away what is queued. */
  discard(): void;
  /** Sum of the sizes of the values that wait. */
  readonly size: number;
  readonly closed: boolean;
}

/**
 * Makes a channel. `limit` is the largest sum of sizes that may wait; `sizeOf` weighs a value (default 1 each).
 * A value is always taken by an empty channel, however large, so that one oversized value cannot wedge it.
 */
export function channel<T>(limit: number, sizeOf: (value: T) => number = () => 1): Channel<T> {
  let queue: T[] = [];
  let head = 0;
  let size = 0;
  let closed = false;
  let failure: { error: unknown } | undefined;
  /** Weight of the value that was last refused; 0 once one was taken. What waits for room waits for that much. */
  let refused = 0;
  let wakeReader: ((result: IteratorResult<T>) => void) | undefined;
  let failReader: ((error: unknown) => void) | undefined;
  let wakeWriters: Array<() => void> = [];

  const releaseWriters = () => {
    if (wakeWriters.length === 0) return;
    const waiting = wakeWriters;
    wakeWriters = [];
    for (const wake of waiting) wake();
  };
  const take = (): T => {
    const value = queue[head] as T;
    queue[head++] = undefined as T;
    if (head === queue.length) {
      queue = [];
      head = 0;
    }
    size -= sizeOf(value);
    releaseWriters();
    return value;
  };
  const finishReader = () => {
    const wake = wakeReader;
    const fail = failReader;
    wakeReader = failReader = undefined;
    if (failure) {
      const { error } = failure;
      failure = undefined;
      fail?.(error);
    } else wake?.({ done: true, value: undefined });
  };
  const close = (error?: unknown) => {
    if (closed) return;
    closed = true;
    if (error !== undefined) failure = { error };
    releaseWriters();
    if (wakeReader) finishReader();
  };
  const discard = () => {
    queue = [];
    head = 0;
    size = 0;
    close();
    releaseWriters();
  };

  const iterator: AsyncIterator<T> = {
    next() {
      if (head < queue.length) return Promise.resolve({ done: false, value: take() });
      return new Promise((resolve, reject) => {
        wakeReader = resolve;
        failReader = reject;
        if (closed) finishReader();
      });
    },
    return() {
      discard();
      return Promise.resolve({ done: true, value: undefined });
    },
  };

  return {
    push(value) {
      if (closed) return false;
      if (wakeReader) {
        const wake = wakeReader;
        wakeReader = failReader = undefined;
        refused = 0;
        wake({ done: false, value });
        return true;
      }
      const weight = sizeOf(value);
      if (size > 0 && size + weight > limit) {
        refused = weight;
        return false;
      }
      refused = 0;
      queue.push(value);
      size += weight;
      return true;
    },
    writable() {
      const room = refused > 0 ? size === 0 || size + refused <= limit : size < limit;
      if (closed || room) return Promise.resolve();
      return new Promise((resolve) => wakeWriters.push(resolve));
    },
    close,
    discard,
    get size() {
      return size;
    },
    get closed() {
      return closed;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
}

/** A bounded queue between one producer and one consumer, read as an async iterable or taken value by value. */
import { onAbort } from "./abort.ts";

export interface Channel<T> extends AsyncIterable<T> {
  /** Puts a value in without waiting. False: the channel is full or closed and the value was not taken. */
  push(value: T): boolean;
  /**
   * Resolves once `push` would be taken, or the channel is closed. After a refusal the promise waits for a value to
   * leave; resolving at once would let a producer that retries in a loop starve the process.
   */
  writable(): Promise<void>;
  /** Undefined while the waiting values weigh `size` or less; else a promise that resolves once they do, or the channel is closed. */
  below(size: number): Promise<void> | undefined;
  /** Refuses further values; the consumer still gets those already in. With an error, the consumer's iteration then throws it. */
  close(error?: unknown): void;
  /** Closes and throws away what is queued. */
  discard(): void;
  /**
   * Hands each value to `take` the moment it is pushed, within `push` itself, which spares the promises of an iteration.
   * While a promise returned by `take` is pending, values wait as usual. Resolves once the channel is closed and all was
   * taken.
   * @throws what `take` throws, or the error the channel was closed with, or the signal's reason once that is aborted;
   * the channel is then discarded.
   */
  consume(take: Take<T>, signal: AbortSignal): Promise<void>;
  /** Sum of the sizes of the values that wait. */
  readonly size: number;
  readonly closed: boolean;
}

/** Takes a value; a returned promise holds the next value back until it resolves. */
type Take<T> = (value: T) => Promise<void> | undefined;

/**
 * Makes a channel. `limit` is the largest sum of sizes that may wait; `sizeOf` weighs a value (default 1 each).
 * A value is always taken by an empty channel, however large, so that one oversized value cannot wedge it, and a value
 * without weight always.
 */
export function channel<T>(limit: number, sizeOf: (value: T) => number = () => 1): Channel<T> {
  return new BoundedChannel(limit, sizeOf);
}

/** A class, since sessions hold several: its methods cost nothing per channel. */
class BoundedChannel<T> implements Channel<T>, AsyncIterator<T> {
  readonly #limit: number;
  readonly #sizeOf: (value: T) => number;
  #queue: T[] = [];
  #head = 0;
  #size = 0;
  /** Weight of the value last refused, 0 once one was taken: `writable` waits for that much room. */
  #refused = 0;
  #closed = false;
  #failure: { error: unknown } | undefined;
  #reader: { wake(result: IteratorResult<T>): void; fail(error: unknown): void } | undefined;
  #taker: Taker<T> | undefined;
  #writers: Array<() => void> = [];

  constructor(limit: number, sizeOf: (value: T) => number) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  get size() {
    return this.#size;
  }

  get closed() {
    return this.#closed;
  }

  push(value: T): boolean {
    if (this.#closed) return false;
    if (this.#taker?.idle) {
      this.#hand(this.#taker, value);
      return true;
    }
    if (this.#reader) {
      const { wake } = this.#reader;
      this.#reader = undefined;
      this.#refused = 0;
      wake({ done: false, value });
      return true;
    }
    const weight = this.#sizeOf(value);
    if (weight > 0 && this.#size > 0 && this.#size + weight > this.#limit) {
      this.#refused = weight;
      return false;
    }
    this.#refused = 0;
    this.#queue.push(value);
    this.#size += weight;
    return true;
  }

  writable(): Promise<void> {
    const refused = this.#refused;
    const hasRoom =
      refused > 0 ? this.#size === 0 || this.#size + refused <= this.#limit : this.#size < this.#limit;
    if (this.#closed || hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#writers.push(resolve));
  }

  below(size: number): Promise<void> | undefined {
    return this.#closed || this.#size <= size ? undefined : this.#untilBelow(size);
  }

  async #untilBelow(size: number): Promise<void> {
    while (!this.#closed && this.#size > size)
      await new Promise<void>((resolve) => this.#writers.push(resolve));
  }

  close(error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    if (error !== undefined) this.#failure = { error };
    this.#releaseWriters();
    if (this.#reader) this.#finishReader();
    if (this.#taker?.idle) this.#taker.finish(this.#takeFailure());
  }

  discard(): void {
    this.#queue = [];
    this.#head = 0;
    this.#size = 0;
    this.close();
    this.#releaseWriters();
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#head < this.#queue.length) return Promise.resolve({ done: false, value: this.#dequeue() });
    return new Promise((wake, fail) => {
      this.#reader = { wake, fail };
      if (this.#closed) this.#finishReader();
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.discard();
    return Promise.resolve({ done: true, value: undefined });
  }

  consume(take: Take<T>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let unlink = () => {};
      const finish = (failure?: { error: unknown }) => {
        unlink();
        this.#taker = undefined;
        if (!failure) return resolve();
        this.discard();
        reject(failure.error);
      };
      if (signal.aborted) return finish({ error: signal.reason });
      unlink = onAbort(signal, () => finish({ error: signal.reason }));
      this.#taker = { take, finish, idle: true };
      this.#drain(this.#taker);
    });
  }

  /** Hands a value to the taker; values pushed meanwhile, by `take` itself or later, are queued. */
  #hand(taker: Taker<T>, value: T): void {
    taker.idle = false;
    try {
      const pending = taker.take(value);
      if (pending)
        pending.then(
          () => this.#drain(taker),
          (error: unknown) => this.#fail(taker, error),
        );
      else if (this.#head === this.#queue.length && !this.#closed) taker.idle = true;
      else this.#drain(taker);
    } catch (error) {
      this.#fail(taker, error);
    }
  }

  #drain(taker: Taker<T>): void {
    if (this.#taker !== taker) return;
    if (this.#head < this.#queue.length) this.#hand(taker, this.#dequeue());
    else if (this.#closed) taker.finish(this.#takeFailure());
    else taker.idle = true;
  }

  #fail(taker: Taker<T>, error: unknown): void {
    if (this.#taker === taker) taker.finish({ error });
  }

  #dequeue(): T {
    const value = this.#queue[this.#head] as T;
    this.#queue[this.#head++] = undefined as T;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    this.#size -= this.#sizeOf(value);
    this.#releaseWriters();
    return value;
  }

  #finishReader(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    const failure = this.#takeFailure();
    if (failure) reader?.fail(failure.error);
    else reader?.wake({ done: true, value: undefined });
  }

  /** Returns the error that the channel was closed with, the first time only. */
  #takeFailure(): { error: unknown } | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #releaseWriters(): void {
    if (this.#writers.length === 0) return;
    const waiting = this.#writers;
    this.#writers = [];
    for (const wake of waiting) wake();
  }
}

/** The consumer registered by `consume`. */
interface Taker<T> {
  readonly take: Take<T>;
  /** Settles `consume`. */
  readonly finish: (failure?: { error: unknown }) => void;
  idle: boolean;
}

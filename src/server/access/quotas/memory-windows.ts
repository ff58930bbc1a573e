/** Counters of this process alone, so many at most; rate-limiter-flexible's own would keep every key it ever met. */
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";

/** Keys at once: some 8 MB, a timer each. */
const mostKeys = 20_000;

/** The library's counters in memory; beyond `most` keys the one that was changed least lately is forgotten. */
export class MemoryWindowStore extends RateLimiterMemory {
  readonly #most: number;
  readonly #keys = new Set<string>();

  constructor(most = mostKeys) {
    super({ points: 1, duration: 60, keyPrefix: "" });
    this.#most = most;
  }

  override penalty(key: string, points?: number, options?: object): Promise<RateLimiterRes> {
    this.#touch(key);
    return super.penalty(key, points, options);
  }

  override reward(key: string, points?: number, options?: object): Promise<RateLimiterRes> {
    this.#touch(key);
    return super.reward(key, points, options);
  }

  override set(key: string, points: number, seconds: number): Promise<RateLimiterRes> {
    this.#touch(key);
    return super.set(key, points, seconds);
  }

  override delete(key: string): Promise<boolean> {
    this.#keys.delete(key);
    return super.delete(key);
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#keys.size;
  }

  /** Forgets all, its timers with it. */
  clear(): void {
    for (const key of this.#keys) void this.delete(key);
  }

  #touch(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size > this.#most) void this.delete(this.#keys.values().next().value!);
  }
}

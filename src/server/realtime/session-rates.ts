/** Rate limits by session: a client that comes back on another socket goes on with what it has left. */
import { type RateLimits, refillMs, SessionRate } from "../net/rate-limit.ts";

interface KeptRate {
  readonly rate: SessionRate;
  /** Sockets that use it. */
  sockets: number;
}

/** The rates of the sessions that have, or had until a moment ago, a socket here. */
export class SessionRates {
  readonly #limits: RateLimits;
  readonly #keptMs: number;
  readonly #rates = new Map<string, KeptRate>();
  /** When sessions lost their last socket (clock, ms), longest ago first; once all is refilled nothing needs remembering. */
  readonly #left = new Map<string, number>();

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#keptMs = refillMs(limits);
  }

  /** Sessions remembered. */
  get size(): number {
    return this.#rates.size;
  }

  /** The rate of a session that a socket joins. */
  join(sessionId: string, now: number): SessionRate {
    this.#forget(now);
    const kept = this.#rates.get(sessionId) ?? { rate: new SessionRate(this.#limits, now), sockets: 0 };
    kept.sockets++;
    this.#rates.set(sessionId, kept);
    this.#left.delete(sessionId);
    return kept.rate;
  }

  /** A socket that joined has closed. */
  leave(sessionId: string, now: number): void {
    this.#forget(now);
    const kept = this.#rates.get(sessionId);
    if (kept && --kept.sockets === 0) this.#left.set(sessionId, now);
  }

  #forget(now: number): void {
    for (const [sessionId, at] of this.#left) {
      if (now - at < this.#keptMs) return;
      this.#left.delete(sessionId);
      this.#rates.delete(sessionId);
    }
  }
}

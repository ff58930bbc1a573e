/** Liveness of a client: pings at a steady interval, and a count of those left unanswered. */

/** Pings a client may leave unanswered. */
const missable = 2;

/** The heartbeat of one connection. Times in ms of the clock. */
export class Heartbeat {
  readonly #intervalMs: number;
  #nextAt: number;
  #unanswered = 0;

  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs;
    this.#nextAt = now + intervalMs;
  }

  /** Returns what is due now: `ping`, or `lost` after too many unanswered pings. */
  beat(now: number): "ping" | "lost" | undefined {
    if (now < this.#nextAt) return undefined;
    if (this.#unanswered >= missable) return "lost";
    this.#nextAt = now + this.#intervalMs;
    this.#unanswered++;
    return "ping";
  }

  /** Records a pong. */
  answered(): void {
    this.#unanswered = 0;
  }
}

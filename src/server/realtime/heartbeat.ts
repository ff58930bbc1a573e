/** Whether the other end is still there: pings at a steady pace, and a count of those that went unanswered. */

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

  /** What is due now: `ping`, or `lost` when the client has let too many go by. */
  beat(now: number): "ping" | "lost" | undefined {
    if (now < this.#nextAt) return undefined;
    if (this.#unanswered >= missable) return "lost";
    this.#nextAt = now + this.#intervalMs;
    this.#unanswered++;
    return "ping";
  }

  /** A pong came. */
  answered(): void {
    this.#unanswered = 0;
  }
}

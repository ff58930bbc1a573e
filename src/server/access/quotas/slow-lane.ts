/** Passes what is asked for one key one after the other, slowly; beyond a short queue, it is to come again. */
import { type Clock, sleep } from "../../../lib/clock.ts";

/** Time that each takes, ms, and how many of one key may wait. */
const paceMs = 3_000;
const mostWaiting = 5;

export class SlowLane {
  readonly #clock: Clock;
  /** Of each key: how many wait, and when the last of them has passed. */
  readonly #lanes = new Map<string, { waiting: number; passed: Promise<void> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once it is this one's turn. Returns seconds to come again where too many wait. */
  async pass(key: string): Promise<number | undefined> {
    const lane = this.#lanes.get(key) ?? { waiting: 0, passed: Promise.resolve() };
    if (lane.waiting >= mostWaiting) return paceMs / 1000;
    this.#lanes.set(key, lane);
    lane.waiting++;
    lane.passed = lane.passed.then(() => sleep(this.#clock, paceMs));
    await lane.passed;
    if (--lane.waiting === 0) this.#lanes.delete(key);
    return undefined;
  }
}

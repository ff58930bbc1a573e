/** First step of voice activity: is a frame louder than the room's noise? Silence ends here, at next to no cost. */

import { levelOf } from "../audio/level.ts";

/** Lowest noise floor assumed, dBFS. */
const lowestFloor = -80;
/** Speed of the noise floor, per frame of 20 ms: a share of the way down into a dip, dB up under sound. */
const fall = 0.3;
const riseDb = { idle: 0.12, inUtterance: 0.04 };

/** Levels from which the gate opens. */
export interface GateLimits {
  /** dB above the noise floor. */
  readonly marginDb: number;
  /** Below this a frame is silent whatever the noise, dBFS (RMS). */
  readonly quietest: number;
}

/** Judges frames of 20 ms by their energy against a noise floor that it learns, starting as in a silent room. */
export class EnergyGate {
  #level = -120;
  #floor = lowestFloor;

  /** Level of the last frame, dBFS (RMS), −120 for digital silence. */
  get level(): number {
    return this.#level;
  }

  /** Takes the next frame; true when it may hold speech. `inUtterance`: an utterance is open, and the floor rises slower. */
  opens(frame: Int16Array, { quietest, marginDb }: GateLimits, inUtterance: boolean): boolean {
    const level = levelOf(frame, 3);
    this.#level = level;
    if (level < this.#floor) this.#floor = Math.max(lowestFloor, this.#floor + fall * (level - this.#floor));
    else this.#floor = Math.min(level, this.#floor + (inUtterance ? riseDb.inUtterance : riseDb.idle));
    return level > quietest && level > this.#floor + marginDb;
  }
}

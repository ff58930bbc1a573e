/** First step of the ears' cascade: is this frame louder than the room? Silence ends here, at a cost of next to nothing. */

/** The floor is never believed to be lower than this, dBFS. */
const lowestFloor = -80;
/** How fast the floor follows, per frame of 20 ms: quickly down into a dip, slowly up under sound. */
const fall = 0.3;
const riseDb = { idle: 0.12, hearing: 0.04 };

/** What it takes to open. */
export interface GateLimits {
  /** dB above the noise floor. */
  readonly marginDb: number;
  /** Below this a frame is silent whatever the room, dBFS (RMS). */
  readonly quietest: number;
}

/** Judges frames of 20 ms by their energy against a noise floor that it learns. */
export interface EnergyGate {
  /** Takes the next frame in; true when it may hold speech. `hearing`: an utterance is open, and the floor rises slower. */
  open(frame: Int16Array, limits: GateLimits, hearing: boolean): boolean;
  /** Level of the last frame, dBFS (RMS), −120 for digital silence. */
  readonly level: number;
  /** What it takes the room's own noise to be, dBFS. */
  readonly floor: number;
}

/** Makes a gate; it starts as in a silent room. */
export function createEnergyGate(): EnergyGate {
  let level = -120;
  let floor = lowestFloor;
  return {
    open(frame, limits, hearing) {
      level = levelOf(frame);
      if (level < floor) floor = Math.max(lowestFloor, floor + fall * (level - floor));
      else floor = Math.min(level, floor + (hearing ? riseDb.hearing : riseDb.idle));
      return level > limits.quietest && level > floor + limits.marginDb;
    },
    get level() {
      return level;
    },
    get floor() {
      return floor;
    },
  };
}

/** RMS level in dBFS from every third sample, which is enough for a level and a third of the work. */
function levelOf(frame: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i += 3) {
    const sample = frame[i]!;
    sum += sample * sample;
  }
  const mean = sum / Math.ceil(frame.length / 3) / (32_768 * 32_768);
  return mean <= 1e-12 ? -120 : 10 * Math.log10(mean);
}

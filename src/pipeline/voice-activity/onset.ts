/** Has someone begun to speak? Weighs the frames of the last third of a second. */
import { frameMs, type VoiceFrame } from "./voice-activity.ts";

/** Frames that are weighed together. */
const span = 300 / frameMs;
/** A start needs this much in the span: a voice that moves in three frames (so is there for 80 ms), by 1.8 dB in all. */
const needed = { moving: 3, motion: 1.8 };
/** Frames this far, dB, under the loudest of the span show an echo or a ringing thing rather than a voice. */
const drop = 12;
/** A pause this long, frames, within the activity before the start still belongs to it (a stop consonant). */
const gap = 100 / frameMs;
/** The furthest back, frames, that a start is dated: an unvoiced onset in front of the first voiced sound. */
export const furthestOnset = 500 / frameMs;

export interface Onset {
  /** Takes a frame in. 0: nothing yet. Else: someone speaks, since that many frames (this one included). */
  take(frame: VoiceFrame): number;
  /** Forgets what was heard. */
  reset(): void;
}

/** Makes the judge of a turn's beginning. */
export function createOnset(): Onset {
  const level = new Float32Array(span).fill(-200);
  const motion = new Float32Array(span);
  let at = 0;
  let running = 0;
  let silent = gap + 1;

  const enough = (): boolean => {
    let loudest = -200;
    for (let i = 0; i < span; i++) if (level[i]! > loudest) loudest = level[i]!;
    let moving = 0;
    let moved = 0;
    for (let i = 0; i < span; i++) {
      if (motion[i] === 0 || level[i]! < loudest - drop) continue;
      moving++;
      moved += motion[i]!;
    }
    return moving >= needed.moving && moved >= needed.motion;
  };
  return {
    take(frame) {
      at = (at + 1) % span;
      level[at] = frame.level;
      motion[at] = frame.motion;
      silent = frame.active ? 0 : silent + 1;
      running = silent > gap ? 0 : Math.min(furthestOnset, running + 1);
      return frame.voiced && enough() ? running : 0;
    },
    reset() {
      motion.fill(0);
      level.fill(-200);
      running = 0;
      silent = gap + 1;
    },
  };
}

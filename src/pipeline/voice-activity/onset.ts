/** Detects the beginning of speech, by the frames of the last third of a second. Part of the ears. */
import { frameMs, type VoiceFrame } from "./voice-activity.ts";

/** Frames that are weighed together. */
const span = 300 / frameMs;
/** Needed within the span: a voice that moves in three frames (so lasts for 80 ms), by 1.8 dB in all. */
const needed = { moving: 3, motion: 1.8 };
/** Frames this far, dB, under the loudest of the span show an echo or a ringing thing rather than a voice. */
const drop = 12;
/** A pause this long, frames, within the activity before the start still belongs to it (a stop consonant). */
const gap = 100 / frameMs;
/** Furthest back, frames, that a start is dated: an unvoiced onset before the first voiced sound. */
export const furthestOnset = 500 / frameMs;

/** The judge of one microphone: has someone begun to speak? */
export class Onset {
  /** Rings of the last frames' levels, dBFS, and motions, dB. */
  readonly #levels = new Float32Array(span).fill(-200);
  readonly #motions = new Float32Array(span);
  #at = 0;
  /** Frames since activity set in, and since it stopped. */
  #runFrames = 0;
  #silentFrames = gap + 1;

  /** Takes a frame. 0: nobody speaks yet. Otherwise speech set in that many frames ago, this one included. */
  take(frame: VoiceFrame): number {
    this.#at = (this.#at + 1) % span;
    this.#levels[this.#at] = frame.level;
    this.#motions[this.#at] = frame.motion;
    // Under an echo somebody may have been speaking all along.
    this.#silentFrames = frame.active || frame.masked ? 0 : this.#silentFrames + 1;
    this.#runFrames = this.#silentFrames > gap ? 0 : Math.min(furthestOnset, this.#runFrames + 1);
    return frame.voiced && this.#moves() ? this.#runFrames : 0;
  }

  /** Forgets the frames before. */
  reset(): void {
    this.#motions.fill(0);
    this.#levels.fill(-200);
    this.#runFrames = 0;
    this.#silentFrames = gap + 1;
  }

  /** Whether a voice moves enough in the span. */
  #moves(): boolean {
    let loudest = -200;
    for (let i = 0; i < span; i++) if (this.#levels[i]! > loudest) loudest = this.#levels[i]!;
    let moving = 0;
    let moved = 0;
    for (let i = 0; i < span; i++) {
      if (this.#motions[i] === 0 || this.#levels[i]! < loudest - drop) continue;
      moving++;
      moved += this.#motions[i]!;
    }
    return moving >= needed.moving && moved >= needed.motion;
  }
}

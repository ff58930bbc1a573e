/** Tells someone who takes the floor from humming, coughs and laughter, by the voice of an utterance as it comes. */
import { isBackchannel } from "./backchannels.ts";
import { order, predict, residual, residualWeights } from "./linear-prediction.ts";
import { furthestOnset } from "./onset.ts";
import { frameMs, type VoiceFrame } from "./voice-activity.ts";

/**
 * Speech changes: within half a second it makes many different sounds, where laughter, coughs and hums repeat one or
 * two. Either of these is enough, each a length of open-mouthed voice (frames) and a number of different sounds within
 * it: many sounds soon, or fewer over a time that no backchannel takes. Tuned on eleven synthetic voices against spoken
 * backchannels and made-up hums, coughs, sneezes, throats and laughter.
 */
const evidence = [
  { voice: 360 / frameMs, sounds: 7 },
  { voice: 720 / frameMs, sounds: 4 },
] as const;
/** Sounds that are told apart at most. */
const maxSounds = evidence[0].sounds;
/** Spectra further apart than this, dB (Itakura 1975), are different sounds. */
const apart = 3;
/** A sound with less of its energy than this above 1.2 kHz, dB, comes from a closed mouth. */
const closed = -35;
/** Frames this far under the loudest of the utterance, dB, are breath, echo and room. */
const faint = 21;
/** Weight of an unvoiced frame against an open voiced one. */
const unvoiced = 0.3;
/** Silence, frames, after which the weighing begins anew. */
const lull = 240 / frameMs;
/** White noise mixed in before spectra are compared, so that inaudible energy does not set sounds apart. */
const floor = 1 + 1e-4;

/** Scratch that all sessions share; nothing here is re-entered. */
const sound = new Float64Array(order + 1);
const poles = new Float64Array(order + 1);
const errors = new Float64Array(order + 1);

/** The judge of one pair of ears. Holds the few different sounds of the utterance. */
export class Confirmation {
  readonly #sounds = Array.from({ length: maxSounds }, () => new Float64Array(order + 1));
  #soundCount = 0;
  /** Open voice so far, frames. */
  #voice = 0;
  /** Loudest frame, dBFS. */
  #loudest = -200;
  #silentFrames = 0;
  #framesBefore = 0;
  #confirmed = false;
  /** The words that were weighed last. */
  #words: string | undefined;

  /** Takes a frame before any utterance: the sound that leads up to one counts for it. */
  takeBefore(frame: VoiceFrame): void {
    if (!frame.active && this.#framesBefore === 0) return;
    // Sound that goes on for longer than an onset reaches back is no part of the utterance.
    if (frame.active && this.#framesBefore++ === furthestOnset) this.#forget();
    this.#weigh(frame);
  }

  /**
   * Takes a frame of the utterance, undefined where it is silence. `words`: those recognised so far. True once an
   * utterance, when the floor is surely taken.
   */
  take(frame: VoiceFrame | undefined, words: string | undefined, language: string): boolean {
    if (this.#confirmed) return false;
    this.#weigh(frame);
    this.#confirmed = this.#hasEvidence();
    if (this.#confirmed || words === undefined || words === this.#words) return this.#confirmed;
    this.#words = words;
    this.#confirmed = takesTheFloor(words, language);
    return this.#confirmed;
  }

  /** Ends the utterance. */
  reset(): void {
    this.#forget();
    this.#confirmed = false;
    this.#words = undefined;
  }

  #weigh(frame: VoiceFrame | undefined): void {
    // Under an echo it is not known whether the voice went on.
    if (frame?.masked) return;
    if (!frame?.active) {
      if (++this.#silentFrames === lull) this.#forget();
      return;
    }
    this.#silentFrames = 0;
    this.#loudest = Math.max(this.#loudest, frame.level);
    if (frame.level < this.#loudest - faint) return;
    if (!frame.voiced) this.#voice += unvoiced;
    else if (frame.bright > closed) {
      this.#voice++;
      this.#addSound(frame.correlation);
    }
  }

  #hasEvidence(): boolean {
    for (const { voice, sounds } of evidence)
      if (this.#voice >= voice && this.#soundCount >= sounds) return true;
    return false;
  }

  /** Counts the sound if it is unlike those before. */
  #addSound(correlation: Float64Array): void {
    if (this.#soundCount === maxSounds) return;
    sound.set(correlation);
    sound[0] = sound[0]! * floor;
    predict(sound, poles, errors);
    const limit = errors[order]! * 10 ** (apart / 10);
    for (let i = 0; i < this.#soundCount; i++) if (residual(this.#sounds[i]!, sound) <= limit) return;
    residualWeights(poles, this.#sounds[this.#soundCount++]!);
  }

  #forget(): void {
    this.#soundCount = this.#voice = this.#silentFrames = this.#framesBefore = 0;
    this.#loudest = -200;
  }
}

/** First words that may yet become a backchannel of two ("I see"). */
const openings = new Set(["i", "got", "uh", "je", "bien"]);

/** Whether these words, recognised so far, hold one that is no backchannel. */
export function takesTheFloor(words: string, language: string): boolean {
  const said = words.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  if (said.length === 0 || isBackchannel(words, language)) return false;
  return (
    !openings.has(said.at(-1)!) || (said.length > 1 && !isBackchannel(said.slice(0, -1).join(" "), language))
  );
}

/** Is someone taking the floor, or only humming along, coughing, laughing? Weighs the voice of an utterance as it comes. */
import { isBackchannel } from "./backchannels.ts";
import { order, predict, residual, residualWeights } from "./linear-prediction.ts";
import { furthestOnset } from "./onset.ts";
import { frameMs, type VoiceFrame } from "./voice-activity.ts";

/**
 * Speech changes: within half a second it makes many different sounds, where laughter, coughs and hums repeat one or
 * two. Two ways to be sure, each a length of open-mouthed voice (frames) and a number of different sounds within it:
 * many sounds soon, or fewer over a time that no backchannel takes. Tuned on eleven synthetic voices against spoken
 * backchannels and made-up hums, coughs, sneezes, throats and laughter.
 */
const sure = [
  { voice: 360 / frameMs, sounds: 7 },
  { voice: 720 / frameMs, sounds: 4 },
] as const;
/** Most sounds worth telling apart. */
const mostSounds = sure[0].sounds;
/** Spectra further apart than this, dB (Itakura 1975), are different sounds. */
const apart = 3;
/** A sound with less of its energy than this above 1.2 kHz, dB, comes from a closed mouth. */
const closed = -35;
/** Frames this far under the loudest of the utterance, dB, are breath, echo and room. */
const faint = 21;
/** How much an unvoiced frame weighs against an open voiced one. */
const unvoiced = 0.3;
/** Silence, frames, after which the weighing begins anew. */
const lull = 240 / frameMs;
/** White noise mixed in before spectra are compared, so that what nobody hears does not set sounds apart. */
const floor = 1 + 1e-4;

export interface Confirmation {
  /** A frame before any utterance: what leads up to one counts for it. */
  overhear(frame: VoiceFrame): void;
  /**
   * A frame of the utterance, undefined where it is silence. `words`: those recognised so far. True once an utterance,
   * when it is sure.
   */
  take(frame: VoiceFrame | undefined, words: string | undefined, language: string): boolean;
  /** The utterance is over. */
  reset(): void;
}

/** Scratch that all sessions share; nothing here is re-entered. */
const sound = new Float64Array(order + 1);
const poles = new Float64Array(order + 1);
const errors = new Float64Array(order + 1);

/** Makes the judge of one pair of ears; it holds the few sounds heard in the utterance. */
export function createConfirmation(): Confirmation {
  const sounds = Array.from({ length: mostSounds }, () => new Float64Array(order + 1));
  let different = 0;
  let voice = 0;
  let loudest = -200;
  let silent = 0;
  let overheard = 0;
  let confirmed = false;
  /** The words that were weighed last. */
  let weighed: string | undefined;

  /** Counts the sound in if it is unlike those before. */
  const compare = (correlation: Float64Array) => {
    if (different === mostSounds) return;
    sound.set(correlation);
    sound[0] = sound[0]! * floor;
    predict(sound, poles, errors);
    const limit = errors[order]! * 10 ** (apart / 10);
    for (let i = 0; i < different; i++) if (residual(sounds[i]!, sound) <= limit) return;
    residualWeights(poles, sounds[different++]!);
  };
  const forget = () => {
    different = voice = silent = overheard = 0;
    loudest = -200;
  };
  const weigh = (frame: VoiceFrame | undefined) => {
    // Under an echo nobody knows whether the voice went on.
    if (frame?.masked) return;
    if (!frame?.active) {
      if (++silent === lull) forget();
      return;
    }
    silent = 0;
    loudest = Math.max(loudest, frame.level);
    if (frame.level < loudest - faint) return;
    if (!frame.voiced) voice += unvoiced;
    else if (frame.bright > closed) {
      voice++;
      compare(frame.correlation);
    }
  };
  return {
    overhear(frame) {
      if (!frame.active && overheard === 0) return;
      // What goes on for longer than an onset reaches back is no part of the utterance.
      if (frame.active && overheard++ === furthestOnset) forget();
      weigh(frame);
    },
    take(frame, words, language) {
      if (confirmed) return false;
      weigh(frame);
      confirmed = sure.some((way) => voice >= way.voice && different >= way.sounds);
      if (confirmed || words === undefined || words === weighed) return confirmed;
      weighed = words;
      confirmed = takesTheFloor(words, language);
      return confirmed;
    },
    reset() {
      forget();
      confirmed = false;
      weighed = undefined;
    },
  };
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

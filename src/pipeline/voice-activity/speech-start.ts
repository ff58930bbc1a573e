/** Decides that somebody has begun to speak: an onset that a neural network takes for speech, or whispering. Part of the ears. */
import { Onset } from "./onset.ts";
import type { SpeechEstimate } from "./silero/neural-vad.ts";
import { frameMs, type VoiceActivity, type VoiceFrame } from "./voice-activity.ts";

/** Time, ms, for which speech must be likely at an onset: where it is certain, where not (knocks), and over music. */
const needed = { certain: 64, uncertain: 128, overMusic: 320 };
/** Probability under which speech is ruled out. */
const unlikely = 0.2;
/** Frames with a pitch and without speech that make it music, and the most that are counted. */
const musicFrames = { needed: 220 / frameMs, most: 400 / frameMs };
/** Frames of sound without a voice that moves after which the network is asked: somebody may whisper. */
const askedAfter = 200 / frameMs;
/** Time, ms, for which speech must be certain where nobody has a voice. */
const whisperMs = 256;
/** Frames back from there to the start of the whisper: the network's answer comes behind the sound that it is about. */
const whisperFrames = 420 / frameMs;

/** The judge of one microphone. Runs the network only while there is a voice that moves, or a sound that lasts. */
export class SpeechStart {
  readonly #voice: VoiceActivity;
  readonly #onset = new Onset();
  #activeFrames = 0;
  /** Frames of late with a pitch that were no speech; those without sound take from them. */
  #musicFrames = 0;

  constructor(voice: VoiceActivity) {
    this.#voice = voice;
  }

  /** Takes a frame. 0: nobody speaks yet. Otherwise speech set in that many frames ago, this one included. */
  take(frame: VoiceFrame): number {
    const onset = this.#onset.take(frame);
    this.#activeFrames = frame.active ? this.#activeFrames + 1 : 0;
    if (onset === 0 && this.#activeFrames < askedAfter) {
      if (!frame.active && this.#musicFrames > 0) this.#musicFrames--;
      return 0;
    }
    const estimate = this.#voice.estimateSpeech();
    if (frame.voiced && estimate.probability < unlikely)
      this.#musicFrames = Math.min(musicFrames.most, this.#musicFrames + 1);
    if (onset > 0 && this.#isSpeech(estimate)) return onset;
    return estimate.certainMs >= whisperMs ? whisperFrames : 0;
  }

  /** Forgets the frames before. */
  reset(): void {
    this.#onset.reset();
    this.#activeFrames = 0;
  }

  /** True where an onset is one of speech. */
  #isSpeech({ likelyMs, certainMs }: SpeechEstimate): boolean {
    if (this.#musicFrames >= musicFrames.needed) return likelyMs >= needed.overMusic;
    return likelyMs >= (certainMs > 0 ? needed.certain : needed.uncertain);
  }
}

/** Whether sound without a moving voice, within an utterance, goes on as speech: somebody whispers. */
export function goesOnWithoutVoice(voice: VoiceActivity): boolean {
  return voice.estimateSpeech().likelyMs > 0;
}

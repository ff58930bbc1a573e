/** Joins voice activity, onset and endpointing: one frame in, and whether a turn began or ended with it out. */
import { createEnding, endpointWaitMs } from "./endpointing.ts";
import { createOnset } from "./onset.ts";
import type { SampleRate } from "./ports.ts";
import type { TurnDetection } from "./turn-detection.ts";
import { frameMs, openVoiceActivity } from "./voice-activity.ts";

export type Detection = NonNullable<TurnDetection>;

export interface TurnDetector {
  /** Takes a frame of 20 ms. `words`: what the transcriber has so far. */
  take(frame: Int16Array, words: string | undefined): "began" | "ended" | undefined;
  /** After `began`: how many frames ago, that frame included, speech set in. */
  readonly beganFramesAgo: number;
  /** Silence since the last speech of the utterance that is open or ended just now, ms. */
  readonly silenceMs: number;
  /** The utterance was ended or thrown away from outside: waits for speech anew. */
  reset(): void;
  /** From the next frame on. */
  configure(detection: Detection): void;
  /** Frees the voice detector. Calling again does nothing. */
  close(): void;
}

/**
 * Within an utterance, what the detector hears counts as speech only this long, frames, after a sound that moved like
 * a voice: a hum or a fan that goes on behind the speaker must not keep the turn open.
 */
const trust = 500 / frameMs;
/** The reference has no threshold for `semantic_vad`; its `server_vad` defaults to this. */
const semanticThreshold = 0.5;

function thresholdOf(detection: Detection): number {
  return detection.type === "server_vad" ? detection.threshold : semanticThreshold;
}

/**
 * Opens a detector for audio at `rate`.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export async function openTurnDetector(rate: SampleRate, initial: Detection): Promise<TurnDetector> {
  let detection = initial;
  const voice = await openVoiceActivity(rate, thresholdOf(detection));
  const onset = createOnset();
  const ending = createEnding();
  let hearing = false;
  let beganFramesAgo = 0;
  /** Frames since the utterance began, since its last speech, since its last moving voice. */
  let frames = 0;
  let silent = 0;
  let still = 0;

  const ended = (words: string | undefined): boolean => {
    const silentMs = silent * frameMs;
    if (detection.type === "server_vad") return silentMs >= detection.silenceMs;
    const cues = {
      ...ending.moves(),
      speechMs: (frames - silent) * frameMs,
      ...(words !== undefined && { words }),
    };
    return silentMs >= endpointWaitMs(detection, cues);
  };
  const reset = () => {
    hearing = false;
    onset.reset();
    ending.reset();
  };
  return {
    take(pcm, words) {
      const frame = voice.judge(pcm, hearing);
      if (!hearing) {
        beganFramesAgo = onset.take(frame);
        if (beganFramesAgo === 0) return undefined;
        hearing = true;
        frames = beganFramesAgo;
        silent = still = 0;
        return "began";
      }
      frames++;
      still = frame.motion > 0 ? 0 : still + 1;
      if (frame.active && still <= trust) {
        silent = 0;
        ending.take(frame);
      } else {
        silent++;
        if (ended(words)) {
          reset();
          return "ended";
        }
      }
      return undefined;
    },
    get beganFramesAgo() {
      return beganFramesAgo;
    },
    get silenceMs() {
      return silent * frameMs;
    },
    reset,
    configure(next) {
      detection = next;
      voice.setThreshold(thresholdOf(next));
    },
    close: voice.close,
  };
}

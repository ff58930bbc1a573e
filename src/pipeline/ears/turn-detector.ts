import type { SampleRate } from "../../ports/audio.ts";
import type { EchoGuard } from "../echo/echo-guard.ts";
import { createConfirmation } from "../voice-activity/confirmation.ts";
import { createOnset } from "../voice-activity/onset.ts";
import { frameMs, openVoiceActivity, type VoiceFrame } from "../voice-activity/voice-activity.ts";
import { createEnding } from "./endpointing.ts";
import type { TurnDetection } from "./turn-detection.ts";

export type Detection = NonNullable<TurnDetection>;

/** What a frame meant, in this order where it meant several things. */
export type TurnSign = "began" | "resumed" | "confirmed" | "paused" | "ended";

/** What the detector is to go by, from where it stands; `draftAfterMs` from the next utterance on. */
export interface DetectorSettings {
  readonly detection: Detection;
  /** BCP 47, of the words. */
  readonly language: string;
  /** Silence, ms, that is a pause worth a draft; undefined: none is. */
  readonly draftAfterMs?: number;
}

export interface TurnDetector {
  /** Takes a frame of 20 ms. `words`: what the transcriber has so far. */
  take(frame: Int16Array, words: string | undefined): readonly TurnSign[];
  /** After `began`: how many frames ago, that frame included, speech set in. */
  readonly beganFramesAgo: number;
  /** Silence since the last speech of the utterance that is open or ended just now, ms. */
  readonly silenceMs: number;
  /** The utterance was ended or thrown away from outside: waits for speech anew. */
  reset(): void;
  /** From the next frame on. */
  configure(settings: DetectorSettings): void;
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

const nothing: readonly TurnSign[] = [];
const began: readonly TurnSign[] = ["began"];

function thresholdOf(detection: Detection): number {
  return detection.type === "server_vad" ? detection.threshold : semanticThreshold;
}

/**
 * Opens a detector for audio at `rate`. What `guard` takes for an echo counts as silence.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export async function openTurnDetector(
  rate: SampleRate,
  initial: DetectorSettings,
  guard?: EchoGuard,
): Promise<TurnDetector> {
  let settings = initial;
  const voice = await openVoiceActivity(rate, thresholdOf(settings.detection), guard);
  const onset = createOnset();
  const ending = createEnding();
  const confirmation = createConfirmation();
  let hearing = false;
  let beganFramesAgo = 0;
  /** Frames since the utterance began, since its last speech, since its last moving voice. */
  let frames = 0;
  let silent = 0;
  let still = 0;
  let paused = false;
  let draftAfterMs: number | undefined;

  const reset = () => {
    hearing = false;
    onset.reset();
    ending.reset();
    confirmation.reset();
  };
  const waitForVoice = (frame: VoiceFrame): readonly TurnSign[] => {
    beganFramesAgo = onset.take(frame);
    confirmation.overhear(frame);
    if (beganFramesAgo === 0) return nothing;
    hearing = true;
    frames = beganFramesAgo;
    silent = still = 0;
    paused = false;
    draftAfterMs = settings.draftAfterMs;
    return began;
  };
  /** After a silent frame: whether the turn is over, or may be. */
  const silenceSign = (words: string | undefined): "ended" | "paused" | undefined => {
    const { detection, language } = settings;
    const silentMs = silent * frameMs;
    const speechMs = (frames - silent) * frameMs;
    if (silentMs >= ending.waitMs(detection, { speechMs, language, ...(words !== undefined && { words }) }))
      return "ended";
    return !paused && draftAfterMs !== undefined && silentMs >= draftAfterMs ? "paused" : undefined;
  };
  const hear = (frame: VoiceFrame, words: string | undefined): readonly TurnSign[] => {
    const signs: TurnSign[] = [];
    frames++;
    still = frame.motion > 0 ? 0 : still + 1;
    const spoken = frame.active && still <= trust;
    silent = spoken ? 0 : silent + 1;
    if (spoken && paused) signs.push("resumed");
    if (confirmation.take(spoken || frame.masked ? frame : undefined, words, settings.language))
      signs.push("confirmed");
    if (spoken) {
      paused = false;
      ending.take(frame);
      return signs;
    }
    const sign = silenceSign(words);
    if (sign) signs.push(sign);
    if (sign === "paused") paused = true;
    if (sign === "ended") reset();
    return signs;
  };
  return {
    take(pcm, words) {
      const frame = voice.judge(pcm, hearing);
      return hearing ? hear(frame, words) : waitForVoice(frame);
    },
    get beganFramesAgo() {
      return beganFramesAgo;
    },
    get silenceMs() {
      return silent * frameMs;
    },
    reset,
    configure(next) {
      settings = next;
      voice.setThreshold(thresholdOf(next.detection));
    },
    close: voice.close,
  };
}

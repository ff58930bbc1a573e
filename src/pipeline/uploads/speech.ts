/** Whether anybody speaks in a decoded recording, as a session's ears would notice. Runs on the upload thread. */
import type { SampleRate } from "../../ports/audio.ts";
import { Onset } from "../voice-activity/onset.ts";
import { frameMs, openVoiceActivity } from "../voice-activity/voice-activity.ts";

/** Sensitivity of a session's ears unless told otherwise. */
const threshold = 0.5;

/** Whether a start of speech is found in mono PCM at `rate` Hz. */
export async function hasSpeech(pcm: Int16Array, rate: SampleRate): Promise<boolean> {
  const length = (rate * frameMs) / 1000;
  const detector = await openVoiceActivity(rate, threshold);
  const onset = new Onset();
  try {
    for (let at = 0; at + length <= pcm.length; at += length)
      if (onset.take(detector.judge(pcm.subarray(at, at + length), false)) > 0) return true;
    return false;
  } finally {
    detector.close();
  }
}

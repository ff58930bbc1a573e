/** What the ears are told, from the session's configuration and what the coach listens for. Pure. */
import { coachLanguage, expectation } from "../coach/coach.ts";
import type { EarSettings } from "../pipeline/ear-events.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import type { SessionState } from "./state.ts";
import { turnDetection } from "./wire.ts";

/** The settings that hold from now on. */
export function earSettings(state: SessionState): EarSettings {
  const { input } = state.config.audio;
  const expected = expectation(state.coach);
  const hint = input.transcription?.prompt;
  return {
    rate: sampleRate(input.format),
    detection: turnDetection(input.turn_detection),
    language: coachLanguage(state.coach),
    ...(hint !== undefined && { hint }),
    ...(expected && { expectation: expected }),
    ...(state.draftAfterMs !== undefined && { draftAfterMs: state.draftAfterMs }),
    measureDelivery: state.config.kuku?.delivery ?? true,
  };
}

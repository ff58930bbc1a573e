/** Settings of the ears, from the session's configuration and what the coach listens for. Pure. */
import { coachLanguage, expectation } from "../../coach/coach.ts";
import type { EarSettings } from "../../pipeline/ears/ear-events.ts";
import type { TurnDetection } from "../../pipeline/ears/turn-detection.ts";
import { turnPresets } from "../../pipeline/ears/turn-presets.ts";
import type { SpeechHints } from "../../ports/transcriber.ts";
import { sampleRate } from "../../protocol/audio-format.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { SessionState } from "../turns/state.ts";
import { hasReplies } from "../turns/transcription-session.ts";
import { turnDetection } from "./turn-detection-config.ts";

/** The settings that hold from now on. */
export function earSettings(state: SessionState): EarSettings {
  const { input } = state.config.audio;
  // [TX1] Nobody asks for a text in a transcription session, whatever its persona.
  const expected = hasReplies(state) ? expectation(state.coach) : undefined;
  return {
    rate: sampleRate(input.format),
    detection: detectionOf(state),
    language: coachLanguage(state.coach),
    ...speechHints(state.config),
    expectation: expected,
    ...draftAfter(state),
    measureDelivery: state.config.kuku?.delivery ?? true,
  };
}

/** [TT14] The turn detection; with the persona's own shorter wait after a text read to its end, while its silence holds. */
function detectionOf({ config, persona }: SessionState): TurnDetection {
  const detection = turnDetection(config.audio.input.turn_detection);
  const { turnTaking: own } = persona;
  if (detection?.type !== "server_vad" || own === null || typeof own === "string") return detection;
  if (own.type !== "server_vad" || own.silenceMs !== detection.silenceMs) return detection;
  return { ...detection, readToEndMs: own.readToEndMs };
}

/** Hints for the transcriber about the words to come. */
export function speechHints({ audio, include }: SessionConfig): SpeechHints {
  const { prompt, keywords, languages } = audio.input.transcription ?? {};
  return { hint: prompt, keywords, languages, logprobs: include !== undefined };
}

/** Someone who is waited for long pauses often: most of what is begun early would be thrown away. */
function draftAfter({ draftAfterMs, config }: SessionState): { draftAfterMs?: number } {
  const detection = config.audio.input.turn_detection;
  if (draftAfterMs === undefined || detection === null) return {};
  const patient = detection.type === "semantic_vad" && detection.eagerness === "low";
  return { draftAfterMs: patient ? Math.max(draftAfterMs, turnPresets.patient.draftAfterMs) : draftAfterMs };
}

/** A transcription session's configuration as its client sees it, in the reference's fields and in those of its beta. Pure. */
import {
  type BetaTranscriptionSession,
  type BetaTranscriptionUpdate,
  betaTranscriptionSessionOf,
  formats,
} from "../../protocol/beta-transcription.ts";
import type {
  SessionConfig,
  SessionUpdate,
  TranscriptionSessionConfig,
  TurnDetectionConfig,
  WireSession,
} from "../../protocol/session-config.ts";
import type { SessionState } from "../turns/state.ts";

/** The configuration in force, as `session.created` and `session.updated` tell it. */
export function describeSession({ type, config }: Pick<SessionState, "type" | "config">): WireSession {
  return type === "realtime" ? config : transcriptionSessionOf(config);
}

function transcriptionSessionOf(config: SessionConfig): TranscriptionSessionConfig {
  const { id, expires_at, audio, include, kuku } = config;
  const { format, transcription, turn_detection } = audio.input;
  const { language, turn_taking, delivery, record } = kuku ?? {};
  return {
    type: "transcription",
    object: "realtime.transcription_session",
    id,
    expires_at,
    audio: { input: { format, transcription, turn_detection: endpointOf(turn_detection) } },
    include,
    ...(kuku && { kuku: { language, turn_taking, delivery, record } }),
  };
}

/** Turn detection without its settings of replies. */
function endpointOf(
  detection: TurnDetectionConfig | null,
): TranscriptionSessionConfig["audio"]["input"]["turn_detection"] {
  if (detection === null) return null;
  if (detection.type === "semantic_vad") return { type: detection.type, eagerness: detection.eagerness };
  const { type, threshold, prefix_padding_ms, silence_duration_ms } = detection;
  return { type, threshold, prefix_padding_ms, silence_duration_ms };
}

/** The configuration in force, as `transcription_session.updated` tells it. */
export function describeBetaSession({ config }: Pick<SessionState, "config">): BetaTranscriptionSession {
  return betaTranscriptionSessionOf(transcriptionSessionOf(config));
}

function withType(detection: NonNullable<BetaTranscriptionUpdate["turn_detection"]>): TurnDetectionConfig {
  return detection.type === "semantic_vad" ? detection : { ...detection, type: "server_vad" };
}

/** Converts the fields of the beta to those of a `session.update`. */
export function fromBeta(update: BetaTranscriptionUpdate): SessionUpdate {
  const { input_audio_format: format, input_audio_transcription: transcription, turn_detection } = update;
  return {
    type: "transcription",
    audio: {
      input: {
        format: format && formats[format],
        transcription,
        turn_detection: turn_detection && withType(turn_detection),
        noise_reduction: update.input_audio_noise_reduction,
      },
    },
    include: update.include,
  };
}

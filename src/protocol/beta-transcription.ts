/** Events of the vendor's beta in a transcription session, in the beta's shapes: clients of its speech recognition still send them. */
import { z } from "zod";
import type { AudioFormat } from "./audio-format.ts";
import { clientEvents, hint, serverEvents } from "./fields.ts";
import { item } from "./items.ts";
import {
  endpointDetection,
  semanticVad,
  serverVad,
  type TranscriptionSessionConfig,
  transcription,
} from "./session-config.ts";

const betaFormat = z.enum(["pcm16", "g711_ulaw", "g711_alaw"]);
type BetaAudioFormat = z.infer<typeof betaFormat>;

export const betaFormats: Readonly<Record<AudioFormat["type"], BetaAudioFormat>> = {
  "audio/pcm": "pcm16",
  "audio/pcmu": "g711_ulaw",
  "audio/pcma": "g711_alaw",
};

export const formats: Readonly<Record<BetaAudioFormat, AudioFormat>> = {
  pcm16: { type: "audio/pcm", rate: 24000 },
  g711_ulaw: { type: "audio/pcmu" },
  g711_alaw: { type: "audio/pcma" },
};

/** Without a `type` it is `server_vad`. */
const betaDetection = z.discriminatedUnion("type", [
  serverVad.extend({ type: z.literal("server_vad").optional() }),
  semanticVad,
]);

const betaTranscriptionUpdate = z.strictObject({
  input_audio_format: betaFormat.optional(),
  input_audio_transcription: transcription.nullable().optional(),
  turn_detection: betaDetection.nullable().optional(),
  input_audio_noise_reduction: hint,
  include: hint,
});
export type BetaTranscriptionUpdate = z.infer<typeof betaTranscriptionUpdate>;

export const betaClientEvents = clientEvents({
  /** Changes a transcription session; absent fields stay as they are. Answered by `transcription_session.updated`. */
  "transcription_session.update": { session: betaTranscriptionUpdate },
});

/** A transcription session in force, in the beta's fields. */
const betaTranscriptionSession = z.object({
  id: z.string(),
  object: z.literal("realtime.transcription_session"),
  expires_at: z.int().optional(),
  input_audio_format: betaFormat,
  input_audio_transcription: transcription.nullable(),
  turn_detection: endpointDetection.nullable(),
});
export type BetaTranscriptionSession = z.infer<typeof betaTranscriptionSession>;

/** Names the type that turn detection has without one. */
export function betaDetectionType<T extends object>(detection: T): T & { type: unknown } {
  return { type: "server_vad", ...detection };
}

/** The configuration of a transcription session in the beta's fields. */
export function betaTranscriptionSessionOf(session: TranscriptionSessionConfig): BetaTranscriptionSession {
  const { id, object, expires_at, audio } = session;
  const { format, transcription, turn_detection } = audio.input;
  return {
    id,
    object,
    expires_at,
    input_audio_format: betaFormats[format.type],
    input_audio_transcription: transcription ?? null,
    turn_detection,
  };
}

export const betaServerEvents = serverEvents({
  "transcription_session.updated": { session: betaTranscriptionSession },
  /** In place of `conversation.item.added` and `.done`, to a client that has sent `transcription_session.update`. */
  "conversation.item.created": { previous_item_id: z.string().nullable(), item },
});

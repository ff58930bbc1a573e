/** Reads an uploaded file as speech: decoded and checked for a voice on the upload thread, each fault as an HTTP error. */
import type { DecodedUpload, UploadDecoder } from "../../../pipeline/uploads/upload-decoder.ts";
import { UploadError, type UploadErrorKind } from "../../../pipeline/uploads/upload-error.ts";
import type { SampleRate } from "../../../ports/audio.ts";
import { HttpError } from "../../net/http-error.ts";

/** Rate of speech on its way to a session, Hz. */
export const speechRate: SampleRate = 24_000;

/**
 * Decodes the file at `path`.
 * @throws HttpError 413, 415, 422 or 503, by what is wrong with it; the signal's reason
 */
export async function readSpeech(
  uploads: UploadDecoder,
  path: string,
  options: { readonly maxMs: number; readonly signal: AbortSignal },
): Promise<DecodedUpload> {
  const { maxMs } = options;
  const decoded = await uploads
    .decode(path, { ...options, rate: speechRate })
    .catch((error: unknown) => Promise.reject(toHttpError(error, maxMs)));
  if (!decoded.speech) throw new HttpError(422, "NO_SPEECH", "There is no speech in the recording.");
  return decoded;
}

const problems: Readonly<Record<UploadErrorKind, (cause: unknown, maxMs: number) => HttpError>> = {
  not_audio: (cause) =>
    new HttpError(415, "INVALID_AUDIO_FORMAT", "Invalid audio format. Please use MP3, WAV, or WebM format.", {
      cause,
    }),
  too_long: (cause, maxMs) =>
    new HttpError(413, "AUDIO_TOO_LONG", `The recording is longer than ${maxMs / 1000} seconds.`, { cause }),
  empty: (cause) => new HttpError(422, "EMPTY_AUDIO", "The recording is empty.", { cause }),
  truncated: (cause) =>
    new HttpError(422, "TRUNCATED_AUDIO", "The recording is cut off or damaged.", { cause }),
  busy: (cause) =>
    new HttpError(503, "OVERLOADED", "Too many recordings are being read at the moment.", {
      retryAfter: 2,
      cause,
    }),
};

function toHttpError(error: unknown, maxMs: number): unknown {
  return error instanceof UploadError ? problems[error.kind](error, maxMs) : error;
}

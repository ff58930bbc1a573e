/** The one error of upload decoding: why a recording was refused. */

/**
 * The list is closed:
 * - `not_audio`: by its bytes none of the known formats, or without a voice track that can be decoded (a film without
 *   sound, another codec);
 * - `too_long`: longer than the limit, counted while decoding;
 * - `empty`: no bytes, or a whole file without a sample of audio;
 * - `truncated`: starts right, but cannot be decoded to its end (or at all): cut off, damaged, contradictory, or not
 *   decoded in time;
 * - `busy`: not examined; as many as allowed are being decoded and wait already, or the decoder is closed.
 */
export type UploadErrorKind = "not_audio" | "too_long" | "empty" | "truncated" | "busy";

/** An upload that was refused; the message and the cause are for logs. */
export class UploadError extends Error {
  override readonly name = "UploadError";
  readonly kind: UploadErrorKind;
  constructor(kind: UploadErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}

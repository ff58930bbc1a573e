/** Why an uploaded recording was not taken: the one error that leaves this folder. */

/**
 * The list is closed:
 * - `not_audio`: by its bytes it is none of the formats known here, or there is no voice track in it that can be decoded
 *   here (a film without sound, another codec);
 * - `too_long`: it goes on beyond the limit, counted as it is decoded;
 * - `empty`: no bytes, or a whole file without a sample of audio;
 * - `truncated`: it starts right, but cannot be decoded to its end (or at all): cut off, damaged, contradicting itself,
 *   or no end of it came in the time there is;
 * - `busy`: not looked at; as many as are allowed are decoded and wait already, or the decoder is closed.
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

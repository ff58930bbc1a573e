/** Cheap check of base64 text, for audio events. */

/**
 * Returns the number of bytes that `text` decodes to, or undefined where its length or padding is invalid. The alphabet is
 * not checked: a decoder that skips invalid characters (Node's does) yields fewer bytes than this.
 */
export function base64ByteLength(text: string): number | undefined {
  const length = text.length;
  if (length % 4 !== 0) return undefined;
  if (length === 0) return 0;
  const padding = text.charCodeAt(length - 1) !== 61 ? 0 : text.charCodeAt(length - 2) !== 61 ? 1 : 2;
  return (length / 4) * 3 - padding;
}

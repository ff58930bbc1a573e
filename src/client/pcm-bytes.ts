/** Samples to bytes and back, and base64 for the plain Realtime protocol; the same in a browser and in Node. */

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Little-endian bytes of 16-bit samples; a view where the machine is little-endian, so send before changing them. */
export function bytesOfPcm(pcm: Int16Array): Uint8Array<ArrayBuffer> {
  if (littleEndian && pcm.buffer instanceof ArrayBuffer)
    return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const bytes = new Uint8Array(pcm.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [i, sample] of pcm.entries()) view.setInt16(i * 2, sample, true);
  return bytes;
}

/** Samples of little-endian 16-bit bytes, copied; an odd last byte is left out. */
export function pcmOfBytes(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(bytes.length >> 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < pcm.length; i++) pcm[i] = view.getInt16(i * 2, true);
  return pcm;
}

/** Base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8_192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}

/** Bytes of base64 text; undefined where it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** One piece after the other, in a new one. */
export function joinPcm(pieces: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const whole = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

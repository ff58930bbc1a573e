/** 16-bit PCM: bytes and samples, lengths and durations. Every stage of the pipeline uses these. */
import type { SampleRate } from "../../ports/audio.ts";

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Little-endian PCM16 bytes as samples. Shares the bytes' memory where their alignment allows, copies otherwise.
 * @throws RangeError when the number of bytes is odd.
 */
export function bytesToPcm(bytes: Uint8Array): Int16Array {
  if (bytes.byteLength % 2 !== 0)
    throw new RangeError(`PCM16 needs an even number of bytes, not ${bytes.byteLength}`);
  if (littleEndian && bytes.byteOffset % 2 === 0)
    return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  if (littleEndian) return new Int16Array(new Uint8Array(bytes).buffer);
  return swapped(bytes);
}

/** Samples as little-endian PCM16 bytes; shares the samples' memory on a little-endian machine. */
export function pcmToBytes(pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return littleEndian ? bytes : new Uint8Array(swapped(bytes).buffer);
}

function swapped(bytes: Uint8Array): Int16Array {
  const out = new Int16Array(bytes.byteLength / 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < out.length; i++) out[i] = view.getInt16(i * 2, true);
  return out;
}

/** Duration of `samples` in ms, with fractions. */
export function durationMs(samples: number, rate: SampleRate): number {
  return (samples * 1000) / rate;
}

/** Number of samples in `ms` milliseconds, rounded to the nearest. */
export function samplesIn(ms: number, rate: SampleRate): number {
  return Math.round((ms * rate) / 1000);
}

/** Joins pieces of PCM into one. */
export function joinPcm(pieces: readonly Int16Array[]): Int16Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const out = new Int16Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

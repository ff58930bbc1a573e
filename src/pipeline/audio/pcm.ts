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

/** Length in milliseconds, with fractions. */
export function durationMs(samples: number, rate: SampleRate): number {
  return (samples * 1000) / rate;
}

/** Whole samples in `ms` milliseconds, rounded to the nearest. */
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

/** A recording held in memory. */
export interface Recording {
  readonly rate: SampleRate;
  /** Mono. */
  readonly pcm: Int16Array;
}

/**
 * Reads a WAV file: uncompressed 16-bit PCM, any rate; more than one channel is mixed to mono. A data chunk that
 * claims more than the file holds (a stream written without knowing its length) is read to the file's end.
 * @throws RangeError saying what is wrong with the file.
 */
export function readWav(bytes: Uint8Array): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.byteLength < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new RangeError("not a WAV file");
  let format: { channels: number; rate: number } | undefined;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag(at) === "fmt ") format = readFormat(view, body);
    if (tag(at) === "data") {
      if (!format) throw new RangeError("WAV file without a format before its data");
      const width = format.channels * 2;
      const end = Math.min(body + length, bytes.byteLength);
      const whole = end - body - ((end - body) % width);
      const samples = bytesToPcm(bytes.slice(body, body + whole));
      return { rate: format.rate, pcm: mono(samples, format.channels) };
    }
    at = body + length + (length % 2);
  }
  throw new RangeError("WAV file without data");
}

function readFormat(view: DataView, at: number): { channels: number; rate: number } {
  if (at + 16 > view.byteLength) throw new RangeError("WAV file cut off in its format");
  const coding = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  const extensible = 0xfffe;
  if ((coding !== 1 && coding !== extensible) || bits !== 16)
    throw new RangeError(`WAV file is not 16-bit PCM (coding ${coding}, ${bits} bits)`);
  if (channels < 1 || rate < 1) throw new RangeError(`WAV file with ${channels} channels at ${rate} Hz`);
  return { channels, rate };
}

function mono(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples;
  const out = new Int16Array(samples.length / channels);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += samples[i * channels + c]!;
    out[i] = Math.round(sum / channels);
  }
  return out;
}

/** A WAV file of mono 16-bit PCM. */
export function writeWav(recording: Recording): Uint8Array {
  const { rate, pcm } = recording;
  const bytes = new Uint8Array(44 + pcm.length * 2);
  const view = new DataView(bytes.buffer);
  const tag = (at: number, text: string) => {
    for (let i = 0; i < 4; i++) view.setUint8(at + i, text.charCodeAt(i));
  };
  tag(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  tag(8, "WAVE");
  tag(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, "data");
  view.setUint32(40, pcm.length * 2, true);
  bytes.set(pcmToBytes(pcm), 44);
  return bytes;
}

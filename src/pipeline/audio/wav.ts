/** The server's WAV codec: chunks and formats read, headers and whole files written. Uploads and recordings build on it. */
import type { SampleRate } from "../../ports/audio.ts";
import { bytesToPcm, pcmToBytes } from "./pcm.ts";

/** Audio held in memory. */
export interface Recording {
  readonly rate: SampleRate;
  /** Mono. */
  readonly pcm: Int16Array;
}

/** Format tags of Microsoft's `WAVEFORMATEX`. */
export const wavTags = { pcm: 1, float: 3, pcma: 6, pcmu: 7, extensible: 0xfffe } as const;

/** The figures of a format chunk, as they stand in the file: nothing is checked. */
export interface WavFormat {
  /** One of `wavTags`, or any other. An extensible format's own tag where the chunk holds it. */
  readonly tag: number;
  readonly channels: number;
  /** Hz. */
  readonly rate: number;
  /** Per sample of one channel. */
  readonly bits: number;
}

/** Bytes that are read piece by piece. */
interface ByteSource {
  readonly size: number;
  /** `length` bytes at `at`, fewer where the source ends. */
  read(at: number, length: number): Uint8Array;
}

/** Makes a source of bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

/** A chunk by its header. Its body may reach beyond the file's end. */
interface WavChunk {
  readonly name: string;
  /** Offset of the body. */
  readonly at: number;
  /** Length of the body, bytes. */
  readonly length: number;
}

/** Returns true for the head of a WAV file. @param bytes the first twelve bytes of the file, or more */
export function isWav(bytes: Uint8Array): boolean {
  return textAt(bytes, 0) === "RIFF" && textAt(bytes, 8) === "WAVE";
}

/** The chunks of a WAV file in order. A chunk's body is read by the caller. */
export function* wavChunks(bytes: ByteSource): Generator<WavChunk> {
  for (let start = 12; start + 8 <= bytes.size; ) {
    const head = bytes.read(start, 8);
    const length = viewOf(head).getUint32(4, true);
    const at = start + 8;
    yield { name: textAt(head, 0), at, length };
    start = at + length + (length % 2);
  }
}

/** Reads the body of a format chunk, of which no more than 40 bytes matter; undefined where it is cut off. */
export function readWavFormat(body: Uint8Array): WavFormat | undefined {
  if (body.length < 16) return undefined;
  const view = viewOf(body);
  const tag = view.getUint16(0, true);
  return {
    tag: tag === wavTags.extensible && body.length >= 26 ? view.getUint16(24, true) : tag,
    channels: view.getUint16(2, true),
    rate: view.getUint32(4, true),
    bits: view.getUint16(14, true),
  };
}

/**
 * Reads a WAV file of uncompressed 16-bit PCM at any rate; several channels are mixed to mono. A data chunk that claims
 * more than the file holds (a stream written without knowing its length) is read to the file's end.
 * @throws RangeError saying what is wrong with the file.
 */
export function readWav(bytes: Uint8Array): Recording {
  if (!isWav(bytes)) throw new RangeError("not a WAV file");
  let format: WavFormat | undefined;
  for (const { name, at, length } of wavChunks(memorySource(bytes))) {
    if (name === "fmt ") format = checkedFormat(bytes.subarray(at, at + Math.min(length, 40)));
    if (name !== "data") continue;
    if (!format) throw new RangeError("WAV file without a format before its data");
    const width = format.channels * 2;
    const available = Math.min(length, bytes.length - at);
    const samples = bytesToPcm(bytes.slice(at, at + available - (available % width)));
    return { rate: format.rate, pcm: mixToMono(samples, format.channels) };
  }
  throw new RangeError("WAV file without data");
}

function checkedFormat(body: Uint8Array): WavFormat {
  const format = readWavFormat(body);
  if (!format) throw new RangeError("WAV file cut off in its format");
  const { tag, channels, rate, bits } = format;
  if ((tag !== wavTags.pcm && tag !== wavTags.extensible) || bits !== 16)
    throw new RangeError(`WAV file is not 16-bit PCM (coding ${tag}, ${bits} bits)`);
  if (channels < 1 || rate < 1) throw new RangeError(`WAV file with ${channels} channels at ${rate} Hz`);
  return format;
}

function mixToMono(samples: Int16Array, channels: number): Int16Array {
  if (channels === 1) return samples;
  const out = new Int16Array(samples.length / channels);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += samples[i * channels + c]!;
    out[i] = Math.round(sum / channels);
  }
  return out;
}

/** The header of a WAV file with `dataBytes` of samples behind it: 44 bytes for plain PCM, 58 for any other coding. */
export function wavHeader({ tag, channels, rate, bits }: WavFormat, dataBytes: number): Uint8Array {
  const plain = tag === wavTags.pcm;
  const bytes = new Uint8Array(plain ? 44 : 58);
  const view = viewOf(bytes);
  const width = (channels * bits) / 8;
  writeText(bytes, 0, "RIFF");
  view.setUint32(4, bytes.length - 8 + dataBytes, true);
  writeText(bytes, 8, "WAVEfmt ");
  view.setUint32(16, plain ? 16 : 18, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * width, true);
  view.setUint16(32, width, true);
  view.setUint16(34, bits, true);
  if (!plain) {
    // An extension of no bytes, and the count of samples.
    writeText(bytes, 38, "fact");
    view.setUint32(42, 4, true);
    view.setUint32(46, dataBytes / width, true);
  }
  writeText(bytes, bytes.length - 8, "data");
  view.setUint32(bytes.length - 4, dataBytes, true);
  return bytes;
}

/** Writes mono 16-bit PCM as a WAV file. */
export function writeWav({ rate, pcm }: Recording): Uint8Array {
  const header = wavHeader({ tag: wavTags.pcm, channels: 1, rate, bits: 16 }, pcm.byteLength);
  const bytes = new Uint8Array(header.length + pcm.byteLength);
  bytes.set(header);
  bytes.set(pcmToBytes(pcm), header.length);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

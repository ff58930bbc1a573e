/** WAV uploads: whole and fractional PCM and G.711, with or without a length that is true. */
import { decodeG711 } from "../audio/g711.ts";
import { readWavFormat, wavChunks, wavTags } from "../audio/wav.ts";
import type { FileBytes } from "./file-bytes.ts";
import { UploadError } from "./upload-error.ts";
import { type Block, MAX_CHANNELS } from "./voice-track.ts";

interface SampleFormat {
  readonly coding: "pcm" | "float" | "pcma" | "pcmu";
  readonly channels: number;
  /** Hz. */
  readonly rate: number;
  /** Per sample of one channel. */
  readonly bytes: number;
}

/** Codings by their tags, and the widths of a sample that each may have, bits. */
const CODINGS = new Map<number, { readonly coding: SampleFormat["coding"]; readonly widths: number[] }>([
  [wavTags.pcm, { coding: "pcm", widths: [8, 16, 24, 32] }],
  [wavTags.float, { coding: "float", widths: [32, 64] }],
  [wavTags.pcma, { coding: "pcma", widths: [8] }],
  [wavTags.pcmu, { coding: "pcmu", widths: [8] }],
]);

/** A writer that cannot seek back leaves such lengths: none, or one that no recording has (near 2 or 4 GB). */
const isUnknown = (length: number) => length === 0 || length >= 0x7fff_0000;

/** Samples of each channel read at once. */
const STEP = 2 ** 15;

/**
 * Decodes PCM of 8, 16, 24 and 32 bits, floats of 32 and 64, and G.711. A data chunk of unknown length reaches to the
 * file's end.
 * @throws UploadError `truncated` where the header is wrong, or promises more than there is.
 */
export function* decodeWav(bytes: FileBytes): Generator<Block> {
  let format: SampleFormat | undefined;
  for (const { name, at, length } of wavChunks(bytes)) {
    if (name === "fmt ") format = readFormat(bytes.read(at, Math.min(length, 40)));
    if (name !== "data") continue;
    if (!format) throw new UploadError("truncated", "WAV data before its format");
    const end = isUnknown(length) ? bytes.size : at + length;
    yield* readSamples(bytes, format, at, Math.min(end, bytes.size));
    if (end > bytes.size) throw new UploadError("truncated", "WAV data cut off");
    return;
  }
  throw new UploadError("truncated", "WAV file without data");
}

function readFormat(body: Uint8Array): SampleFormat {
  const format = readWavFormat(body);
  if (!format) throw new UploadError("truncated", "WAV format cut off");
  const { tag, channels, rate, bits } = format;
  const known = CODINGS.get(tag);
  if (!known) throw new UploadError("not_audio", `WAV coding ${tag}`);
  if (channels < 1 || channels > MAX_CHANNELS || !known.widths.includes(bits))
    throw new UploadError("truncated", `WAV with ${channels} channels of ${bits} bits`);
  return { coding: known.coding, channels, rate, bytes: bits / 8 };
}

function* readSamples(bytes: FileBytes, format: SampleFormat, start: number, end: number): Generator<Block> {
  const width = format.channels * format.bytes;
  const whole = end - ((end - start) % width);
  const read = sampleReader(format);
  for (let at = start; at < whole; ) {
    const piece = bytes.read(at, Math.min(whole - at, STEP * width));
    if (piece.length < width) throw new UploadError("truncated", "the file has become shorter");
    const length = Math.floor(piece.length / width);
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    const channels = Array.from({ length: format.channels }, (_, channel) => {
      const samples = new Float32Array(length);
      for (let i = 0, from = channel * format.bytes; i < length; i++, from += width)
        samples[i] = read(view, from);
      return samples;
    });
    yield { channels, rate: format.rate };
    at += length * width;
  }
}

function sampleReader({ coding, bytes }: SampleFormat): (view: DataView, at: number) => number {
  if (coding === "float")
    return bytes === 4 ? (view, at) => view.getFloat32(at, true) : (view, at) => view.getFloat64(at, true);
  if (coding !== "pcm") {
    const values = decodeG711(
      coding,
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
    );
    return (view, at) => values[view.getUint8(at)]! / 32_768;
  }
  if (bytes === 1) return (view, at) => (view.getUint8(at) - 128) / 128;
  if (bytes === 2) return (view, at) => view.getInt16(at, true) / 32_768;
  if (bytes === 3) return (view, at) => (view.getInt16(at + 1, true) * 256 + view.getUint8(at)) / 8_388_608;
  return (view, at) => view.getInt32(at, true) / 2_147_483_648;
}

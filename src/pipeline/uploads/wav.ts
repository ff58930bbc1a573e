/** WAV files: whole and fractional PCM, with or without a length that is true. */
import { decodeG711 } from "../audio/g711.ts";
import type { FileBytes } from "./file-bytes.ts";
import { UploadError } from "./upload-error.ts";
import { type Block, MOST_CHANNELS } from "./voice-track.ts";

interface WavFormat {
  readonly coding: "pcm" | "float" | "pcma" | "pcmu";
  readonly channels: number;
  readonly rate: number;
  /** Of one sample of one channel. */
  readonly bytes: number;
}

/** Format tags of Microsoft's `WAVEFORMATEX`. */
const CODINGS = new Map<number, WavFormat["coding"]>([
  [1, "pcm"],
  [3, "float"],
  [6, "pcma"],
  [7, "pcmu"],
]);
const EXTENSIBLE = 0xfffe;

/** A writer that cannot seek back leaves a length like these: none, or one that no recording has (near 2 or 4 GB). */
const isUnknown = (length: number) => length === 0 || length >= 0x7fff_0000;

const STEP = 2 ** 15;

/**
 * Decodes PCM of 8, 16, 24 and 32 bits, floats of 32 and 64, and G.711. A data chunk of unknown length goes to the
 * file's end.
 * @throws UploadError `truncated` where the header is wrong, or promises more than there is.
 */
export function* decodeWav(bytes: FileBytes): Generator<Block> {
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.size; ) {
    const head = bytes.read(at, 8);
    const name = String.fromCharCode(...head.subarray(0, 4));
    const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    const body = at + 8;
    if (name === "fmt ") format = readFormat(bytes.read(body, Math.min(length, 40)));
    if (name === "data") {
      if (!format) throw new UploadError("truncated", "WAV data before its format");
      const end = isUnknown(length) ? bytes.size : body + length;
      yield* readSamples(bytes, format, body, Math.min(end, bytes.size));
      if (end > bytes.size) throw new UploadError("truncated", "WAV data cut off");
      return;
    }
    at = body + length + (length % 2);
  }
  throw new UploadError("truncated", "WAV file without data");
}

function readFormat(body: Uint8Array): WavFormat {
  if (body.length < 16) throw new UploadError("truncated", "WAV format cut off");
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const tag = view.getUint16(0, true);
  const coding = CODINGS.get(tag === EXTENSIBLE && body.length >= 26 ? view.getUint16(24, true) : tag);
  const channels = view.getUint16(2, true);
  const rate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  if (!coding) throw new UploadError("not_audio", `WAV coding ${tag}`);
  const widths = { pcm: [8, 16, 24, 32], float: [32, 64], pcma: [8], pcmu: [8] }[coding];
  if (channels < 1 || channels > MOST_CHANNELS || !widths.includes(bits))
    throw new UploadError("truncated", `WAV with ${channels} channels of ${bits} bits`);
  return { coding, channels, rate, bytes: bits / 8 };
}

function* readSamples(bytes: FileBytes, format: WavFormat, start: number, end: number): Generator<Block> {
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

function sampleReader({ coding, bytes }: WavFormat): (view: DataView, at: number) => number {
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

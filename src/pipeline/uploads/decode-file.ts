/** A recording file of any known format to mono PCM: the decoding that the upload thread runs. */
import type { SampleRate } from "../../ports/audio.ts";
import { type FileBytes, openFileBytes } from "./file-bytes.ts";
import { decodeMp3 } from "./mp3.ts";
import { decodeMp4 } from "./mp4.ts";
import { decodeOgg } from "./ogg.ts";
import { SNIFFED_BYTES, sniffAudio, type UploadFormat } from "./sniff.ts";
import { UploadError } from "./upload-error.ts";
import { type Block, openVoiceTrack } from "./voice-track.ts";
import { decodeWav } from "./wav.ts";
import { decodeWebm } from "./webm.ts";

/** Decoders by format. Each yields blocks of about a second at most, and reads on only for the next one. */
const DECODERS: Record<UploadFormat, (bytes: FileBytes) => Iterable<Block> | AsyncIterable<Block>> = {
  wav: decodeWav,
  mp3: decodeMp3,
  ogg: decodeOgg,
  webm: decodeWebm,
  m4a: decodeMp4,
};

export interface DecodedFile {
  /** Mono. */
  readonly pcm: Int16Array;
  readonly format: UploadFormat;
}

/**
 * Decodes the file at `path` to mono at `rate` Hz. Reads and decodes no more than `maxMs` of audio take.
 * @throws UploadError; any other error is a broken decoder's or the file system's.
 */
export async function decodeFile(path: string, rate: SampleRate, maxMs: number): Promise<DecodedFile> {
  const bytes = openFileBytes(path);
  try {
    return await decodeBytes(bytes, rate, maxMs);
  } finally {
    bytes.close();
  }
}

/** Decodes an open file, as `decodeFile`. */
export async function decodeBytes(bytes: FileBytes, rate: SampleRate, maxMs: number): Promise<DecodedFile> {
  const format = formatOf(bytes);
  const track = openVoiceTrack(rate, maxMs);
  try {
    for await (const block of DECODERS[format](bytes)) await track.add(block);
    return { pcm: track.finish(), format };
  } catch (error) {
    throw asUploadError(error);
  } finally {
    track.close();
  }
}

/** Decodes an open file block by block, at its own rate and with its own channels. @throws as `decodeFile`. */
export async function* decodeBlocks(bytes: FileBytes): AsyncGenerator<Block> {
  try {
    yield* DECODERS[formatOf(bytes)](bytes);
  } catch (error) {
    throw asUploadError(error);
  }
}

function formatOf(bytes: FileBytes): UploadFormat {
  if (bytes.size === 0) throw new UploadError("empty", "no bytes");
  const format = sniffAudio(bytes.read(0, SNIFFED_BYTES));
  if (!format) throw new UploadError("not_audio", "none of the formats known");
  return format;
}

/** A RangeError means that a number in the file points beyond it. */
function asUploadError(error: unknown): unknown {
  return error instanceof RangeError ? new UploadError("truncated", "damaged", { cause: error }) : error;
}

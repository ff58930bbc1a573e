/** The format of an uploaded file by its first bytes; its name and declared type play no part. */
import { isWav } from "../audio/wav.ts";
import { isSameMp3Stream, readMp3Header, skipId3 } from "./mp3-frames.ts";

/** A container, or MP3, which has none. */
export type UploadFormat = "wav" | "mp3" | "ogg" | "webm" | "m4a";

/** First bytes that `sniffAudio` uses. */
export const SNIFFED_BYTES = 4096;

/** ISO base media files that hold pictures. */
const PICTURE_BRANDS = new Set([
  "heic",
  "heix",
  "heim",
  "heis",
  "hevc",
  "hevx",
  "mif1",
  "msf1",
  "avif",
  "avis",
]);

/**
 * Returns the format by a file's first bytes (4096, or the whole file if it is shorter); undefined: none of these. Whether
 * there is audio in the file only decoding tells.
 */
export function sniffAudio(head: Uint8Array): UploadFormat | undefined {
  const tag = (at: number) => String.fromCharCode(...head.subarray(at, at + 4));
  if (isWav(head)) return "wav";
  if (tag(0) === "OggS" && head[4] === 0) return "ogg";
  if (isWebm(head)) return "webm";
  if (tag(4) === "ftyp" && !PICTURE_BRANDS.has(tag(8))) return "m4a";
  return isMp3(head) ? "mp3" : undefined;
}

/** An EBML header whose DocType is WebM or the Matroska it is a subset of. */
function isWebm(head: Uint8Array): boolean {
  if (head[0] !== 0x1a || head[1] !== 0x45 || head[2] !== 0xdf || head[3] !== 0xa3) return false;
  const start = String.fromCharCode(...head.subarray(4, 64));
  return start.includes("\x42\x82\x84webm") || start.includes("\x42\x82\x88matroska");
}

/** Two frames in a row, where the head reaches that far: eleven bits alone are found in anything. */
function isMp3(head: Uint8Array): boolean {
  const at = skipId3(head);
  if (at >= head.length) return at > 0;
  const header = readMp3Header(head.subarray(at));
  if (!header) return false;
  const next = head.subarray(at + header.length);
  return next.length < 4 || isSameMp3Stream(header, readMp3Header(next));
}

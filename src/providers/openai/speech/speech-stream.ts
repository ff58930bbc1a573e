/** Speech as a server sends it, made into samples: its bytes tell what it is, whatever its label says. */
import { yieldToEventLoop } from "../../../lib/clock.ts";
import { decodeBlocks } from "../../../pipeline/uploads/decode-file.ts";
import { type FileBytes, joinBytes } from "../../../pipeline/uploads/file-bytes.ts";
import { SNIFFED_BYTES, sniffAudio } from "../../../pipeline/uploads/sniff.ts";
import { mixDown } from "../../../pipeline/uploads/voice-track.ts";
import { pcmStream, readWavHeader } from "./pcm-stream.ts";

export interface SpeechSamples {
  /** Mono, never empty; the caller owns them. */
  readonly pcm: Int16Array;
  /** Hz; the same in all of one stream unless the file says otherwise. */
  readonly rate: number;
}

/** Longest file of one sentence that is decoded, bytes. */
const LARGEST_FILE = 16 * 1024 * 1024;
/** Decoded between two turns of the event loop, s. */
const DECODED_AT_ONCE_S = 0.5;

/** Labels of what is no PCM. */
const COMPRESSED = /mpeg|mp3|ogg|opus|aac|flac|webm|mp4|m4a/i;

/**
 * Reads one answer, labelled `type` (known once its bytes come). PCM, raw at `rawRate` or in a WAV file of one channel, is given as it comes; WAV of other shapes,
 * MP3, Ogg, WebM and M4A once they are whole.
 * @throws RangeError on text, on another kind of audio (by its bytes, or by its label) and on a file too large; UploadError where decoding fails.
 */
export async function* speechSamples(
  pieces: AsyncIterable<Uint8Array>,
  rawRate: number,
  type: () => string,
): AsyncGenerator<SpeechSamples, void, undefined> {
  let head = new Uint8Array(0);
  let kind: SpeechKind | "more" = "more";
  const stream = pcmStream();
  const file: Uint8Array[] = [];
  let size = 0;
  const take = (bytes: Uint8Array): SpeechSamples | undefined => {
    if (kind === "file") {
      size += bytes.length;
      if (size > LARGEST_FILE) throw new RangeError(`speech of more than ${LARGEST_FILE} bytes`);
      file.push(bytes.slice());
      return undefined;
    }
    const pcm = stream.take(bytes);
    return pcm.length > 0 ? { pcm, rate: stream.rate ?? rawRate } : undefined;
  };
  for await (const bytes of pieces) {
    let next = bytes;
    if (kind === "more") {
      head = joinBytes([head, bytes]);
      kind = kindOf(head, false, type());
      if (kind === "more") continue;
      next = head;
    }
    const samples = take(next);
    if (samples) yield samples;
  }
  if (kind === "more") {
    kind = kindOf(head, true, type());
    const samples = take(head);
    if (samples) yield samples;
  }
  if (kind === "file") yield* decoded(joinBytes(file));
}

/** `pcm`: with or without a WAV header. `file`: what is decoded as a whole. */
type SpeechKind = "pcm" | "file";

/**
 * Tells the kind of an answer by its first bytes. `more`: they do not tell yet. Samples begin with anything, so that
 * a mark of two bytes counts only where a second frame follows the first.
 */
function kindOf(head: Uint8Array, whole: boolean, type: string): SpeechKind | "more" {
  const enough = whole || head.length >= SNIFFED_BYTES;
  const tag = String.fromCharCode(...head.subarray(0, 4));
  if (head.length < 8 && !whole) return "more";
  if (tag === "RIFF") {
    const header = readWavHeader(head);
    if (header === "more" && !enough) return "more";
    return header === "more" || header === "other" ? "file" : "pcm";
  }
  if (tag === "fLaC") throw new RangeError("speech came as FLAC");
  if (isText(head)) {
    if (head.length < TEXT_BYTES && !whole) return "more";
    throw new RangeError("speech came as text");
  }
  const frame = (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0) || tag.startsWith("ID3");
  const container = tag === "OggS" || tag === "\x1a\x45\xdf\xa3" || ascii(head, 4, "ftyp");
  if ((frame || container) && !enough) return "more";
  if (isAdts(head)) throw new RangeError("speech came as AAC");
  if ((frame || container) && sniffAudio(head)) return "file";
  if (container || COMPRESSED.test(type))
    throw new RangeError(`speech came as ${type.slice(0, 60)}, unreadable`);
  return "pcm";
}

const ascii = (bytes: Uint8Array, at: number, text: string) =>
  String.fromCharCode(...bytes.subarray(at, at + text.length)) === text;

/** Length of pure text that is no sound, bytes. */
const TEXT_BYTES = 64;

/** JSON or markup, all of it printable. */
function isText(head: Uint8Array): boolean {
  const start = head.subarray(0, TEXT_BYTES);
  const first = start.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x3c && first !== 0x5b) return false;
  return start.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d,
  );
}

/** Two frames of AAC in ADTS, which no decoder here takes. */
function isAdts(head: Uint8Array): boolean {
  const isFrame = (at: number) => head[at] === 0xff && ((head[at + 1] ?? 0) & 0xf6) === 0xf0;
  if (!isFrame(0) || head.length < 7) return false;
  const length = ((head[3]! & 3) << 11) | (head[4]! << 3) | (head[5]! >> 5);
  return length >= 7 && isFrame(length);
}

async function* decoded(bytes: Uint8Array): AsyncGenerator<SpeechSamples, void, undefined> {
  let seconds = 0;
  for await (const block of decodeBlocks(inMemory(bytes))) {
    const pcm = mixDown(block.channels);
    if (pcm.length === 0) continue;
    yield { pcm, rate: block.rate };
    seconds += pcm.length / block.rate;
    if (seconds < DECODED_AT_ONCE_S) continue;
    seconds = 0;
    await yieldToEventLoop();
  }
}

function inMemory(bytes: Uint8Array): FileBytes {
  return {
    size: bytes.length,
    read: (at, length) => bytes.subarray(Math.min(at, bytes.length), Math.min(at + length, bytes.length)),
    close() {},
  };
}

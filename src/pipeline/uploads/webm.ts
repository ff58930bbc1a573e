/** WebM uploads with Opus, as browsers record them: streaming clusters, unknown lengths, no duration or a wrong one. */
import type { FileBytes } from "./file-bytes.ts";
import { dropEnd, OPUS_RATE, type OpusStream, openOpusStream, readOpusHead } from "./opus.ts";
import { UploadError } from "./upload-error.ts";
import type { Block } from "./voice-track.ts";
import { readInteger, readNumber, WEBM, type WebmElement, walkWebm } from "./webm-elements.ts";

/** A track's entry, as far as it has been read. */
interface Track {
  number?: number;
  type?: number;
  codec?: string;
  private?: Uint8Array;
}

const AUDIO = 2;
const MAX_TRACKS = 64;
/** Longest field read, bytes; an Opus header has 19 to 29. */
const MAX_FIELD = 256;

/**
 * Decodes the first track of Opus. Times, the duration and the index are ignored; pauses of the recorder leave no gap.
 * @throws UploadError `truncated` where an element or packet is cut or damaged, `not_audio` with no such track.
 */
export async function* decodeWebm(bytes: FileBytes): AsyncGenerator<Block> {
  const tracks: Track[] = [];
  let chosen: { number: number; stream: OpusStream } | undefined;
  // A packet's padding follows the packet, so each one waits for the next element.
  let waiting: Float32Array[] | undefined;
  try {
    for (const element of walkWebm(bytes)) {
      if (element.id === WEBM.simpleBlock || element.id === WEBM.block) {
        chosen ??= await openTrack(tracks);
        const block = readBlock(bytes.read(element.at, element.length!));
        if (block.track !== chosen.number) continue;
        for (const frame of block.frames) {
          const decoded = chosen.stream.decode(frame);
          if (waiting) yield { channels: waiting, rate: OPUS_RATE };
          waiting = decoded;
        }
      } else if (element.id === WEBM.discardPadding && waiting) {
        const ns = readInteger(bytes.read(element.at, Math.min(8, element.length!)), true);
        waiting = dropEnd(waiting, Math.round((Math.max(0, ns) * OPUS_RATE) / 1e9));
      } else if (!chosen) readTrack(tracks, element, bytes);
    }
    if (waiting) yield { channels: waiting, rate: OPUS_RATE };
    if (!chosen && tracks.length > 0) (await openTrack(tracks)).stream.close();
    if (tracks.length === 0) throw new UploadError("truncated", "WebM without tracks");
  } finally {
    chosen?.stream.close();
  }
}

function readTrack(tracks: Track[], element: WebmElement, bytes: FileBytes): void {
  if (element.id === WEBM.trackEntry) tracks.push({});
  if (tracks.length > MAX_TRACKS) throw new UploadError("truncated", "too many tracks in WebM");
  const track = tracks.at(-1);
  if (!track) return;
  const body = () => bytes.read(element.at, Math.min(element.length!, MAX_FIELD));
  if (element.id === WEBM.trackNumber) track.number = readInteger(body());
  if (element.id === WEBM.trackType) track.type = readInteger(body());
  if (element.id === WEBM.codecId) track.codec = String.fromCharCode(...body());
  if (element.id === WEBM.codecPrivate) track.private = body().slice();
}

async function openTrack(tracks: readonly Track[]): Promise<{ number: number; stream: OpusStream }> {
  const track = tracks.find(({ type, codec }) => type === AUDIO && codec?.replace(/\0+$/, "") === "A_OPUS");
  if (track?.number === undefined) throw new UploadError("not_audio", "no Opus track in WebM");
  const head = track.private?.subarray(8) ?? new Uint8Array(0);
  return { number: track.number, stream: await openOpusStream(readOpusHead(head, true)) };
}

/** A block: its track, and the frames laced into it. */
interface WebmBlock {
  readonly track: number;
  readonly frames: readonly Uint8Array[];
}

/** Parses a block's body (RFC 9559, 10). The frames share its bytes. @throws UploadError `truncated`. */
function readBlock(body: Uint8Array): WebmBlock {
  const track = readNumber(body, 0, false);
  const flags = track && body[track.length + 2];
  if (track?.value === undefined || flags === undefined)
    throw new UploadError("truncated", "WebM block cut off");
  const data = body.subarray(track.length + 3);
  return { track: track.value, frames: unlace(data, (flags >> 1) & 3) };
}

/** Kinds of lacing, by their bits. */
const NONE = 0;
const XIPH = 1;
const FIXED = 2;

function unlace(data: Uint8Array, lacing: number): Uint8Array[] {
  if (lacing === NONE) return [data];
  const count = (data[0] ?? 0) + 1;
  if (lacing === FIXED) {
    const length = (data.length - 1) / count;
    if (!Number.isInteger(length)) throw new UploadError("truncated", "WebM lacing does not add up");
    return cut(data.subarray(1), new Array<number>(count).fill(length));
  }
  const { lengths, at } = lacing === XIPH ? readXiphLengths(data, count) : readEbmlLengths(data, count);
  const rest = data.length - at - lengths.reduce((sum, length) => sum + length, 0);
  return cut(data.subarray(at), [...lengths, rest]);
}

function cut(data: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  if (lengths.some((length) => length < 0)) throw new UploadError("truncated", "WebM lacing does not add up");
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return data.subarray(at - length, at);
  });
}

/** Lengths of all frames but the last, and where that table ends. */
interface Lengths {
  readonly lengths: number[];
  readonly at: number;
}

function readXiphLengths(data: Uint8Array, count: number): Lengths {
  const lengths: number[] = [];
  let at = 1;
  while (lengths.length < count - 1) {
    let length = 0;
    while (data[at] === 255) {
      length += 255;
      at++;
    }
    lengths.push(length + (data[at++] ?? 0));
  }
  return { lengths, at };
}

function readEbmlLengths(data: Uint8Array, count: number): Lengths {
  const lengths: number[] = [];
  let at = 1;
  let last = 0;
  while (lengths.length < count - 1) {
    const number = readNumber(data, at, false);
    if (number?.value === undefined) throw new UploadError("truncated", "WebM lacing does not add up");
    const bias = lengths.length === 0 ? 0 : 2 ** (7 * number.length - 1) - 1;
    last += number.value - bias;
    lengths.push(last);
    at += number.length;
  }
  return { lengths, at };
}

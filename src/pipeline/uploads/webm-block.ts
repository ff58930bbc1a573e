/** A WebM block: its track, and the frames laced into it. */
import { UploadError } from "./upload-error.ts";
import { readNumber } from "./webm-elements.ts";

export interface WebmBlock {
  readonly track: number;
  readonly frames: readonly Uint8Array[];
}

/** Parses a block's body (RFC 9559, 10). The frames share its bytes. @throws UploadError `truncated`. */
export function readBlock(body: Uint8Array): WebmBlock {
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

/** EBML, the nested elements of WebM, walked through flat and without keeping any. */
import type { FileBytes } from "./file-bytes.ts";
import { UploadError } from "./upload-error.ts";

/** The elements that matter here (RFC 9559), by their ids. */
export const WEBM = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  cluster: 0x1f43b675,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  discardPadding: 0x75a2,
} as const;

/** Elements whose children are walked through; all others are skipped by their length. */
const ENTERED = new Set<number>([WEBM.segment, WEBM.tracks, WEBM.trackEntry, WEBM.cluster, WEBM.blockGroup]);

export interface WebmElement {
  readonly id: number;
  /** Start of the body in the file. */
  readonly at: number;
  /** Length of the body; undefined: unknown, as recorders that cannot seek write it; such an element has children. */
  readonly length: number | undefined;
}

/**
 * Yields every element in the order of the file, children after their parents. A parent's end plays no part, so unknown
 * lengths need no guessing.
 * @throws UploadError `truncated` where no element is, and after the last one if any reached beyond the file.
 */
export function* walkWebm(bytes: FileBytes): Generator<WebmElement> {
  let end = 0;
  for (let at = 0; at < bytes.size; ) {
    const head = bytes.read(at, 12);
    const id = readNumber(head, 0, true);
    const length = id && readNumber(head, id.length, false);
    if (id?.value === undefined || id.length > 4 || !length)
      throw new UploadError("truncated", `no WebM element at ${at}`);
    const body = at + id.length + length.length;
    const enters = ENTERED.has(id.value);
    if (length.value === undefined && !enters)
      throw new UploadError("truncated", `WebM element at ${at} without a length`);
    const after = body + (length.value ?? 0);
    end = Math.max(end, after);
    yield { id: id.value, at: body, length: length.value };
    at = enters ? body : after;
  }
  if (end > bytes.size) throw new UploadError("truncated", "WebM cut off");
}

/**
 * Reads a number of one to eight bytes, whose first byte tells how many: with that marker bit (an id) or without (a
 * length; all ones: unknown, `value` is then undefined). Undefined: no number.
 */
export function readNumber(
  bytes: Uint8Array,
  at: number,
  marked: boolean,
): { value: number | undefined; length: number } | undefined {
  const first = bytes[at];
  if (!first) return undefined;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return undefined;
  const mark = 0x80 >> (length - 1);
  let value = marked ? first : first - mark;
  let ones = first === mark * 2 - 1;
  for (let i = 1; i < length; i++) {
    value = value * 256 + bytes[at + i]!;
    ones &&= bytes[at + i] === 0xff;
  }
  return { value: ones && !marked ? undefined : value, length };
}

/** Reads an unsigned or signed number that is an element's whole body. */
export function readInteger(body: Uint8Array, signed = false): number {
  let value = signed && (body[0] ?? 0) >= 0x80 ? -1 : 0;
  for (const byte of body) value = value * 256 + byte;
  return value;
}

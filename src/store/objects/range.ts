/** HTTP ranges (RFC 9110, section 14) over an object of known size. */

/** Bytes `start` to `end`, both counted from 0 and both included; without `end` to the object's end. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** `whole`: answer 200 with everything. `part`: 206 with these bytes. `unsatisfiable`: 416. */
export type RangeAnswer =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly range: Required<ByteRange> }
  | { readonly kind: "unsatisfiable" };

const whole: RangeAnswer = { kind: "whole" };
const unsatisfiable: RangeAnswer = { kind: "unsatisfiable" };

/**
 * Parses a `Range` header for an object of `size` bytes. A header that is absent, in another unit, malformed, or of several
 * ranges yields `whole`, as the RFC allows: no player needs multipart answers. So does a suffix of an empty object, which
 * no `Content-Range` could describe.
 */
export function parseRange(header: string | undefined, size: number): RangeAnswer {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return whole;
  if (first === "") {
    const length = Math.min(Number(last), size);
    if (Number(last) === 0) return unsatisfiable;
    return length === 0 ? whole : { kind: "part", range: { start: size - length, end: size - 1 } };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return whole;
  if (start >= size) return unsatisfiable;
  return { kind: "part", range: { start, end } };
}

/** Returns the `Content-Range` of a 206 answer, or of a 416 where there is no range. */
export function contentRange(range: Required<ByteRange> | undefined, size: number): string {
  return range ? `bytes ${range.start}-${range.end}/${size}` : `bytes */${size}`;
}

/**
 * Cuts a range to the object's end.
 * @throws RangeError when it begins beyond the object's end, or ends before it begins.
 */
export function clampRange(range: ByteRange, size: number): Required<ByteRange> {
  const end = Math.min(range.end ?? size - 1, size - 1);
  if (!(range.start >= 0 && range.start <= end))
    throw new RangeError(`no bytes ${range.start}-${range.end ?? ""} in ${size}`);
  return { start: range.start, end };
}

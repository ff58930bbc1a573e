/** ISO base media boxes: a file's own, read from disk one header at a time, and those within a box in memory. */
import { type FileBytes, LONGEST_READ } from "./file-bytes.ts";
import { UploadError } from "./upload-error.ts";

/** A box at the top of the file. */
export interface FileBox {
  readonly type: string;
  /** Start of the box, its header included. */
  readonly start: number;
  /** Start of its body. */
  readonly at: number;
  /** The end it claims, which may be beyond the file's end. */
  readonly end: number;
}

/** A box in memory. */
export interface Mp4Box {
  readonly type: string;
  readonly body: Uint8Array;
}

/** Yields a file's boxes in order. @throws UploadError `truncated` where a header is cut or wrong. */
export function* readFileBoxes(bytes: FileBytes): Generator<FileBox> {
  for (let start = 0; start < bytes.size; ) {
    const head = readHead(bytes.read(start, 16), bytes.size - start);
    if (!head) throw new UploadError("truncated", `no MP4 box at ${start}`);
    yield { type: head.type, start, at: start + head.length, end: start + head.size };
    start += head.size;
  }
}

/** Reads the whole body of a file's box. @throws UploadError `truncated` where the file ends within it. */
export function readFileBox(bytes: FileBytes, box: FileBox): Uint8Array {
  if (box.end > bytes.size || box.end - box.at > LONGEST_READ)
    throw new UploadError("truncated", `MP4 box ${box.type} cut off`);
  return bytes.read(box.at, box.end - box.at).slice();
}

/** Yields the boxes within a body in order. @throws UploadError `truncated` where one reaches beyond it. */
export function* readBoxes(body: Uint8Array): Generator<Mp4Box> {
  for (let start = 0; start + 8 <= body.length; ) {
    const rest = body.length - start;
    const head = readHead(body.subarray(start), rest);
    if (!head || head.size > rest) throw new UploadError("truncated", "MP4 box beyond the one it is in");
    yield { type: head.type, body: body.subarray(start + head.length, start + head.size) };
    start += head.size;
  }
}

/** Finds the body of the first box at the end of a path of types. */
export function findBox(body: Uint8Array | undefined, ...path: string[]): Uint8Array | undefined {
  let found = body;
  for (const type of path) {
    if (!found) return undefined;
    found = readBoxes(found).find((box) => box.type === type)?.body;
  }
  return found;
}

/** A DataView of a body. */
export const viewOf = (body: Uint8Array): DataView => new DataView(body.buffer, body.byteOffset, body.length);

/** `rest`: bytes up to the end of the enclosing box or file, which a box of size 0 fills. */
function readHead(
  bytes: Uint8Array,
  rest: number,
): { type: string; length: number; size: number } | undefined {
  if (bytes.length < 8) return undefined;
  const view = viewOf(bytes);
  const type = String.fromCharCode(...bytes.subarray(4, 8));
  const short = view.getUint32(0);
  if (short !== 1) return short === 0 || short >= 8 ? { type, length: 8, size: short || rest } : undefined;
  if (bytes.length < 16) return undefined;
  const size = Number(view.getBigUint64(8));
  return size >= 16 ? { type, length: 16, size } : undefined;
}

/** What a recording of file operations consists of. Paths are relative to the recorded folder, which is "". */
export type FileOperation =
  | {
      readonly op: "open";
      readonly path: string;
      readonly id: string;
      readonly folder: boolean;
      /** Whether the file has no content once it is open: a new one, or one whose content was dropped. */
      readonly empty: boolean;
    }
  | { readonly op: "write"; readonly id: string; readonly position: number }
  | { readonly op: "truncate"; readonly id: string; readonly size: number }
  | { readonly op: "flush"; readonly id: string; readonly path: string }
  | { readonly op: "mkdir" | "remove"; readonly path: string }
  | { readonly op: "rename" | "link"; readonly from: string; readonly path: string };

/** An operation as it was recorded. */
export type RecordedOperation = FileOperation & {
  /** Monotonic time, ms (`process.hrtime`, the same for all processes of the machine). */
  readonly at: number;
  /** What was written; empty for operations that write nothing. */
  readonly data: Uint8Array;
};

/** Reads a recording. A record that the process had no time to complete is left out. */
export function* readOperations(log: Uint8Array): Generator<RecordedOperation> {
  const bytes = Buffer.from(log.buffer, log.byteOffset, log.byteLength);
  for (let place = 0; place + 4 <= bytes.byteLength; ) {
    const headEnd = place + 4 + bytes.readUInt32LE(place);
    if (headEnd > bytes.byteLength) return;
    const { bytes: length, ...operation } = JSON.parse(bytes.toString("utf8", place + 4, headEnd));
    if (headEnd + length > bytes.byteLength) return;
    yield { ...operation, data: bytes.subarray(headEnd, headEnd + length) };
    place = headEnd + length;
  }
}

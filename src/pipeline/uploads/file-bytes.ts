/** An uploaded file read piece by piece, synchronously: only threads that may block use it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface FileBytes {
  /** Bytes in the file. */
  readonly size: number;
  /**
   * Returns `length` bytes at `at`, fewer where the file ends. They are valid until the next read.
   * @throws RangeError beyond `LONGEST_READ`.
   */
  read(at: number, length: number): Uint8Array;
  close(): void;
}

/** Longest piece read at once, bytes: no honest recording of any format needs a longer one. */
export const LONGEST_READ = 2 ** 21;

/** Bytes read ahead. */
const WINDOW = 2 ** 16;

/** Opens a file. @throws the file system's error. */
export function openFileBytes(path: string): FileBytes {
  const descriptor = openSync(path, "r");
  const { size } = fstatSync(descriptor);
  const defaultWindow = new Uint8Array(WINDOW);
  let window = defaultWindow;
  let start = 0;
  let filled = 0;
  const load = (at: number, length: number) => {
    window = length <= WINDOW ? defaultWindow : new Uint8Array(length);
    start = at;
    filled = 0;
    while (filled < window.length) {
      const count = readSync(descriptor, window, filled, window.length - filled, at + filled);
      if (count === 0) break;
      filled += count;
    }
  };
  return {
    size,
    read(at, length) {
      if (!(length >= 0 && length <= LONGEST_READ)) throw new RangeError(`read of ${length} bytes`);
      const available = Math.min(length, Math.max(0, size - at));
      if (available === 0) return new Uint8Array(0);
      if (at < start || at + available > start + filled) load(at, available);
      return window.subarray(at - start, Math.min(at - start + available, filled));
    },
    close: () => closeSync(descriptor),
  };
}

/** One array of bytes after the other, in a new one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

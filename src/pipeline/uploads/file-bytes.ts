/** An uploaded file, read piece by piece from wherever its format points; only threads that may wait use it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface FileBytes {
  /** Bytes in the file. */
  readonly size: number;
  /**
   * `length` bytes at `at`, fewer where the file ends. They are the caller's until the next read only.
   * @throws RangeError beyond `LONGEST_READ`.
   */
  read(at: number, length: number): Uint8Array;
  close(): void;
}

/** No piece that a format asks for at once is longer in any honest recording, bytes. */
export const LONGEST_READ = 2 ** 21;

const WINDOW = 2 ** 16;

/** Opens a file. @throws the file system's error. */
export function openFileBytes(path: string): FileBytes {
  const descriptor = openSync(path, "r");
  const { size } = fstatSync(descriptor);
  const usual = new Uint8Array(WINDOW);
  let window = usual;
  let start = 0;
  let filled = 0;
  const load = (at: number, length: number) => {
    window = length <= WINDOW ? usual : new Uint8Array(length);
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
      if (!(length >= 0 && length <= LONGEST_READ)) throw new RangeError(`a piece of ${length} bytes`);
      const within = Math.min(length, Math.max(0, size - at));
      if (within === 0) return new Uint8Array(0);
      if (at < start || at + within > start + filled) load(at, within);
      return window.subarray(at - start, Math.min(at - start + within, filled));
    },
    close: () => closeSync(descriptor),
  };
}

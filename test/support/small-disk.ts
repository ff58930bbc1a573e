/** A disk of a few hundred megabytes that can be filled: a tmpfs, for which one must be root on Linux. */
import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface SmallDisk {
  readonly folder: string;
  /** Fills it to the last byte. */
  fill(): void;
  /** Makes room again. */
  free(): void;
  /** Unmounts it. Nothing may use it any more. */
  remove(): void;
}

/** Mounts one; undefined where that is not allowed. */
export function openSmallDisk(megabytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "kuku-disk-"));
  const size = `size=${megabytes}m,mode=0755`;
  if (spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder]).status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  chmodSync(folder, 0o755);
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const file = openSync(ballast, "a");
      for (let piece = Buffer.alloc(1024 * 1024); piece.length > 0; )
        try {
          writeSync(file, piece);
        } catch {
          piece = piece.subarray(0, piece.length >> 1);
        }
      closeSync(file);
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      spawnSync("umount", [folder]);
      rmdirSync(folder);
    },
  };
}

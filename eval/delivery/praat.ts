/** Debian's `praat`, asked for the figures of recordings. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Recording, writeWav } from "../../src/pipeline/audio/wav.ts";

/** What is compared; absent where there is none. */
export interface Figures {
  readonly pitchHz?: number | undefined;
  readonly pitchRangeSemitones?: number | undefined;
  readonly pauseCount?: number | undefined;
  /** All pauses together, ms. */
  readonly pausedMs?: number | undefined;
  readonly syllablesPerSecond?: number | undefined;
  readonly loudnessDbfs?: number | undefined;
}

export interface PraatFigures extends Figures {
  /** Hz, every 10 ms from 0 on; 0 where there is no voice. */
  readonly track: readonly number[];
}

const script = fileURLToPath(new URL("figures.praat", import.meta.url));

/** Whether `praat` is installed. */
export function hasPraat(): boolean {
  try {
    execFileSync("praat", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Praat's figures of recordings, in their order. */
export function askPraat(recordings: readonly Recording[]): PraatFigures[] {
  const folder = mkdtempSync(join(tmpdir(), "delivery-eval-"));
  try {
    for (const [i, recording] of recordings.entries())
      writeFileSync(join(folder, `${i}.wav`), writeWav(recording));
    const lines = execFileSync("praat", ["--run", script, folder], {
      encoding: "utf8",
      maxBuffer: 256 * 2 ** 20,
    });
    return parse(lines, recordings.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parse(lines: string, count: number): PraatFigures[] {
  const all = Array.from({ length: count }, (): Record<string, number> & { track?: number[] } => ({}));
  for (const line of lines.split("\n")) {
    const [file = "", figure = "", value = ""] = line.split("\t");
    const figures = all[Number.parseInt(file, 10)];
    if (!figures) continue;
    if (figure === "track") figures.track = value.trim().split(" ").map(Number);
    else figures[figure] = Number(value);
  }
  return all.map(({ track = [], ...figures }) => ({ ...figures, track }));
}

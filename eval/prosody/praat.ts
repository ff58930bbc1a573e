/** Changes the melody of a recording with Debian's `praat`: pitch, length and level by known amounts (PSOLA). */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Recording, readWav, writeWav } from "../../src/pipeline/audio/wav.ts";

/** Changes of one recording; times in s. */
export interface Changes {
  /** What is left of the pitch's own movement, 0–1; before all else. */
  readonly flatten?: number;
  /** Semitones that are added, linear between the times; none outside. */
  readonly pitch?: ReadonlyArray<readonly [at: number, semitones: number]>;
  /** Pitch from a time on, semitones over the recording's median, in place of its own. */
  readonly tail?: ReadonlyArray<readonly [at: number, semitones: number]>;
  /** A stretch that lasts so many times as long. */
  readonly stretch?: { readonly from: number; readonly to: number; readonly factor: number };
  /** Level that is added to a stretch, dB. */
  readonly louder?: { readonly from: number; readonly to: number; readonly decibels: number };
}

/** The recordings with their changes, in their order. */
export function changeMelodies(all: ReadonlyArray<{ recording: Recording; changes: Changes }>): Recording[] {
  const folder = mkdtempSync(join(tmpdir(), "prosody-eval-"));
  try {
    const lines = all.map(({ recording, changes }, i) => {
      const louder = changes.louder ? raised(recording, changes.louder) : recording;
      writeFileSync(join(folder, `${i}.wav`), writeWav(louder));
      return scriptOf(i, changes);
    });
    writeFileSync(join(folder, "change.praat"), [`folder$ = "${folder}/"`, ...lines].join("\n"));
    execFileSync("praat", ["--run", join(folder, "change.praat")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return all.map((_, i) => readWav(readFileSync(join(folder, `${i}-changed.wav`))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function raised({ rate, pcm }: Recording, { from, to, decibels }: NonNullable<Changes["louder"]>): Recording {
  const rampS = 0.02;
  const changed = pcm.map((sample, i) => {
    const inside = Math.min(1, Math.max(0, Math.min(i / rate - from, to - i / rate) / rampS + 1));
    return Math.max(-32_768, Math.min(32_767, Math.round(sample * 10 ** ((decibels * inside) / 20))));
  });
  return { rate, pcm: changed };
}

function scriptOf(i: number, { flatten, pitch, tail, stretch }: Changes): string {
  const lines = [
    `sound = Read from file: folder$ + "${i}.wav"`,
    "end = Get total duration",
    "manipulation = To Manipulation: 0.01, 65, 500",
    "tier = Extract pitch tier",
    "points = Get number of points",
  ];
  if (flatten !== undefined)
    lines.push(
      "if points > 0",
      "  middle = Get mean (points): 0, 0",
      `  Formula: "middle * (self / middle) ^ ${flatten}"`,
      "endif",
    );
  if (pitch)
    for (let k = 1; k < pitch.length; k++) {
      const [[from, a], [to, b]] = [pitch[k - 1]!, pitch[k]!];
      const at = `((x - ${from}) / ${to - from})`;
      lines.push(
        `Formula: "if x >= ${from} and x < ${to} then self * 2 ^ ((${a} + (${b - a}) * ${at}) / 12) else self fi"`,
      );
    }
  if (tail)
    lines.push(
      "if points > 0",
      "  middle = Get mean (points): 0, 0",
      `  Remove points between: ${tail[0]![0]}, end`,
      ...tail.map(([at, semitones]) => `  Add point: ${at}, middle * 2 ^ (${semitones} / 12)`),
      "endif",
    );
  lines.push("plusObject: manipulation", "Replace pitch tier");
  if (stretch) {
    const { from, to, factor } = stretch;
    lines.push(
      `duration = Create DurationTier: "d", 0, end`,
      `Add point: ${from - 0.005}, 1`,
      `Add point: ${from}, ${factor}`,
      `Add point: ${to}, ${factor}`,
      `Add point: ${to + 0.005}, 1`,
      "plusObject: manipulation",
      "Replace duration tier",
    );
  }
  lines.push(
    "selectObject: manipulation",
    "changed = Get resynthesis (overlap-add)",
    `Save as WAV file: folder$ + "${i}-changed.wav"`,
    "select all",
    "Remove",
  );
  return lines.join("\n");
}

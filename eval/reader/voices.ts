/** The voices of the evaluation: four of the built-in eSpeak, and four of Debian's `flite` where it is installed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import { type Recording, readWav } from "../../src/pipeline/audio/wav.ts";
import type { Synthesizer } from "../../src/ports/synthesizer.ts";

export interface Voice {
  readonly name: string;
  speak(text: string): Promise<Recording>;
}

/** Formant synthesis: comes with `npm ci`, and is stranger to the models than any person is. */
export function espeakVoices(synthesizer: Synthesizer): Voice[] {
  return ["en-us", "en-us+f2", "en-gb", "en-gb+f2"].map((name) => espeak(synthesizer, name, "en-US"));
}

/** The same in French. */
export function frenchVoices(synthesizer: Synthesizer): Voice[] {
  return ["fr-fr", "fr-fr+f2"].map((name) => espeak(synthesizer, name, "fr-FR"));
}

function espeak(synthesizer: Synthesizer, voice: string, language: string): Voice {
  return {
    name: `espeak ${voice}`,
    async speak(text) {
      const chunks: Int16Array[] = [];
      const { signal } = new AbortController();
      const options = { voice, speed: 1, language, rate: 24_000, signal } as const;
      for await (const { pcm } of synthesizer.synthesize(text, options)) chunks.push(pcm);
      return { rate: 24_000, pcm: joinPcm(chunks) };
    },
  };
}

/** Recorded speech, cut and joined: nearer to a person. None where `flite` is not installed. */
export function fliteVoices(): (Voice & { readonly altered: Voice })[] {
  try {
    execFileSync("flite", ["-lv"], { stdio: "ignore" });
  } catch {
    return [];
  }
  return recorded.map(({ voice, stretch, pitch }) => ({
    ...flite(voice, voice),
    altered: flite(`${voice} altered`, voice, [
      ...["--setf", `duration_stretch=${stretch}`],
      ...["--setf", `int_f0_target_mean=${pitch}`],
    ]),
  }));
}

/** With the pace (stretch of durations) and mean pitch (Hz) of its altered self. */
const recorded = [
  { voice: "slt", stretch: 1.15, pitch: 200 },
  { voice: "rms", stretch: 0.88, pitch: 120 },
  { voice: "awb", stretch: 1.15, pitch: 150 },
  { voice: "kal16", stretch: 0.9, pitch: 130 },
];

function flite(name: string, voice: string, more: readonly string[] = []): Voice {
  return {
    name: `flite ${name}`,
    speak(text) {
      const folder = mkdtempSync(join(tmpdir(), "reader-eval-"));
      try {
        execFileSync("flite", ["-voice", voice, ...more, "-t", text, "-o", join(folder, "said.wav")]);
        return Promise.resolve(readWav(readFileSync(join(folder, "said.wav"))));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

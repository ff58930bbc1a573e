/** Recordings of people with their texts, from Debian's packages unpacked into a folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { bytesToPcm } from "../src/pipeline/audio/pcm.ts";
import type { Recording } from "../src/pipeline/audio/wav.ts";

/** A recording's name, its text as listed, and its WAV file. */
export interface Listed {
  readonly name: string;
  readonly said: string;
  readonly file: string;
}

const promptList = (folder: string, language: string) =>
  join(folder, `usr/share/doc/asterisk-core-sounds-${language}/core-sounds-${language}.txt.gz`);

export const hasPrompts = (folder: string, language: string) => existsSync(promptList(folder, language));

/** Prompts of a telephone exchange, 8 kHz: a list of `name: text` lines, and a file for most names. */
export function promptsOf(folder: string, language: string, voice: string): Listed[] {
  return gunzipSync(readFileSync(promptList(folder, language)))
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [, name = "", said = ""] = /^([^;:\s]+):\s*(.*)$/.exec(line) ?? [];
      const file = join(folder, `usr/share/asterisk/sounds/${voice}/${name}.wav`);
      return existsSync(file) ? [{ name, said, file }] : [];
    });
}

const testData = (folder: string, path: string) => join(folder, "usr/share/pocketsphinx/test/data", path);

export const hasTestData = (folder: string, path: string) => existsSync(testData(folder, path));

/** Sentences of CMU Sphinx' test data, 16 kHz. `list`: path of their transcription. */
export function sentencesOf(folder: string, list: string): Listed[] {
  const lines = readFileSync(testData(folder, list), "utf8").matchAll(/^<s> (.*) <\/s> \((\S+)\)/gm);
  return [...lines].map(([, said = "", name = ""]) => ({
    name,
    said: said.trim(),
    file: join(testData(folder, list), "..", `${name}.wav`),
  }));
}

/** "Go forward ten meters" of the same test data. */
export function goForward(folder: string): Recording {
  return { rate: 16_000, pcm: bytesToPcm(readFileSync(testData(folder, "goforward.raw"))) };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createResampler } from "../../../../src/pipeline/audio/resample.ts";
import { readWav } from "../../../../src/pipeline/audio/wav.ts";
import {
  type AcousticModel,
  loadAcousticModel,
  STREAMS,
} from "../../../../src/providers/embedded/recogniser/acoustic/acoustic-model.ts";
import { modelFolder } from "../../../../src/providers/embedded/recogniser/acoustic/model-folder.ts";
import { openRecogniser, type Recogniser } from "../../../../src/providers/embedded/recogniser/recogniser.ts";

const FOX = "The quick brown fox jumps over the lazy dog.";
const folder = join(import.meta.dirname, "../../../fixtures/speech");
let recogniser: Recogniser;
let model: AcousticModel;
beforeAll(async () => {
  recogniser = await openRecogniser("en");
  model = loadAcousticModel(modelFolder("en-us"));
});

async function audio(name: string): Promise<Int16Array> {
  const { rate, pcm } = readWav(readFileSync(join(folder, `${name}.wav`)));
  const resampler = await createResampler(rate, 16_000);
  const out = resampler.process(pcm);
  resampler.close();
  return out;
}

/** The sounds of which a reading of the text teaches something. */
async function learnt(name: string): Promise<Set<string>> {
  const { sample } = await recogniser.recognise(await audio(name), FOX);
  const codebooks = Array.from(sample?.gaussians ?? [], (g) => Math.floor(g / STREAMS / model.densities));
  return new Set(codebooks.map((codebook) => model.phones[codebook] as string));
}

test("a reading teaches the sounds of its words, but not the one before the silence", async () => {
  const sounds = await learnt("fox-slt");
  expect("F V JH Z".split(" ").filter((sound) => !sounds.has(sound))).toEqual([]);
  expect(sounds.has("G")).toBe(false);
});

test("nothing is learnt from words that were read wrong: what was said for `fox` is no `f`", async () => {
  const sounds = await learnt("fox-misread-slt");
  expect(sounds.has("V")).toBe(true);
  expect("F AA EY".split(" ").filter((sound) => sounds.has(sound))).toEqual([]);
});

test("nor from a word that passed with a doubtful sound", async () => {
  const { reading } = await recogniser.recognise(await audio("fox-fast-rms"), FOX);
  const quick = reading?.words[1];
  expect(quick).toMatchObject({ verdict: "correct", expected: "quick" });
  expect(Math.min(...(quick?.phones ?? []).map(({ score }) => score))).toBeLessThan(0.8);
  expect((await learnt("fox-fast-rms")).has("IH")).toBe(false);
});

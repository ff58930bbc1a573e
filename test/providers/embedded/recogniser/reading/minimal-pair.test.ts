import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createResampler } from "../../../../../src/pipeline/audio/resample.ts";
import { readWav } from "../../../../../src/pipeline/audio/wav.ts";
import {
  openRecogniser,
  type Recogniser,
} from "../../../../../src/providers/embedded/recogniser/recogniser.ts";

const folder = join(import.meta.dirname, "../../../../fixtures/speech");

async function recording(name: string): Promise<Int16Array> {
  const { rate, pcm } = readWav(readFileSync(join(folder, `${name}.wav`)));
  const resampler = await createResampler(rate, 16_000);
  const out = resampler.process(pcm);
  resampler.close();
  return out;
}

let recogniser: Recogniser;
beforeAll(async () => {
  recogniser = await openRecogniser("en");
});

describe("one word of a pair", () => {
  test.each([
    ["rice", "lice"],
    ["lice", "rice"],
  ])("%s, asked for: heard as itself, apart from %s", async (said, other) => {
    const { understood, text, reading } = await recogniser.recognise(
      await recording(`${said}-slt`),
      said,
      other,
    );
    expect({ understood, text }).toEqual({ understood: true, text: said });
    expect(reading?.words).toMatchObject([{ verdict: "correct", expected: said, heard: said }]);
    expect(reading?.words[0]?.phones?.length).toBe(3);
    expect(reading?.clarity).toBeGreaterThan(0.3);
  });

  test.each([
    ["rice", "lice"],
    ["lice", "rice"],
  ])("%s, where %s was asked for: heard as what it is", async (said, asked) => {
    const { text, reading } = await recogniser.recognise(await recording(`${said}-slt`), asked, said);
    expect(text).toBe(said);
    expect(reading).toMatchObject({
      accuracy: 0,
      words: [{ verdict: "substituted", expected: asked, heard: said }],
    });
  });

  test("something else is neither", async () => {
    for (const name of ["goal-rms", "silence-3s"])
      expect((await recogniser.recognise(await recording(name), "rice", "lice")).understood).toBe(false);
  });
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SynthesizeOptions } from "../../../src/ports/synthesizer.ts";
import { type LocalSynthesizer, localSynthesizer } from "../../../src/providers/local/synthesizer.ts";
import { localTranscriber } from "../../../src/providers/local/transcriber.ts";
import { collect } from "../../collect.ts";
import { writeVoice } from "../../support/tiny-models/tiny-models.ts";
import { tinyModels } from "../../support/tiny-models/tiny-models-folder.ts";
import { synthesizerContract } from "../synthesizer-contract.ts";

const RATE = 24_000;
const models = tinyModels();
let synthesizer: LocalSynthesizer;
beforeAll(async () => {
  synthesizer = localSynthesizer({ models: [await models.find("voice")], cores: 1 });
  await synthesizer.open();
});
afterAll(async () => {
  await synthesizer.close();
  models.remove();
});

synthesizerContract("local", () => ({ synthesizer }));

const options = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  voice: "default",
  speed: 1,
  language: "en-US",
  rate: RATE,
  signal: new AbortController().signal,
  ...more,
});
const say = (text: string, more?: Partial<SynthesizeOptions>) =>
  collect(synthesizer.synthesize(text, options(more)));

describe("a local voice", () => {
  test("[LM5] times the words of each sentence, one after another", async () => {
    const text = "Tell me more. What would help you most?";
    const words = (await say(text)).flatMap((chunk) => chunk.words ?? []);
    expect(words.map((word) => word.text).join(" ")).toBe(text);
    for (const [i, word] of words.entries()) {
      expect(word.endMs).toBeGreaterThan(word.startMs);
      expect(word.startMs).toBeGreaterThanOrEqual(words[i - 1]?.endMs ?? 0);
    }
  });

  test("[LM5] says figures as words", async () => {
    const length = async (text: string) =>
      (await say(text)).reduce((samples, chunk) => samples + chunk.pcm.length, 0);
    expect(await length("It costs $25.")).toBe(await length("It costs twenty five dollars."));
  });

  test("[LM5] offers each speaker of a model by its number", async () => {
    expect(synthesizer.voices).toEqual(["default", "voice", "voice/1"]);
    const [first, second] = await Promise.all([
      say("aaa", { voice: "voice" }),
      say("aaa", { voice: "voice/1" }),
    ]);
    expect(second).not.toEqual(first);
    expect(await say("aaa")).toEqual(first);
  });

  test("[LM5] the default voice is the first that speaks the reply's language", async () => {
    writeVoice(join(models.folder, "hum-en"));
    writeVoice(join(models.folder, "hum-fr"), { speakers: 2 });
    const two = localSynthesizer({ models: [await models.find("hum-en"), await models.find("hum-fr")] });
    try {
      for (const language of ["en-US", "fr-FR"])
        expect((await collect(two.synthesize("Bonjour", options({ language })))).length).toBeGreaterThan(0);
      await expect(collect(two.synthesize("Hallo", options({ language: "de-DE" })))).rejects.toMatchObject({
        stage: "synthesize",
        kind: "unsupported",
      });
      expect(
        (await collect(two.synthesize("Hallo", options({ language: "de-DE", voice: "hum-fr/1" })))).length,
      ).toBeGreaterThan(0);
    } finally {
      await two.close();
    }
  });

  test("[LM3] is understood by a local recogniser: what one engine says the other hears", async () => {
    const transcriber = localTranscriber({ models: [await models.find("streaming")], cores: 1 });
    async function* audio() {
      for (const { pcm } of await say("lll   hhh   mmm")) yield pcm;
    }
    try {
      const events = await collect(
        transcriber.transcribe(audio(), {
          rate: RATE,
          language: "en-US",
          signal: new AbortController().signal,
        }),
      );
      expect(events.at(-1)).toMatchObject({ type: "final", transcript: { text: "low high mid" } });
    } finally {
      await transcriber.close();
    }
  });
});

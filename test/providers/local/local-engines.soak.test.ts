/** Local engines over a long time and under unequal talkers: nothing leaks, and nobody waits for another to end. */
import { afterAll, expect, test } from "vitest";
import type { TranscriptEvent } from "../../../src/ports/transcriber.ts";
import { localSynthesizer } from "../../../src/providers/local/synthesizer.ts";
import { type LocalTranscriber, localTranscriber } from "../../../src/providers/local/transcriber.ts";
import { collect } from "../../collect.ts";
import { tinyModels } from "../../support/tiny-models/tiny-models-folder.ts";
import { inChunks, toneSpeech } from "./tone-speech.ts";

const RATE = 16_000;
const models = tinyModels();
afterAll(() => models.remove());

/** Growth that is no leak, bytes: the heap and the allocator take their room in steps of up to 18 MB within the first thousand calls. */
const settled = 25 * 1_048_576;
const signal = new AbortController().signal;
const options = { rate: RATE, language: "en-US", signal };
const textOf = (events: readonly TranscriptEvent[]) => {
  const last = events.at(-1);
  return last?.type === "final" ? last.transcript.text : undefined;
};
const hear = async (transcriber: LocalTranscriber, pcm: Int16Array) =>
  textOf(await collect(transcriber.transcribe(inChunks(pcm, 3_200), options)));

test.each(["streaming", "whole"])(
  "[LM3] 1,000 utterances leave the memory of a %s model as 1,000 before had left it",
  async (name) => {
    const transcriber = localTranscriber({ models: [await models.find(name)], cores: 1 });
    try {
      const said = toneSpeech(["low", "high", "mid"], RATE);
      const hearMany = async (count: number) => {
        for (let done = 0; done < count; done += 10) {
          const texts = await Promise.all(Array.from({ length: 10 }, () => hear(transcriber, said)));
          expect(new Set(texts)).toEqual(new Set(["low high mid"]));
        }
      };
      await hearMany(1_000);
      const before = await transcriber.memory();
      await hearMany(1_000);
      expect(await transcriber.memory()).toBeLessThan(before + settled);
    } finally {
      await transcriber.close();
    }
  },
);

test("[LM3] 1,000 sentences leave the memory of a voice as 1,000 before had left it", async () => {
  const synthesizer = localSynthesizer({ models: [await models.find("voice")], cores: 1 });
  const call = { voice: "default", speed: 1, language: "en-US", rate: 24_000, signal };
  const sayMany = async (count: number) => {
    for (let done = 0; done < count; done += 10)
      await Promise.all(
        Array.from({ length: 10 }, () => collect(synthesizer.synthesize("Tell me more about that.", call))),
      );
  };
  try {
    await sayMany(1_000);
    const before = await synthesizer.memory();
    await sayMany(1_000);
    expect(await synthesizer.memory()).toBeLessThan(before + settled);
  } finally {
    await synthesizer.close();
  }
});

test.each(["streaming", "whole"])(
  "[LM3] 19 short utterances are heard by a %s model before a long one that came first",
  async (name) => {
    const transcriber = localTranscriber({ models: [await models.find(name)], cores: 1 });
    try {
      await transcriber.open();
      const tones = Array.from({ length: 110 }, (_, i) => (i % 2 === 0 ? "low" : "high") as "low" | "high");
      const ended: string[] = [];
      const talk = async (talker: string, pcm: Int16Array) => {
        const events = transcriber.transcribe(inChunks(pcm, pcm.length), options);
        const text = textOf(await collect(events));
        ended.push(talker);
        return text;
      };
      const long = talk("long", toneSpeech(tones, RATE));
      const short = Array.from({ length: 19 }, () => talk("short", toneSpeech(["mid"], RATE)));
      expect(new Set(await Promise.all(short))).toEqual(new Set(["mid"]));
      expect((await long)?.split(" ").length).toBeGreaterThan(100);
      expect(ended.at(-1)).toBe("long");
    } finally {
      await transcriber.close();
    }
  },
);

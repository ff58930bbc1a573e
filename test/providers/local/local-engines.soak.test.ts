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

/** Calls of a round; what leaks, does so in each round. */
const calls = 500;
/** Least growth of a round that is a leak, bytes: 8 KB a call, of which each hears or makes 50 KB and more. */
const leak = calls * 8_192;

/** The least growth of four rounds after a first one: heap and allocator take their room in steps, now and then. */
async function leastGrowth(
  engine: { memory(): Promise<number> },
  round: () => Promise<void>,
): Promise<number> {
  const growths: number[] = [];
  await round();
  for (let before = await engine.memory(); growths.length < 4; ) {
    await round();
    const after = await engine.memory();
    growths.push(after - before);
    before = after;
  }
  return Math.min(...growths);
}

const signal = new AbortController().signal;
const options = { rate: RATE, language: "en-US", signal };
const textOf = (events: readonly TranscriptEvent[]) => {
  const last = events.at(-1);
  return last?.type === "final" ? last.transcript.text : undefined;
};
const hear = async (transcriber: LocalTranscriber, pcm: Int16Array) =>
  textOf(await collect(transcriber.transcribe(inChunks(pcm, 3_200), options)));

test.each(["streaming", "whole"])(
  "[LM3] 2,500 utterances, and the memory of a %s model does not grow with them",
  async (name) => {
    const transcriber = localTranscriber({ models: [await models.find(name)], cores: 1 });
    try {
      const said = toneSpeech(["low", "high", "mid"], RATE);
      const hearMany = async () => {
        for (let done = 0; done < calls; done += 10) {
          const texts = await Promise.all(Array.from({ length: 10 }, () => hear(transcriber, said)));
          expect(new Set(texts)).toEqual(new Set(["low high mid"]));
        }
      };
      expect(await leastGrowth(transcriber, hearMany)).toBeLessThan(leak);
    } finally {
      await transcriber.close();
    }
  },
);

test("[LM3] 2,500 sentences, and the memory of a voice does not grow with them", async () => {
  const synthesizer = localSynthesizer({ models: [await models.find("voice")], cores: 1 });
  const call = { voice: "default", speed: 1, language: "en-US", rate: 24_000, signal };
  const sayMany = async () => {
    for (let done = 0; done < calls; done += 10)
      await Promise.all(
        Array.from({ length: 10 }, () => collect(synthesizer.synthesize("Tell me more about that.", call))),
      );
  };
  try {
    expect(await leastGrowth(synthesizer, sayMany)).toBeLessThan(leak);
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

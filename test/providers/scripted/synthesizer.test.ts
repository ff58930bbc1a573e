import { describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { collect } from "../../collect.ts";
import { synthesizerContract } from "../synthesizer-contract.ts";

synthesizerContract("scripted", () => ({ synthesizer: scriptedSynthesizer() }));

const options = {
  voice: "scripted",
  speed: 1,
  language: "en-US",
  rate: 24_000,
  signal: new AbortController().signal,
};

describe("scriptedSynthesizer", () => {
  test("60 ms a character, in chunks of 100 ms, as one tone without a seam", async () => {
    const chunks = await collect(scriptedSynthesizer().synthesize("Hello you.", options));
    expect(chunks.map((chunk) => chunk.pcm.length)).toEqual([2400, 2400, 2400, 2400, 2400, 2400]);
    const samples = chunks.flatMap((chunk) => [...chunk.pcm]);
    for (const [i, sample] of samples.entries())
      expect(Math.abs(sample - 3000 * Math.sin((2 * Math.PI * 220 * i) / 24_000))).toBeLessThan(1);
  });

  test("makes no new audio: chunks of later calls are views of the same memory", async () => {
    const synthesizer = scriptedSynthesizer();
    const [first] = await collect(synthesizer.synthesize("Hello.", options));
    const [again] = await collect(synthesizer.synthesize("Other words.", options));
    expect(again?.pcm.buffer).toBe(first?.pcm.buffer);
  });

  test("times words by their characters, in the chunk they start in", async () => {
    const chunks = await collect(scriptedSynthesizer().synthesize("One two", options));
    expect(chunks.map((chunk) => chunk.words)).toEqual([
      [{ text: "One", startMs: 0, endMs: 180 }],
      undefined,
      [{ text: "two", startMs: 240, endMs: 420 }],
      undefined,
      undefined,
    ]);
  });

  test("in real time, no chunk comes before the one before it has played", async () => {
    const clock = manualClock();
    const synthesizer = scriptedSynthesizer([{ realTime: true, delayMs: 30 }], { clock });
    const at: number[] = [];
    const reading = (async () => {
      for await (const _ of synthesizer.synthesize("Hello", options)) at.push(clock.now());
    })();
    await clock.advance(1000);
    await reading;
    expect(at).toEqual([30, 130, 230]);
    expect(clock.pending).toBe(0);
  });

  test("fails mid-stream as scripted", async () => {
    const synthesizer = scriptedSynthesizer([{ fail: "malformed", failAfter: 2 }]);
    let chunks = 0;
    const reading = (async () => {
      for await (const _ of synthesizer.synthesize("Hello there", options)) chunks++;
    })();
    await expect(reading).rejects.toMatchObject({ stage: "synthesize", kind: "malformed", retryable: false });
    expect(chunks).toBe(2);
  });
});

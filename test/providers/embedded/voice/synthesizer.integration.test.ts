import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StageError } from "../../../../src/lib/errors.ts";
import type { SpeechChunk, SynthesizeOptions } from "../../../../src/ports/synthesizer.ts";
import {
  type EmbeddedSynthesizer,
  openEmbeddedSynthesizer,
} from "../../../../src/providers/embedded/voice/synthesizer.ts";
import { collect } from "../../../collect.ts";
import { synthesizerContract } from "../../synthesizer-contract.ts";

const RATE = 24_000;
let synthesizer: EmbeddedSynthesizer;
beforeAll(async () => {
  synthesizer = await openEmbeddedSynthesizer({ threads: 1 });
});
afterAll(() => synthesizer.close());

synthesizerContract("embedded", () => ({ synthesizer }));

const options = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  voice: "default",
  speed: 1,
  language: "en-US",
  rate: RATE,
  signal: new AbortController().signal,
  ...more,
});
const seconds = (chunks: readonly SpeechChunk[]) =>
  chunks.reduce((samples, chunk) => samples + chunk.pcm.length, 0) / RATE;
const words = (chunks: readonly SpeechChunk[]) => chunks.flatMap((chunk) => chunk.words ?? []);
const say = (text: string, more?: Partial<SynthesizeOptions>) =>
  collect(synthesizer.synthesize(text, options(more)));

describe("the embedded voice", () => {
  test("times every word of a sentence, one after another", async () => {
    const text = "The quick brown fox jumps over the lazy dog.";
    const spoken = words(await say(text));
    expect(spoken.map((word) => word.text).join(" ")).toBe(text);
    for (const [i, word] of spoken.entries()) {
      expect(word.endMs).toBeGreaterThan(word.startMs);
      expect(word.startMs).toBeGreaterThanOrEqual(spoken[i - 1]?.endMs ?? 0);
    }
  });

  test.each([0.25, 0.5, 0.75, 1.25, 1.5])("speed %s is kept to", async (speed) => {
    const text = "We will look at this together, one thing after another.";
    const ratio = seconds(await say(text, { speed })) / seconds(await say(text));
    expect(ratio * speed).toBeGreaterThan(0.82);
    expect(ratio * speed).toBeLessThan(1.18);
  });

  test("pauses after a sentence, and more briefly after a clause", async () => {
    const silence = async (text: string) => {
      const samples = (await say(text)).flatMap((chunk) => [...chunk.pcm]);
      return (samples.length - 1 - samples.findLastIndex((sample) => Math.abs(sample) > 60)) / (RATE / 1000);
    };
    expect(await silence("Thanks for that.")).toBeGreaterThan(330);
    expect(await silence("Thanks for that.")).toBeLessThan(420);
    expect(await silence("Thanks for that,")).toBeLessThan(250);
  });

  test("the default voice speaks the language asked for; a named one keeps its own", async () => {
    const length = async (voice: string, language: string) =>
      seconds(await say("Bonjour, comment allez-vous aujourd'hui ?", { voice, language }));
    const french = await length("default", "fr-FR");
    expect(Math.abs((await length("fr-fr", "en-US")) - french)).toBeLessThan(0.06);
    expect(Math.abs((await length("default", "en-US")) - french)).toBeGreaterThan(0.1);
  });

  test.each(["default", "default+f2", "en-gb"])("voice %s does not clip", async (voice) => {
    const chunks = await say("What a wonderful thing to have done, and how hard that was!", { voice });
    const peak = Math.max(...chunks.map((chunk) => Math.max(...chunk.pcm)));
    expect(peak).toBeGreaterThan(8_000);
    expect(peak).toBeLessThan(32_500);
  });

  test("a language that it does not speak is refused", async () => {
    await expect(say("nuqneH", { language: "x-none" })).rejects.toMatchObject({
      stage: "synthesize",
      kind: "unsupported",
    });
  });

  test("markup is not obeyed", async () => {
    expect(seconds(await say("<break time='9s'/>Hello"))).toBeLessThan(4);
  });

  test("a text of 5,000 characters comes whole, in time order, without being made all at once", async () => {
    const text = "Take it one step at a time, and tell me what you see. ".repeat(93).trim();
    let last = 0;
    let count = 0;
    for await (const chunk of synthesizer.synthesize(text, options()))
      for (const word of chunk.words ?? []) {
        expect(word.startMs).toBeGreaterThanOrEqual(last);
        last = word.startMs;
        count++;
      }
    expect(count).toBe(text.split(" ").length);
  });

  test("a long text that is left early frees its thread for the next speaker", async () => {
    const text = "Take it one step at a time. ".repeat(150);
    for await (const _ of synthesizer.synthesize(text, options())) break;
    expect(seconds(await say("Next, please."))).toBeGreaterThan(0.4);
  });
});

describe("an embedded voice in trouble", () => {
  test("without its package says so when it is opened", async () => {
    const opening = openEmbeddedSynthesizer({ threads: 1, engine: "@echogarden/not-installed" });
    const error = await opening.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StageError);
    expect(error).toMatchObject({ stage: "synthesize", kind: "unavailable", retryable: false });
    expect(String((error as StageError).cause)).toContain(
      "optional package @echogarden/espeak-ng-emscripten",
    );
  });

  test("fails that one text when its engine aborts, its thread ends or throws, and speaks again", async () => {
    const engine = new URL("./broken-engine.ts", import.meta.url).href;
    const broken = await openEmbeddedSynthesizer({ threads: 1, engine });
    const speak = (text: string) => collect(broken.synthesize(text, options()));
    try {
      for (const text of ["please abort", "please exit"]) {
        await expect(speak(text)).rejects.toMatchObject({ stage: "synthesize", kind: "unavailable" });
        expect(seconds(await speak("fine"))).toBeCloseTo(0.4);
      }
      await speak("throw later").catch(() => {});
      await speak("fine").catch(() => {});
      expect(seconds(await speak("fine"))).toBeCloseTo(0.4);
    } finally {
      await broken.close();
    }
  });

  test("lets 256 texts wait, refuses more as rate limited, and speaks those that wait", async () => {
    const engine = new URL("./broken-engine.ts", import.meta.url).href;
    const busy = await openEmbeddedSynthesizer({ threads: 1, engine });
    try {
      const calls = Array.from({ length: 280 }, () => collect(busy.synthesize("fine", options())));
      const ends = await Promise.allSettled(calls);
      const refused = ends.filter((end) => end.status === "rejected");
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThanOrEqual(280 - 256);
      for (const { reason } of refused)
        expect(reason).toMatchObject({ stage: "synthesize", kind: "rate_limited", retryable: true });
    } finally {
      await busy.close();
    }
  });
});

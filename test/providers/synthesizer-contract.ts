/** What every Synthesizer keeps to, whoever speaks. */
import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../../src/ports/synthesizer.ts";

const SENTENCE = "What would you like to have done by Friday?";
const RATES = [16_000, 24_000, 48_000];

interface Subject {
  readonly synthesizer: Synthesizer;
  close?(): Promise<void>;
}

/** Runs the suite on the synthesizer that `open` gives; it is opened once. */
export function synthesizerContract(name: string, open: () => Subject | Promise<Subject>): void {
  describe(`Synthesizer contract: ${name}`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close?.());

    const options = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
      voice: subject.synthesizer.voices[0] as string,
      speed: 1,
      language: "en-US",
      rate: 24_000,
      signal: new AbortController().signal,
      ...more,
    });
    const say = async (text: string, more: Partial<SynthesizeOptions> = {}) => {
      const chunks: SpeechChunk[] = [];
      for await (const chunk of subject.synthesizer.synthesize(text, options(more))) chunks.push(chunk);
      return chunks;
    };
    const secondsOf = (chunks: readonly SpeechChunk[], rate = 24_000) =>
      chunks.reduce((samples, chunk) => samples + chunk.pcm.length, 0) / rate;

    test("names at least one voice", () => {
      expect(subject.synthesizer.voices.length).toBeGreaterThan(0);
      expect(new Set(subject.synthesizer.voices).size).toBe(subject.synthesizer.voices.length);
    });

    test.each(RATES)("speaks at %i Hz: sound, in chunks of which none is empty", async (rate) => {
      const chunks = await say(SENTENCE, { rate });
      expect(chunks.length).toBeGreaterThan(1);
      for (const chunk of chunks) expect(chunk.pcm.length).toBeGreaterThan(0);
      expect(secondsOf(chunks, rate)).toBeGreaterThan(1);
      expect(secondsOf(chunks, rate)).toBeLessThan(6);
      expect(Math.max(...chunks.map((chunk) => rms(chunk.pcm)))).toBeGreaterThan(500);
    });

    test("lasts as long at every rate", async () => {
      const lengths = await Promise.all(
        RATES.map(async (rate) => secondsOf(await say(SENTENCE, { rate }), rate)),
      );
      for (const length of lengths) expect(Math.abs(length - (lengths[0] as number))).toBeLessThan(0.05);
    });

    test("says more for longer text, slower for a lower speed", async () => {
      const normal = secondsOf(await say(SENTENCE));
      expect(secondsOf(await say(`${SENTENCE} ${SENTENCE}`))).toBeGreaterThan(normal * 1.6);
      expect(secondsOf(await say(SENTENCE, { speed: 0.5 }))).toBeGreaterThan(normal * 1.3);
      expect(secondsOf(await say(SENTENCE, { speed: 1.5 }))).toBeLessThan(normal * 0.85);
    });

    test("word times, where given, lie in the chunk that carries them and run forward", async () => {
      const rate = 24_000;
      let samples = 0;
      let last = 0;
      for (const chunk of await say(SENTENCE, { rate })) {
        const startMs = (samples / rate) * 1000;
        samples += chunk.pcm.length;
        for (const word of chunk.words ?? []) {
          expect(word.startMs).toBeGreaterThanOrEqual(last);
          expect(word.startMs).toBeGreaterThanOrEqual(startMs - 0.1);
          expect(word.startMs).toBeLessThan((samples / rate) * 1000);
          expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
          expect(SENTENCE).toContain(word.text);
          last = word.startMs;
        }
      }
    });

    test.each([
      ["nothing", ""],
      ["white space", " \n\t "],
      ["a NUL", "one\0two"],
      ["emoji alone", "🎉🎉"],
      ["markup", "<speak><break time='9s'/>Hello & goodbye</speak>"],
      ["another script", "你好。مرحبا. สวัสดี"],
      ["a lone surrogate", "a\ud800b"],
    ])("takes %s without failing", async (_, text) => {
      for (const chunk of await say(text)) expect(chunk.pcm.length).toBeGreaterThan(0);
      expect(secondsOf(await say("Still here."))).toBeGreaterThan(0.3);
    });

    test("an unknown voice and an impossible speed are refused", async () => {
      await expect(say("Hello.", { voice: "nobody" })).rejects.toMatchObject({
        name: "StageError",
        stage: "synthesize",
        kind: "unsupported",
      });
      for (const speed of [0, 2, Number.NaN])
        await expect(say("Hello.", { speed })).rejects.toMatchObject({
          name: "StageError",
          kind: "rejected",
        });
    });

    test("called with an aborted signal, rejects with its reason", async () => {
      const stop = new AbortController();
      stop.abort("barge in");
      await expect(say(SENTENCE, { signal: stop.signal })).rejects.toBe("barge in");
    });

    test("aborted on the way, rejects with the reason, gives nothing more and can speak again", async () => {
      const stop = new AbortController();
      let chunks = 0;
      const reading = (async () => {
        for await (const _ of subject.synthesizer.synthesize(
          SENTENCE.repeat(20),
          options({ signal: stop.signal }),
        )) {
          chunks++;
          stop.abort("barge in");
        }
      })();
      await expect(reading).rejects.toBe("barge in");
      expect(chunks).toBe(1);
      expect(secondsOf(await say(SENTENCE))).toBeGreaterThan(1);
    });

    test("leaves no listener on the signal", async () => {
      const { signal } = new AbortController();
      await say("Hello there.", { signal });
      for await (const _ of subject.synthesizer.synthesize(SENTENCE, options({ signal }))) break;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    test("sentences spoken at once sound as they do alone", async () => {
      const texts = ["One.", SENTENCE, "Three at the same time, why not."];
      const alone: number[] = [];
      for (const text of texts) alone.push(secondsOf(await say(text)));
      const together = await Promise.all(texts.map(async (text) => secondsOf(await say(text))));
      for (const [i, seconds] of together.entries())
        expect(Math.abs(seconds - (alone[i] as number))).toBeLessThan(0.05);
    });
  });
}

function rms(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return Math.sqrt(sum / pcm.length);
}

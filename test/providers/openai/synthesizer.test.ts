import fc from "fast-check";
import { expect, test } from "vitest";
import { joinPcm, pcmToBytes, writeWav } from "../../../src/pipeline/audio.ts";
import type { SpeechChunk, SynthesizeOptions } from "../../../src/pipeline/ports.ts";
import type { UsageReport } from "../../../src/pipeline/usage.ts";
import { pcmStream } from "../../../src/providers/openai/pcm-stream.ts";
import { openaiSynthesizer } from "../../../src/providers/openai/synthesizer.ts";
import { tone } from "../../support/upstream/speech.ts";
import { all, openPair } from "./fixtures.ts";

const options = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  voice: "alloy",
  speed: 1,
  language: "en-US",
  rate: 24_000,
  signal: new AbortController().signal,
  ...more,
});
const heard = (chunks: readonly SpeechChunk[]) => joinPcm(chunks.map((chunk) => chunk.pcm));

test("asks for PCM with voice, speed and manner, and gives it sample for sample", async () => {
  const { fake, upstream } = await openPair({ speech: [{ pieceBytes: 4801 }] });
  const reports: UsageReport[] = [];
  const synthesizer = openaiSynthesizer({
    upstream,
    model: "m",
    voices: ["af_heart", "bm_george"],
    instructions: "Warm and calm.",
    price: { perMillionCharacters: 15 },
  });
  const onUsage = (report: UsageReport) => reports.push(report);
  const asked = options({ voice: "bm_george", speed: 1.25, onUsage });
  const chunks = await all(synthesizer.synthesize("Hello there.", asked));
  expect(heard(chunks)).toEqual(tone("Hello there.", 1.25));
  expect((await fake.request(0)).body).toEqual({
    model: "m",
    voice: "bm_george",
    input: "Hello there.",
    response_format: "pcm",
    speed: 1.25,
    instructions: "Warm and calm.",
  });
  const audioSeconds = heard(chunks).length / 24_000;
  expect(reports).toEqual([
    { stage: "synthesize", model: "m", characters: 12, audioSeconds, cost: expect.closeTo(0.000_18, 9) },
  ]);
});

test("audio is given on while the rest is still made", async () => {
  const { fake, upstream } = await openPair({ speech: [{ stallAfter: 1 }] });
  const speech = openaiSynthesizer({ upstream })
    .synthesize("Hello there.", options())
    [Symbol.asyncIterator]();
  expect((await speech.next()).value).toMatchObject({ pcm: tone("Hello there.").subarray(0, 2400) });
  expect((await fake.request(0)).open).toBe(true);
  await speech.return?.();
});

test("a server that sends a WAV file is understood, at the rate it tells", async () => {
  const { upstream } = await openPair({ speech: [{ wav: true, pieceBytes: 37 }] });
  const chunks = await all(openaiSynthesizer({ upstream, rate: 8000 }).synthesize("Hi.", options()));
  expect(heard(chunks)).toEqual(tone("Hi."));
});

test("a server whose raw PCM has another rate is told by option", async () => {
  const { upstream } = await openPair({ speech: [{}] });
  const chunks = await all(openaiSynthesizer({ upstream, rate: 48_000 }).synthesize("Hello.", options()));
  expect(heard(chunks).length).toBe(tone("Hello.").length / 2);
});

test.each([
  ["compressed audio", { garbage: "ID3", headers: { "content-type": "audio/mpeg" } }],
  ["an error page", { garbage: "<html>", headers: { "content-type": "text/html" } }],
  ["nothing", { garbage: "", headers: { "content-type": "audio/pcm" } }],
])("%s in place of PCM is malformed, and nothing is heard", async (_, staging) => {
  const { upstream } = await openPair({ speech: [staging] });
  const speech = all(openaiSynthesizer({ upstream }).synthesize("Hello.", options()));
  await expect(speech).rejects.toMatchObject({ stage: "synthesize", kind: "malformed" });
});

test.each(["", " \n", "🎉🎉", "…!"])("%j holds nothing to say: no request", async (text) => {
  const { fake, upstream } = await openPair({ speech: [{}] });
  expect(await all(openaiSynthesizer({ upstream }).synthesize(text, options()))).toEqual([]);
  expect(fake.requests).toHaveLength(0);
});

test("how bytes are cut never changes the samples, with or without a header", () => {
  const cut = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  const samples = fc.int16Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(samples, fc.boolean(), cut, (pcm, wav, sizes) => {
      // Raw samples that happen to spell RIFF would be taken for a header.
      fc.pre(wav || pcm[0] !== 0x4952);
      const bytes = wav ? writeWav({ rate: 22_050, pcm }) : pcmToBytes(pcm);
      const stream = pcmStream();
      const given: Int16Array[] = [];
      for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length] as number)
        given.push(stream.take(bytes.subarray(at, at + (sizes[i % sizes.length] as number))));
      expect(joinPcm(given)).toEqual(pcm);
      expect(stream.rate).toBe(wav ? 22_050 : undefined);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { joinPcm, pcmToBytes } from "../../../../src/pipeline/audio/pcm.ts";
import { writeWav } from "../../../../src/pipeline/audio/wav.ts";
import type { SpeechChunk, SynthesizeOptions } from "../../../../src/ports/synthesizer.ts";
import type { UsageReport } from "../../../../src/ports/usage.ts";
import { pcmStream } from "../../../../src/providers/openai/speech/pcm-stream.ts";
import { openaiSynthesizer } from "../../../../src/providers/openai/speech/synthesizer.ts";
import { likeness } from "../../../pipeline/uploads/likeness.ts";
import { fixture, original, wavFile } from "../../../pipeline/uploads/made-files.ts";
import { tone } from "../../../support/upstream/speech.ts";
import { all, openPair } from "../fixtures.ts";

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

const fractions = Float32Array.from(original, (sample) => sample / 32_768);
const labels = ["audio/pcm", "application/octet-stream", "audio/mpeg", ""];
const files: [string, Uint8Array, number][] = [
  ["MP3", fixture("speech.mp3"), 0.97],
  ["MP3 that begins with a frame", fixture("no-frame-count.mp3"), 0.97],
  ["Ogg with Opus", fixture("opus-stereo.ogg"), 0.97],
  ["Ogg with Vorbis", fixture("vorbis.ogg"), 0.97],
  ["WebM", fixture("chromium.webm"), 0.97],
  ["M4A", fixture("moov-first.m4a"), 0.97],
  ["WAV of two channels", wavFile(fractions, { channels: 2 }), 0.999],
  ["WAV of floats", wavFile(fractions, { coding: 3, bits: 32 }), 0.999],
  ["WAV of 24 bits", wavFile(fractions, { bits: 24 }), 0.999],
];

test.each(files.flatMap((file) => labels.map((type) => [...file, type] as const)))(
  "[PV2] speech that comes as %s is heard as what it is (likeness over %s…), labelled %j",
  async (_, bytes, least, type) => {
    const { upstream } = await openPair({ speech: [{ file: { bytes, type }, pieceBytes: 997 }] });
    const chunks = await all(openaiSynthesizer({ upstream }).synthesize("Hello.", options()));
    expect(likeness(heard(chunks), original).correlation).toBeGreaterThan(least);
  },
);

const text = (given: string) => new TextEncoder().encode(given);
/** Two frames of AAC in ADTS, 16 bytes each. */
const adts = new Uint8Array(
  [...Array(2)].flatMap(() => [0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc, ...Array(9).fill(9)]),
);
test.each([
  ["FLAC", text("fLaC and so on, for a while"), "audio/pcm"],
  ["AAC", adts, "audio/pcm"],
  ["an Ogg page cut off", fixture("vorbis.ogg").slice(0, 40), "audio/pcm"],
  [
    "Matroska without a doctype",
    new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, ...Array(600).fill(9)]),
    "audio/pcm",
  ],
  ["a picture in a box of MP4", text(`\0\0\0\x18ftypheic${"9".repeat(5000)}`), ""],
  ["more than 16 MB", wavFile(new Float32Array(4_300_000), { channels: 2 }), "audio/wav"],
  ["half a file of M4A", fixture("moov-last.m4a").slice(0, 9000), "audio/pcm"],
  ["JSON", text('{"error":{"message":"out of memory"}}'), "application/octet-stream"],
  ["a page", text(`<!doctype html>\n<title>${"Sorry ".repeat(100)}</title>`), "audio/pcm"],
  ["bytes that are not the MP3 they say", new Uint8Array(5000).fill(7), "audio/mpeg"],
])("[PV2] %s in place of speech is malformed, never noise", async (_, bytes, type) => {
  const { upstream } = await openPair({ speech: [{ file: { bytes, type } }] });
  const chunks: SpeechChunk[] = [];
  const speech = (async () => {
    for await (const chunk of openaiSynthesizer({ upstream }).synthesize("Hello.", options()))
      chunks.push(chunk);
  })();
  await expect(speech).rejects.toMatchObject({ stage: "synthesize", kind: "malformed" });
  expect(chunks).toEqual([]);
});

test.each([
  ["a frame of MP3", [0xff, 0xfb, 0x90, 0x44]],
  ["a frame of AAC", [0xff, 0xf1, 0x50, 0x80]],
  ["a brace", [0x7b, 0x22, 0x00, 0x80]],
  ["an ID3 tag", [0x49, 0x44, 0x33, 0x99]],
])("[PV2] samples that happen to begin like %s are samples", async (_, start) => {
  const bytes = pcmToBytes(original.slice(0, 20_000));
  bytes.set(start);
  const { upstream } = await openPair({ speech: [{ file: { bytes }, pieceBytes: 333 }] });
  const chunks = await all(openaiSynthesizer({ upstream }).synthesize("Hello.", options()));
  expect(pcmToBytes(heard(chunks))).toEqual(bytes);
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

import { expect, test } from "vitest";
import { readWav } from "../../../../src/pipeline/audio/wav.ts";
import type { TranscribeOptions } from "../../../../src/ports/transcriber.ts";
import type { UsageReport } from "../../../../src/ports/usage.ts";
import { openaiTranscriber } from "../../../../src/providers/openai/transcription/transcriber.ts";
import type { SeenRequest } from "../../../support/upstream/request.ts";
import { all, openPair } from "../fixtures.ts";
import { pieces, ramp } from "../stages.ts";

const options = (more: Partial<TranscribeOptions> = {}): TranscribeOptions => ({
  rate: 16_000,
  language: "en-US",
  signal: new AbortController().signal,
  ...more,
});
const sent = (request: SeenRequest) => readWav(request.file?.bytes ?? new Uint8Array());

test("the utterance goes up as a WAV file, sample for sample, with the language and the model", async () => {
  const { fake, upstream } = await openPair({ transcriptions: ["Hello there."] });
  await all(openaiTranscriber({ upstream, model: "some-model" }).transcribe(pieces(ramp, 777), options()));
  const { body, file } = await fake.request(0);
  expect(body).toMatchObject({ model: "some-model", language: "en", stream: "true" });
  expect(file).toMatchObject({ name: "utterance.wav", type: "audio/wav" });
  expect(sent(await fake.request(0))).toEqual({ rate: 16_000, pcm: ramp });
});

test("audio at 48 kHz is brought down to 24 kHz, with its length kept", async () => {
  const { fake, upstream } = await openPair({ transcriptions: ["Hello."] });
  await all(openaiTranscriber({ upstream }).transcribe(pieces(ramp), options({ rate: 48_000 })));
  const { rate, pcm } = sent(await fake.request(0));
  expect(rate).toBe(24_000);
  expect(pcm.length).toBe(ramp.length / 2);
});

test("words come as they are found: partials that grow, then the final", async () => {
  const { upstream } = await openPair({ transcriptions: [{ text: " So I said no. " }] });
  const events = await all(openaiTranscriber({ upstream }).transcribe(pieces(ramp), options()));
  expect(events).toEqual([
    { type: "partial", text: "So" },
    { type: "partial", text: "So I" },
    { type: "partial", text: "So I said" },
    { type: "partial", text: "So I said no." },
    { type: "final", transcript: { text: "So I said no.", understood: true, verbatim: true } },
  ]);
});

test("a verbatim prompt keeps fillers, in the language spoken, with the hint behind it", async () => {
  const { fake, upstream } = await openPair({ transcriptions: ["Hi."] });
  await all(openaiTranscriber({ upstream }).transcribe(pieces(ramp), options({ hint: "Kuku, T-GROW" })));
  await all(openaiTranscriber({ upstream }).transcribe(pieces(ramp), options({ language: "fr-FR" })));
  await all(openaiTranscriber({ upstream, verbatim: false }).transcribe(pieces(ramp), options()));
  expect((await fake.request(0)).body.prompt).toMatch(/^Um, .* Kuku, T-GROW$/);
  expect((await fake.request(1)).body.prompt).toMatch(/^Euh, /);
  expect((await fake.request(2)).body.prompt).toBeUndefined();
});

test.each([
  ["Um, so, uh, let me think, like, hmm…", {}, ""],
  ["here's what I'm, er, you know, thinking", {}, ""],
  ["Let me think.", {}, "Let me think."],
  ["So let me think about it.", {}, "So let me think about it."],
  ["Um, so, uh, let me think", { verbatim: false }, "Um, so, uh, let me think"],
])("a prompt given back for audio without words is not taken for speech: %s", async (text, more, heard) => {
  const { upstream } = await openPair({ transcriptions: [text] });
  const events = await all(openaiTranscriber({ upstream, ...more }).transcribe(pieces(ramp), options()));
  expect(events.at(-1)).toEqual({
    type: "final",
    transcript:
      heard === ""
        ? { text: "", understood: false }
        : { text: heard, understood: true, ...(!("verbatim" in more) && { verbatim: true }) },
  });
});

test.each(["refused", "plain"] as const)(
  "a server whose streaming is %s is asked whole, and that is remembered",
  async (streams) => {
    const { fake, upstream } = await openPair({ transcriptions: [{ text: "Hello.", streams }] });
    const transcriber = openaiTranscriber({ upstream });
    for (let i = 0; i < 2; i++) {
      const events = await all(transcriber.transcribe(pieces(ramp), options()));
      expect(events).toEqual([
        { type: "final", transcript: { text: "Hello.", understood: true, verbatim: true } },
      ]);
    }
    expect(fake.requests.map((request) => request.body.stream)).toEqual(["true", undefined, undefined]);
  },
);

test("a server that answers whole all the same is asked once", async () => {
  const { fake, upstream } = await openPair({ transcriptions: [{ text: "Hello.", streams: "ignored" }] });
  const events = await all(openaiTranscriber({ upstream }).transcribe(pieces(ramp), options()));
  expect(events).toEqual([
    { type: "final", transcript: { text: "Hello.", understood: true, verbatim: true } },
  ]);
  expect(fake.requests).toHaveLength(1);
});

test("a refusal that has nothing to do with streaming stays one, and streaming is tried again", async () => {
  const { fake, upstream } = await openPair({
    transcriptions: ({ call }) => (call < 2 ? { text: "", status: 400 } : { text: "Hello." }),
  });
  const transcriber = openaiTranscriber({ upstream });
  await expect(all(transcriber.transcribe(pieces(ramp), options()))).rejects.toMatchObject({
    kind: "rejected",
  });
  await all(transcriber.transcribe(pieces(ramp), options()));
  expect(fake.requests.map((request) => request.body.stream)).toEqual(["true", undefined, "true"]);
});

test("word times, where wanted, in milliseconds", async () => {
  const words = [{ word: "Hello", start: 0.25, end: 0.5 }];
  const { fake, upstream } = await openPair({ transcriptions: [{ text: "Hello", words }] });
  const events = await all(
    openaiTranscriber({ upstream, wordTimes: true }).transcribe(pieces(ramp), options()),
  );
  expect(events).toEqual([
    {
      type: "final",
      transcript: {
        text: "Hello",
        understood: true,
        verbatim: true,
        words: [{ text: "Hello", startMs: 250, endMs: 500 }],
      },
    },
  ]);
  expect((await fake.request(0)).body).toMatchObject({
    response_format: "verbose_json",
    "timestamp_granularities[]": "word",
  });
});

test("a stream that ends in good order but without the transcript fails as unavailable", async () => {
  const { upstream } = await openPair({ transcriptions: [{ text: "one two three", endAfter: 2 }] });
  const hearing = all(openaiTranscriber({ upstream }).transcribe(pieces(ramp), options()));
  await expect(hearing).rejects.toMatchObject({ kind: "unavailable" });
});

test("less than a tenth of a second is no speech, and is not sent", async () => {
  const { fake, upstream } = await openPair({ transcriptions: ["Never."] });
  const events = await all(
    openaiTranscriber({ upstream }).transcribe(pieces(ramp.subarray(0, 1599)), options()),
  );
  expect(events).toEqual([{ type: "final", transcript: { text: "", understood: false } }]);
  expect(fake.requests).toHaveLength(0);
});

test("usage is told once, with the length of the audio", async () => {
  const { upstream } = await openPair({ transcriptions: ["one two three"] });
  const reports: UsageReport[] = [];
  const onUsage = (report: UsageReport) => reports.push(report);
  await all(openaiTranscriber({ upstream, model: "m" }).transcribe(pieces(ramp), options({ onUsage })));
  expect(reports).toEqual([
    { stage: "transcribe", model: "m", audioSeconds: 1, inputTokens: 30, outputTokens: 3 },
  ]);
});

test("the vendor's model of today takes keywords and languages; a server that was given no name gets neither", async () => {
  const { fake, upstream } = await openPair({ transcriptions: ["Hello."] });
  for (const model of ["gpt-transcribe", undefined])
    await all(
      openaiTranscriber({ upstream, ...(model !== undefined && { model }) }).transcribe(pieces(ramp), {
        rate: 16_000,
        language: "en-US",
        hint: "Kuku, T-GROW",
        signal: new AbortController().signal,
      }),
    );
  const [hinted, plain] = fake.requests.map(({ body }) => body);
  expect(hinted).toMatchObject({ model: "gpt-transcribe", "languages[]": "en", "keywords[]": "T-GROW" });
  expect(hinted).not.toHaveProperty("language");
  expect(plain).toMatchObject({ language: "en", prompt: expect.stringContaining("Kuku, T-GROW") });
  expect(plain).not.toHaveProperty("keywords[]");
});

test.each(["deltas", "ignored"] as const)(
  "[RF8] log probabilities are asked for and told: %s",
  async (streams) => {
    const logprobs = [{ token: "Hello", logprob: -0.2, bytes: [72] }];
    const { fake, upstream } = await openPair({ transcriptions: [{ text: "Hello.", logprobs, streams }] });
    const transcriber = openaiTranscriber({ upstream, model: "gpt-4o-mini-transcribe" });
    const events = await all(transcriber.transcribe(pieces(ramp), options({ logprobs: true })));
    expect(fake.requests[0]?.body).toMatchObject({ "include[]": "logprobs" });
    expect(events.at(-1)).toMatchObject({ type: "final", transcript: { text: "Hello.", logprobs } });
  },
);

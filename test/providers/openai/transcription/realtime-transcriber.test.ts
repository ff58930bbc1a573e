import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { channel } from "../../../../src/lib/channel.ts";
import { manualClock } from "../../../../src/lib/clock.ts";
import { bytesToPcm, joinPcm } from "../../../../src/pipeline/audio/pcm.ts";
import type { EarInput } from "../../../../src/pipeline/ears/ear-events.ts";
import { listen } from "../../../../src/pipeline/ears/listen.ts";
import type { TranscribeOptions } from "../../../../src/ports/transcriber.ts";
import type { UsageReport } from "../../../../src/ports/usage.ts";
import { openaiRealtimeTranscriber } from "../../../../src/providers/openai/transcription/realtime-transcriber.ts";
import { resilientTranscriber } from "../../../../src/providers/resilient/resilient-providers.ts";
import { cut, recording, settings, silence } from "../../../pipeline/ears/ears.ts";
import type { RealtimeAnswer } from "../../../support/upstream/realtime.ts";
import type { SeenRequest } from "../../../support/upstream/request.ts";
import { all, openPair } from "../fixtures.ts";
import { everythingIn, outcome, pieces, ramp } from "../stages.ts";

const key = "sk-proj-Abc123_secret-456";
const options = (more: Partial<TranscribeOptions> = {}): TranscribeOptions => ({
  rate: 24_000,
  language: "en-US",
  signal: new AbortController().signal,
  ...more,
});

/** The audio that the upstream got, appends joined. */
function heardBy(request: SeenRequest): Int16Array {
  const appends = request.events.filter((event) => event.type === "input_audio_buffer.append");
  return joinPcm(
    appends.map(({ audio }) => bytesToPcm(new Uint8Array(Buffer.from(String(audio), "base64")))),
  );
}

/** Audio that comes when the test gives it. */
function microphone() {
  const chunks: Int16Array[] = [];
  let wake = Promise.withResolvers<void>();
  let ended = false;
  return {
    speak(pcm: Int16Array) {
      chunks.push(pcm);
      wake.resolve();
    },
    end() {
      ended = true;
      wake.resolve();
    },
    audio: (async function* () {
      for (;;) {
        while (chunks.length > 0) yield chunks.shift() as Int16Array;
        if (ended) return;
        wake = Promise.withResolvers();
        await wake.promise;
      }
    })(),
  };
}

test("asks for a transcription session without turn detection, sends the audio, commits once, hears the words", async () => {
  const { fake, upstream } = await openPair({ realtime: ["So I said no."] }, { apiKey: key });
  const reports: UsageReport[] = [];
  const transcriber = openaiRealtimeTranscriber({
    upstream,
    model: "m",
    price: { perAudioMinute: 6 },
  });
  const onUsage = (report: UsageReport) => reports.push(report);
  const events = await all(transcriber.transcribe(pieces(ramp), options({ hint: "Kuku", onUsage })));
  const request = await fake.request(0);
  expect(request.path).toBe("/v1/realtime");
  expect(request.query.get("intent")).toBe("transcription");
  expect(request.headers.authorization).toBe(`Bearer ${key}`);
  expect(request.events[0]).toEqual({
    type: "session.update",
    session: {
      type: "transcription",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          transcription: { model: "m", language: "en", prompt: expect.stringMatching(/^Um, .* Kuku$/) },
          turn_detection: null,
        },
      },
    },
  });
  expect(request.events.at(-1)).toEqual({ type: "input_audio_buffer.commit" });
  expect(request.events.filter((event) => event.type === "input_audio_buffer.commit")).toHaveLength(1);
  expect(heardBy(request)).toEqual(ramp);
  expect(events.slice(0, 2)).toEqual([
    { type: "partial", text: "So" },
    { type: "partial", text: "So I" },
  ]);
  expect(events.at(-1)).toEqual({
    type: "final",
    transcript: { text: "So I said no.", understood: true, verbatim: true },
  });
  const audioSeconds = ramp.length / 24_000;
  expect(reports).toEqual([
    { stage: "transcribe", model: "m", audioSeconds, cost: expect.closeTo(audioSeconds / 10) },
  ]);
  expect(await request.ended).toBe("closed_by_client");
});

test("words come while the user still speaks", async () => {
  const { upstream } = await openPair({ realtime: [{ text: "So I said no.", early: ["So", " I"] }] });
  const mic = microphone();
  const events = openaiRealtimeTranscriber({ upstream })
    .transcribe(mic.audio, options())
    [Symbol.asyncIterator]();
  mic.speak(ramp.subarray(0, 4800));
  expect((await events.next()).value).toEqual({ type: "partial", text: "So" });
  mic.speak(ramp.subarray(4800, 9600));
  expect((await events.next()).value).toEqual({ type: "partial", text: "So I" });
  mic.end();
  let last: unknown;
  for (let event = await events.next(); !event.done; event = await events.next()) last = event.value;
  expect(last).toMatchObject({ type: "final", transcript: { text: "So I said no." } });
});

test("[E19] it streams: where drafts are on the ears ask it once, and the draft is its words so far", async () => {
  const { fake, upstream } = await openPair({
    realtime: [{ text: "The quick brown fox.", early: ["The", " quick"] }],
  });
  const transcriber = resilientTranscriber([openaiRealtimeTranscriber({ upstream })]);
  expect(transcriber.streams).toBe(true);
  const inputs = channel<EarInput>(500);
  const ears = listen(inputs, {
    settings: settings({ draftAfterMs: 160 }),
    transcriber,
    signal: new AbortController().signal,
  });
  for (const input of cut(joinPcm([silence(300), recording("fox-slt")]))) inputs.push(input);
  const told: unknown[] = [];
  for await (const event of ears) {
    // Real time would have brought the words by the time of the pause.
    if (event.type === "partial" && event.text === "The quick")
      for (const input of cut(silence(1000))) inputs.push(input);
    if (event.type === "preemptive_transcript" || event.type === "transcribed")
      told.push([event.type, event.transcript.text]);
    if (event.type === "transcribed") inputs.close();
  }
  expect(told).toEqual([
    ["preemptive_transcript", "The quick"],
    ["transcribed", "The quick brown fox."],
  ]);
  expect(fake.requests).toHaveLength(1);
});

test("audio at 16 kHz goes up at the socket's 24 kHz", async () => {
  const { fake, upstream } = await openPair({ realtime: ["Hello."] });
  await all(openaiRealtimeTranscriber({ upstream }).transcribe(pieces(ramp), options({ rate: 16_000 })));
  expect(heardBy(await fake.request(0)).length).toBe(ramp.length * 1.5);
});

test("the model that takes no prompt gets none; without a key no credentials are sent", async () => {
  const { fake, upstream } = await openPair({ realtime: ["Hello."] });
  const transcriber = openaiRealtimeTranscriber({ upstream, model: "gpt-realtime-whisper" });
  await all(transcriber.transcribe(pieces(ramp), options()));
  const request = await fake.request(0);
  expect(JSON.stringify(request.events[0])).not.toContain("prompt");
  expect(request.headers.authorization).toBeUndefined();
});

test.each([
  ["Kuku, T-GROW; Marie Curie", { languages: ["fr"], keywords: ["Kuku", "T-GROW", "Marie Curie"] }],
  ["Expect words about work.", { languages: ["fr"], prompt: expect.stringMatching(/Expect words/) }],
])("the vendor's model of today takes keywords and languages: %j", async (hint, told) => {
  const { fake, upstream } = await openPair({ realtime: ["Bonjour."] });
  const transcriber = openaiRealtimeTranscriber({ upstream, model: "gpt-live-transcribe", verbatim: false });
  await all(transcriber.transcribe(pieces(ramp), options({ hint, language: "fr-FR" })));
  const [update] = (await fake.request(0)).events;
  expect(update).toMatchObject({ session: { audio: { input: { transcription: told } } } });
  const { audio } = (update as { session: { audio: { input: { transcription: object } } } }).session;
  expect(Object.keys(audio.input.transcription).sort()).toEqual(["model", ...Object.keys(told)].sort());
});

test.each([
  ["gpt-live-transcribe", { languages: ["en", "fr"], keywords: ["Kuku", "T-GROW"] }],
  ["gpt-4o-transcribe", { language: "en", prompt: expect.stringContaining("Kuku, T-GROW") }],
])("[RF3] what a client expects is told to %s as it takes it", async (model, told) => {
  const { fake, upstream } = await openPair({ realtime: ["Bonjour."] });
  const transcriber = openaiRealtimeTranscriber({ upstream, model, verbatim: false });
  const expected = { keywords: ["Kuku", "T-GROW"], languages: ["en-GB", "fr", "en-US"], language: "en-GB" };
  await all(transcriber.transcribe(pieces(ramp), options(expected)));
  const [update] = (await fake.request(0)).events;
  expect(update).toMatchObject({ session: { audio: { input: { transcription: { model, ...told } } } } });
});

test.each([
  ["gpt-4o-transcribe", { include: ["item.input_audio_transcription.logprobs"] }],
  ["gpt-live-transcribe", { include: undefined }],
])("[RF8] log probabilities are asked of a model that has them: %s", async (model, asked) => {
  const logprobs = [{ token: "Bonjour", logprob: -0.1, bytes: [66] }];
  const { fake, upstream } = await openPair({ realtime: [{ text: "Bonjour.", logprobs }] });
  const transcriber = openaiRealtimeTranscriber({ upstream, model });
  expect(transcriber.tellsLogprobs).toBe(asked.include !== undefined);
  const events = await all(transcriber.transcribe(pieces(ramp), options({ logprobs: true })));
  const [update] = (await fake.request(0)).events;
  const { session } = update as { session: { type: string; include?: unknown } };
  expect([session.type, session.include]).toEqual(["transcription", asked.include]);
  expect(events.at(-1)).toMatchObject({ type: "final", transcript: { text: "Bonjour.", logprobs } });
});

test("less than a tenth of a second is not committed", async () => {
  const { fake, upstream } = await openPair({ realtime: ["Never."] });
  const short = pieces(ramp.subarray(0, 2399));
  const events = await all(openaiRealtimeTranscriber({ upstream }).transcribe(short, options()));
  expect(events).toEqual([{ type: "final", transcript: { text: "", understood: false } }]);
  expect((await fake.request(0)).events.map((event) => event.type)).not.toContain(
    "input_audio_buffer.commit",
  );
});

describe("failures", () => {
  const told = (type: string, code: string) => ({ type, code, message: `Vendor text, key ${key}` });
  const troubles: [string, RealtimeAnswer, string][] = [
    ["a refused handshake", { status: 401 }, "rejected"],
    ["a server that is down", { status: 503 }, "unavailable"],
    ["too many sessions", { status: 429 }, "rate_limited"],
    ["a failed transcription", { failed: told("server_error", "internal") }, "unavailable"],
    ["a rate limit told inside", { failed: told("tokens", "rate_limit_exceeded") }, "rate_limited"],
    ["an error event", { error: told("invalid_request_error", "invalid_value") }, "rejected"],
    ["garbage", { garbage: "<html>" }, "malformed"],
    ["an event without a type", { garbage: "[]" }, "malformed"],
    ["a socket cut at the commit", { cuts: true }, "unavailable"],
  ];
  test.each(troubles)("%s", async (_, answer, kind) => {
    const { upstream } = await openPair({ realtime: [answer] }, { apiKey: key });
    const transcriber = openaiRealtimeTranscriber({ upstream });
    const { error } = await outcome(transcriber.transcribe(pieces(ramp), options()));
    expect(error).toMatchObject({ name: "StageError", stage: "transcribe", kind });
    expect((error as Error).message).toBe(`transcribe failed: ${kind}`);
    expect(everythingIn(error)).not.toContain("Abc123");
  });

  test("nobody listening there", async () => {
    const { fake, upstream } = await openPair({ realtime: ["Never."] });
    const { baseUrl } = fake;
    const gone = { ...upstream, baseUrl: baseUrl.replace(/:\d+/, ":1") };
    const { error } = await outcome(
      openaiRealtimeTranscriber({ upstream: gone }).transcribe(pieces(ramp), options()),
    );
    expect(error).toMatchObject({ kind: "unavailable" });
  });

  test("a handshake that is never answered: timeout", async () => {
    const silent = createServer((socket) => void sockets.push(socket));
    const sockets: Socket[] = [];
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const settings = { baseUrl: `http://127.0.0.1:${port}/v1`, timeouts: { connectMs: 20 } };
    const { upstream } = await openPair({}, settings);
    const { error } = await outcome(
      openaiRealtimeTranscriber({ upstream }).transcribe(pieces(ramp), options()),
    );
    expect(error).toMatchObject({ kind: "timeout" });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("no word after the commit: timeout; however long the user speaks before it", async () => {
    const clock = manualClock();
    const { fake, upstream } = await openPair({ realtime: [{ stalls: true }] }, {}, clock);
    const mic = microphone();
    const running = outcome(openaiRealtimeTranscriber({ upstream }).transcribe(mic.audio, options()));
    const request = await fake.request(0);
    mic.speak(ramp);
    await clock.advance(120_000);
    expect(request.open).toBe(true);
    mic.end();
    while (clock.pending === 0) await clock.advance(0);
    await clock.advance(10_000);
    expect((await running).error).toMatchObject({ kind: "timeout" });
    expect(await request.ended).toBe("closed_by_client");
    expect(clock.pending).toBe(0);
  });

  test("50 aborts in a row leave no open socket", async () => {
    const { fake, upstream } = await openPair({ realtime: [{ stalls: true }] });
    for (let i = 0; i < 50; i++) {
      const stop = new AbortController();
      const running = outcome(
        openaiRealtimeTranscriber({ upstream }).transcribe(pieces(ramp), options({ signal: stop.signal })),
      );
      if (i % 3 !== 0) await fake.request(fake.requests.length);
      stop.abort("client gone");
      expect((await running).error).toBe("client gone");
    }
    await fake.quiet();
    expect(fake.open).toBe(0);
    expect(fake.requests.length).toBeGreaterThan(30);
  });
});

import { afterEach, describe, expect, test } from "vitest";
import { type Clock, manualClock } from "../../../../src/lib/clock.ts";
import { joinPcm } from "../../../../src/pipeline/audio/pcm.ts";
import type { OnDeparture, SpeechChunk, SynthesizeOptions } from "../../../../src/ports/synthesizer.ts";
import type { UsageReport } from "../../../../src/ports/usage.ts";
import {
  OpenaiRealtimeSynthesizer,
  type OpenaiRealtimeSynthesizerOptions,
} from "../../../../src/providers/openai/speech/realtime-synthesizer.ts";
import { resilientSynthesizer } from "../../../../src/providers/resilient/resilient-providers.ts";
import { scriptedSynthesizer } from "../../../../src/providers/scripted/synthesizer.ts";
import { tone } from "../../../support/upstream/speech.ts";
import type { UpstreamScripts } from "../../../support/upstream/upstream.ts";
import type { VoiceAnswer } from "../../../support/upstream/voice.ts";
import { all, openPair } from "../fixtures.ts";
import { everythingIn, outcome } from "../stages.ts";

const key = "sk-proj-Abc123_secret-456";
const TEXT = "What would you like to have done by Friday?";
const closers: OpenaiRealtimeSynthesizer[] = [];
afterEach(async () => {
  for (const voice of closers.splice(0)) await voice.close();
});

async function open(
  scripts: UpstreamScripts,
  options: Partial<OpenaiRealtimeSynthesizerOptions> = {},
  clock?: Clock,
) {
  const { fake, upstream } = await openPair(scripts, { apiKey: key }, clock);
  const voice = new OpenaiRealtimeSynthesizer({ upstream, ...options });
  closers.push(voice);
  return { fake, voice };
}

const call = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  voice: "alloy",
  speed: 1,
  language: "en-US",
  rate: 24_000,
  signal: new AbortController().signal,
  ...more,
});
const heard = (chunks: readonly SpeechChunk[]) => joinPcm(chunks.map((chunk) => chunk.pcm));
const idle = async (voice: OpenaiRealtimeSynthesizer) => {
  while (voice.sockets.busy > 0) await new Promise((resolve) => setImmediate(resolve));
};

describe("[PV5] a sentence read over the Realtime socket", () => {
  test("one socket, one out-of-band response a sentence, told to read and nothing else; sample for sample", async () => {
    const { fake, voice } = await open(
      { voice: [{ pieceBytes: 4801 }] },
      { model: "m", instructions: "Warm and slow." },
    );
    for (const text of [TEXT, "Take your time."])
      expect(heard(await all(voice.synthesize(text, call({ language: "fr-FR" }))))).toEqual(tone(text));
    const request = await fake.request(0);
    expect(fake.requests).toHaveLength(1);
    expect(request.query.get("model")).toBe("m");
    expect(request.headers.authorization).toBe(`Bearer ${key}`);
    const [update, first, second, ...more] = request.events;
    expect(more).toEqual([]);
    expect(update).toMatchObject({
      type: "session.update",
      session: {
        type: "realtime",
        output_modalities: ["audio"],
        audio: {
          input: { turn_detection: null },
          output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy", speed: 1 },
        },
      },
    });
    expect(first).toMatchObject({
      type: "response.create",
      response: {
        conversation: "none",
        output_modalities: ["audio"],
        input: [
          {
            type: "message",
            role: "user",
            content: [{ type: "input_text", text: expect.stringContaining(`<text>\n${TEXT}\n</text>`) }],
          },
        ],
      },
    });
    const { instructions } = (first as { response: { instructions: string } }).response;
    expect(instructions).toMatch(/word for word/);
    expect(instructions).toMatch(/French/);
    expect(instructions).toMatch(/Warm and slow\./);
    expect(second).toMatchObject({ type: "response.create" });
  });

  test.each([
    ["gpt-realtime-2.1-mini", true],
    ["gpt-realtime-2", true],
    ["gpt-realtime-2025-08-28", false],
    ["gpt-realtime-1.5", false],
    ["kuku", false],
  ])("%s is asked to think little: %s", async (model, thinks) => {
    const { fake, voice } = await open({ voice: [{}] }, { model });
    await all(voice.synthesize("Hello.", call()));
    const [update] = (await fake.request(0)).events;
    expect("reasoning" in (update as { session: object }).session).toBe(thinks);
  });

  test("speed is the session's, told anew where it changes; another voice has a socket of its own", async () => {
    const { fake, voice } = await open({ voice: [{}] });
    const slow = await all(voice.synthesize(TEXT, call({ speed: 0.5 })));
    expect(heard(slow)).toEqual(tone(TEXT, 0.5));
    await all(voice.synthesize(TEXT, call()));
    await all(voice.synthesize(TEXT, call({ voice: "cedar" })));
    await all(voice.synthesize(TEXT, call()));
    expect(fake.requests).toHaveLength(2);
    const told = fake.requests.map(({ events }) =>
      events.flatMap((event) => (event.type === "session.update" ? [event.session] : [])),
    );
    expect(told).toMatchObject([
      [{ audio: { output: { speed: 0.5 } } }, { audio: { output: { voice: "alloy", speed: 1 } } }],
      [{ audio: { output: { voice: "cedar" } } }],
    ]);
  });

  test("a warm socket is taken by the next sentence; many at once have one each, of which four are kept", async () => {
    const { fake, voice } = await open({ voice: [{}] });
    voice.warm();
    voice.warm();
    await fake.request(0);
    await all(voice.synthesize(TEXT, call()));
    expect(fake.requests).toHaveLength(1);
    await Promise.all(Array.from({ length: 9 }, () => all(voice.synthesize(TEXT, call()))));
    expect(fake.requests).toHaveLength(9);
    expect(voice.sockets).toEqual({ open: 4, busy: 0 });
    expect(fake.open).toBeGreaterThanOrEqual(4);
    await voice.close();
    await fake.quiet();
    expect(voice.sockets).toEqual({ open: 0, busy: 0 });
  });

  test("an idle socket that was closed meanwhile is replaced without a word", async () => {
    let sockets = 0;
    const { fake, voice } = await open({ voice: () => (sockets++ === 1 ? { cutAfter: -1 } : {}) });
    await all(voice.synthesize(TEXT, call()));
    expect(heard(await all(voice.synthesize(TEXT, call())))).toEqual(tone(TEXT));
    expect(fake.requests).toHaveLength(2);
  });

  test("sockets idle for ten minutes are closed, and so is one older than three quarters of an hour", async () => {
    const clock = manualClock();
    const { fake, voice } = await open({ voice: [{}] }, {}, clock);
    await all(voice.synthesize(TEXT, call()));
    for (let minutes = 0; minutes < 45; minutes += 9) {
      await clock.advance(9 * 60_000);
      await all(voice.synthesize(TEXT, call()));
    }
    await clock.advance(60_000);
    expect(fake.requests).toHaveLength(1);
    await all(voice.synthesize(TEXT, call()));
    expect(fake.requests).toHaveLength(2);
    await clock.advance(10 * 60_000);
    expect(voice.sockets.open).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("words have times by proportion, at the pace that the voice turned out to have", async () => {
    const { voice } = await open({ voice: [{}] });
    const timesOf = (chunks: readonly SpeechChunk[]) => chunks.flatMap((chunk) => chunk.words ?? []);
    for (let i = 0; i < 12; i++) await all(voice.synthesize(TEXT, call()));
    const chunks = await all(voice.synthesize(TEXT, call()));
    const words = timesOf(chunks);
    expect(words.map((word) => word.text).join(" ")).toBe(TEXT);
    const lengthMs = heard(chunks).length / 24;
    expect(words.at(-1)!.endMs).toBeGreaterThan(lengthMs * 0.97);
    expect(words.at(-1)!.endMs).toBeLessThan(lengthMs * 1.03);
    const [, second] = words;
    expect(second!.startMs).toBeCloseTo((lengthMs * TEXT.indexOf("would")) / TEXT.length, -2);
  });

  test("usage is the response's, its cost by tokens; without one an estimate", async () => {
    const reports: UsageReport[] = [];
    const onUsage = (report: UsageReport) => reports.push(report);
    const price = {
      perMillionInputTokens: 1000,
      perMillionCachedInputTokens: 0,
      perMillionOutputTokens: 2000,
    };
    const { voice } = await open({ voice: [{}, { unmetered: true }] }, { model: "m", price });
    await all(voice.synthesize("Hello.", call({ onUsage })));
    await all(voice.synthesize("Hello.", call({ onUsage })));
    const lengths = { stage: "synthesize", model: "m", characters: 6, audioSeconds: 0.36 };
    expect(reports).toEqual([
      {
        ...lengths,
        inputTokens: 106,
        cachedInputTokens: 40,
        outputTokens: 12,
        cost: expect.closeTo((66 * 1000 + 12 * 2000) / 1e6),
      },
      {
        ...lengths,
        inputTokens: expect.any(Number),
        outputTokens: 10,
        cost: expect.any(Number),
        estimated: true,
      },
    ]);
  });
});

describe("[PV6] what was said", () => {
  const departures = async (answers: readonly VoiceAnswer[], text = TEXT, language = "en-US") => {
    const told: unknown[] = [];
    const said: string[] = [];
    const { fake, voice } = await open(
      { voice: answers },
      { onDeparture: (departure) => told.push(departure) },
    );
    const onDeparture = (words: string) => void said.splice(0, 1, words);
    const chunks = await all(voice.synthesize(text, call({ language, onDeparture })));
    const asked = fake.requests.flatMap(({ events }) =>
      events.filter((event) => event.type === "response.create"),
    );
    return { told, said, chunks, asked: asked.length };
  };

  test.each([
    ["the text itself", TEXT, TEXT, "en-US"],
    ["other case and punctuation", TEXT, "what would you like to have done, by friday", "en-US"],
    [
      "figures in words",
      "You have 3 goals and $25.",
      "You have three goals and twenty-five dollars.",
      "en-US",
    ],
    ["words in figures", "You have three goals.", "You have 3 goals.", "en-US"],
    ["another alphabet", "你好。", "你好", "zh-CN"],
  ])("%s is no departure", async (_, text, said, language) => {
    expect(await departures([{ said }], text, language)).toMatchObject({ told: [], said: [], asked: 1 });
  });

  test("a server that gives no transcript is taken at its word", async () => {
    expect(await departures([{ silent: true }])).toMatchObject({ told: [], said: [], asked: 1 });
  });

  test("other words at the end are counted and told: what was said, with how far the text was kept to", async () => {
    const said = "What would you like to have done by Monday? Let me know!";
    const seen = await departures([{ said, transcriptLast: true }]);
    expect(seen).toMatchObject({
      told: [{ expectedCount: 9, saidCount: 12, keptCount: 8 }],
      said: [said],
      asked: 1,
    });
    expect(heard(seen.chunks)).toEqual(tone(said));
  });

  test("other words are known as soon as they are said, with their times, while the audio goes on", async () => {
    const { voice } = await open({ voice: [{ said: "What would you like to eat tonight, my friend?" }] });
    const told: { said: string; words: readonly string[] | undefined; samples: number }[] = [];
    let samples = 0;
    const onDeparture: OnDeparture = (said, words) =>
      told.push({ said, words: words?.map(({ text }) => text), samples });
    for await (const { pcm } of voice.synthesize(TEXT, call({ onDeparture }))) samples += pcm.length;
    expect(told).toEqual([
      {
        said: "What would you like to eat tonight, my",
        words: ["What", "would", "you", "like", "to", "eat", "tonight,", "my"],
        samples: 0,
      },
      { said: "What would you like to eat tonight, my friend?", words: undefined, samples },
    ]);
  });

  test("an answer in place of the reading is noticed before its first sound, and the text is asked for again", async () => {
    const seen = await departures([{ said: "I would love to have it all done, thanks for asking." }, {}]);
    expect(seen).toMatchObject({ told: [], said: [], asked: 2 });
    expect(heard(seen.chunks)).toEqual(tone(TEXT));
  });

  test("answered twice, it is heard and told", async () => {
    const said = "I would love to have it all done.";
    const seen = await departures([{ said }]);
    expect(seen).toMatchObject({
      told: [{ expectedCount: 9, saidCount: 8, keptCount: 0 }],
      said: [said],
      asked: 2,
    });
  });

  test("a reading that the limit cut is what was said until then", async () => {
    const said = "What would you like";
    expect(await departures([{ said, status: "incomplete" }])).toMatchObject({ said: [said] });
  });
});

describe("[PV7] a voice that fails", () => {
  const told = (type: string, code: string) => ({ type, code, message: `Vendor text, key ${key}` });
  const troubles: [string, UpstreamScripts, string][] = [
    ["a refused handshake", { voice: [{}], voiceDoor: [{ status: 401 }] }, "rejected"],
    ["a server that is down", { voice: [{}], voiceDoor: [{ status: 503 }] }, "unavailable"],
    ["too many sessions", { voice: [{}], voiceDoor: [{ status: 429 }] }, "rate_limited"],
    ["an error at the door", { voice: [{}], voiceDoor: [{ error: told("x", "invalid_key") }] }, "rejected"],
    ["an error event", { voice: [{ error: told("invalid_request_error", "invalid_value") }] }, "rejected"],
    [
      "a rate limit",
      { voice: [{ status: "failed", failed: told("tokens", "rate_limit_exceeded") }] },
      "rate_limited",
    ],
    [
      "a failed response",
      { voice: [{ status: "failed", failed: told("server_error", "x") }] },
      "unavailable",
    ],
    ["a response without a sound", { voice: [{ said: " " }] }, "malformed"],
    ["garbage", { voice: [{ garbage: "<html>" }] }, "malformed"],
    ["events that make no sense", { voice: [{ garbage: '{"type":"response.done"}' }] }, "malformed"],
    ["a socket cut before the response", { voice: [{ cutAfter: -1 }] }, "unavailable"],
    ["a socket cut on the way", { voice: [{ cutAfter: 2 }] }, "unavailable"],
  ];
  test.each(troubles)("%s", async (_, scripts, kind) => {
    const { fake, voice } = await open(scripts);
    const { error } = await outcome(voice.synthesize(TEXT, call()));
    expect(error).toMatchObject({ name: "StageError", stage: "synthesize", kind });
    expect(everythingIn(error)).not.toContain("Abc123");
    await idle(voice);
    await voice.close();
    await fake.quiet();
    expect(fake.open).toBe(0);
  });

  test.each([
    ["before the response", -1],
    ["between two sounds", 2],
  ])("a server that stalls %s: timeout, and its socket is not used again", async (_, stallAfter) => {
    const clock = manualClock();
    const { fake, voice } = await open({ voice: [{ stallAfter }, {}] }, {}, clock);
    const running = outcome(voice.synthesize(TEXT, call()));
    const request = await fake.request(0);
    while (request.events.length < 2) await clock.advance(0);
    for (let waited = 0; waited < 12; waited++) await clock.advance(1000);
    expect((await running).error).toMatchObject({ kind: "timeout" });
    await clock.advance(2000);
    await idle(voice);
    expect(heard(await all(voice.synthesize(TEXT, call())))).toEqual(tone(TEXT));
    await voice.close();
    await fake.quiet();
    expect(clock.pending).toBe(0);
  });

  test("a cancelled response that does not end takes its socket with it", async () => {
    const clock = manualClock();
    const { fake, voice } = await open({ voice: [{ ignoresCancel: true, stallAfter: 1 }] }, {}, clock);
    for await (const _ of voice.synthesize(TEXT, call())) break;
    expect(voice.sockets.busy).toBe(1);
    await clock.advance(2000);
    await fake.quiet();
    expect(voice.sockets).toEqual({ open: 0, busy: 0 });
  });

  test("100 barge-ins at every moment leave no socket busy, no listener and no timer; each is told with its usage", async () => {
    const clock = manualClock();
    const { fake, voice } = await open({ voice: [{}] }, {}, clock);
    const reports: UsageReport[] = [];
    for (let i = 0; i < 100; i++) {
      const stop = new AbortController();
      const onUsage = (report: UsageReport) => reports.push(report);
      const running = (async () => {
        let chunks = 0;
        for await (const _ of voice.synthesize(TEXT, call({ signal: stop.signal, onUsage })))
          if (++chunks === i % 5) stop.abort("barge in");
      })();
      if (i % 5 === 0) stop.abort("barge in");
      await expect(running).rejects.toBe("barge in");
    }
    while (voice.sockets.busy > 0) await clock.advance(0);
    expect(voice.sockets.open).toBeLessThanOrEqual(4);
    expect(reports.filter((report) => !report.estimated)).toHaveLength(80);
    expect(heard(await all(voice.synthesize(TEXT, call())))).toEqual(tone(TEXT));
    await voice.close();
    await fake.quiet();
    expect(fake.open).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe("[PV8] a model that is gone", () => {
  const gone: [string, UpstreamScripts][] = [
    ["404", { voice: [{}], voiceDoor: [{ status: 404 }] }],
    [
      "model_not_found",
      {
        voice: [{}],
        voiceDoor: [
          { error: { type: "invalid_request_error", code: "model_not_found", message: "no such model" } },
        ],
      },
    ],
    [
      "a shutdown notice",
      {
        voice: [{}],
        voiceDoor: [
          {
            error: { type: "invalid_request_error", code: "x", message: "The model m has been deprecated." },
          },
        ],
      },
    ],
  ];
  test.each(gone)(
    "by %s is told once as it is warmed, and the next engine speaks without it being asked",
    async (_, scripts) => {
      const clock = manualClock();
      const told: unknown[] = [];
      const failures: string[] = [];
      const { fake, voice } = await open(
        scripts,
        { model: "m", onModelGone: (error) => told.push(error) },
        clock,
      );
      voice.warm();
      while (told.length === 0) await clock.advance(0);
      expect(told).toMatchObject([{ kind: "rejected" }]);
      const engine = resilientSynthesizer([voice, scriptedSynthesizer()], {
        clock,
        onFailure: ({ provider }) => failures.push(provider),
      });
      for (let i = 0; i < 3; i++)
        expect((await all(engine.synthesize(TEXT, call()))).length).toBeGreaterThan(0);
      expect(fake.requests).toHaveLength(1);
      expect(failures).toEqual([]);
      expect(told).toHaveLength(1);
      await clock.advance(10 * 60_000);
      await all(engine.synthesize(TEXT, call()));
      expect(fake.requests).toHaveLength(2);
    },
  );
});

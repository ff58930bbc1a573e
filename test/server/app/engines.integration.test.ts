import { afterEach, expect, test } from "vitest";
import { type Clock, manualClock, systemClock } from "../../../src/lib/clock.ts";
import type { Prompt } from "../../../src/ports/prompt.ts";
import type { SynthesizeOptions } from "../../../src/ports/synthesizer.ts";
import { addUsage, type TurnUsage, turnCost } from "../../../src/ports/usage.ts";
import { openEngines } from "../../../src/server/app/engines/open-engines.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openUpstream, type UpstreamScripts } from "../../support/upstream/upstream.ts";

/** The engines as the configuration opens them: what a turn costs, and what is kept of speech. */
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(scripts: UpstreamScripts, env: Record<string, string>, clock: Clock = systemClock) {
  const fake = await openUpstream(scripts);
  closers.push(() => fake.close());
  const { providers } = readConfig({ OPENAI_BASE_URL: fake.baseUrl, ...env });
  const engines = await openEngines(providers, { clock, log: openLog("silent") });
  closers.push(() => engines.close());
  return { fake, engines };
}

const { signal } = new AbortController();
const prompt: Prompt = {
  instructions: "You are a coach.",
  items: [],
  brief: { kind: "plain" },
  language: "en-US",
  tools: [],
  toolChoice: "auto",
};
const spoken: SynthesizeOptions = { voice: "alloy", speed: 1, language: "en-US", rate: 24_000, signal };
async function* secondOfAudio() {
  yield Int16Array.from({ length: 24_000 }, (_, i) => i);
}
async function drain(stream: AsyncIterable<unknown>) {
  for await (const _ of stream);
}

const prices = {
  STT_PRICE_MINUTE: "0.6",
  LLM_PRICE_INPUT: "100000",
  LLM_PRICE_OUTPUT: "200000",
  TTS_PRICE_CHARACTERS: "10000",
};
const scripts: UpstreamScripts = { transcriptions: ["Hello."], chat: ["Good morning."], speech: [{}] };

test("a turn's use adds up to its cost; what a stand-in costs is not known", async () => {
  const { engines } = await open(
    { ...scripts, chat: ({ request }) => (request.body.model === "first" ? { status: 404 } : "Hello.") },
    { ...prices, LLM_MODEL: "gpt", LLM_FALLBACK: "second" },
  );
  let total: TurnUsage = {};
  const onUsage: SynthesizeOptions["onUsage"] = (report) => {
    total = addUsage(total, report);
  };
  const hearing = { rate: 24_000, language: "en-US", signal, onUsage };
  await drain(engines.transcriber.transcribe(secondOfAudio(), hearing));
  await drain(engines.synthesizer.synthesize("Good morning.", { ...spoken, onUsage }));
  await drain(engines.replyModel.reply(prompt, { signal, onUsage }));
  expect(total.transcribe?.cost).toBeCloseTo(0.01);
  expect(total.synthesize?.cost).toBeCloseTo(0.13);
  expect(total.reply?.cost).toBeCloseTo(1.1 + 0.2);
  expect(turnCost(total)).toBeCloseTo(1.44);
  const other = await open(
    { ...scripts, chat: ({ request }) => (request.body.model === "first" ? { status: 404 } : "Hello.") },
    { ...prices, LLM_MODEL: "first", LLM_FALLBACK: "second" },
  );
  await drain(other.engines.replyModel.reply(prompt, { signal, onUsage }));
  expect(total.reply).toMatchObject({ requests: 2, inputTokens: 22 });
  expect(turnCost(total)).toBeUndefined();
});

test.each([
  ["16", 1],
  ["0", 2],
])("with TTS_PHRASE_CACHE_MB=%s a phrase said twice is asked for %i times", async (size, requests) => {
  const { fake, engines } = await open(scripts, { TTS_PHRASE_CACHE_MB: size, TTS_FALLBACK: "scripted" });
  for (let i = 0; i < 2; i++)
    await drain(engines.synthesizer.synthesize("Sorry about that.", { ...spoken, fixed: true }));
  expect(fake.requests.length).toBe(requests);
});

test("a phrase that a stand-in said is asked for again", async () => {
  const { fake, engines } = await open(
    { ...scripts, speech: ({ call }) => (call === 0 ? { status: 404 } : {}) },
    { TTS_FALLBACK: "scripted" },
  );
  for (let i = 0; i < 3; i++)
    await drain(engines.synthesizer.synthesize("Sorry about that.", { ...spoken, fixed: true }));
  expect(fake.requests.length).toBe(2);
});

test("[PV1] every stage of a provider that was away is served again, its readers gone with the answer", async () => {
  const clock = manualClock();
  let away = true;
  // Nonsense is not asked for again, so that every call is one failure.
  const staging = () =>
    away ? { garbage: "<html>away</html>", headers: { "content-type": "text/html" } } : {};
  const { engines } = await open(
    {
      transcriptions: () => ({ text: "Hello.", ...staging() }),
      chat: () => ({ text: "Good morning.", ...staging() }),
      speech: staging,
    },
    {},
    clock,
  );
  const { transcriber, replyModel, synthesizer } = engines;
  const asks = [
    () => transcriber.transcribe(secondOfAudio(), { rate: 24_000, language: "en-US", signal }),
    () => replyModel.reply(prompt, { signal }),
    () => synthesizer.synthesize("Good morning.", spoken),
  ];
  const isAnswer = (event: object) => !("type" in event) || event.type === "final" || event.type === "end";
  const answered = async (ask: () => AsyncIterable<object>) => {
    for await (const event of ask()) if (isAnswer(event)) return true;
    return false;
  };
  for (const ask of asks) for (let i = 0; i < 5; i++) await expect(answered(ask)).rejects.toThrow();
  away = false;
  for (const ask of asks) await expect(answered(ask)).rejects.toMatchObject({ retryable: false });
  await clock.advance(10_000);
  for (const ask of asks) for (let i = 0; i < 3; i++) expect(await answered(ask)).toBe(true);
});

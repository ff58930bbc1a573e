import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { overriding } from "../../support/overriding.ts";
import { testStorage } from "../../support/test-database.ts";
import type { Staging } from "../../support/upstream/request.ts";
import { type FakeUpstream, openUpstream, type UpstreamScripts } from "../../support/upstream/upstream.ts";
import { type AnyEvent, type Client, testServer } from "../support.ts";

/** The composed server on an OpenAI-compatible upstream: whole turns, and what a client hears of its failures. */
const key = "sk-proj-Abc123_secret-456";
const speech = readFileSync("test/fixtures/speech/fox-slt.wav").subarray(44);
const closers: (() => Promise<void>)[] = [];
let storage: Awaited<ReturnType<typeof testStorage>>;
beforeAll(async () => {
  storage = await testStorage();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(scripts: UpstreamScripts, env: Record<string, string> = {}, clock = systemClock) {
  const fake = await openUpstream(scripts);
  const logged: string[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(line) });
  const config = readConfig({
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: fake.baseUrl,
    ...storage,
    ...env,
  });
  const composed = await compose(config, { clock, log });
  const server = await testServer({ open: composed.openSession });
  closers.push(
    () => fake.close(),
    () => composed.close(),
    () => server.dispose(),
  );
  const client = await server.connect();
  client.send({
    type: "session.update",
    session: {
      type: "realtime",
      audio: { input: { turn_detection: null, transcription: { model: "whisper-1" } } },
    },
  });
  await client.event("session.updated");
  return { fake, server, client, logged, composed };
}

/** One push-to-talk turn: every event up to `response.done`, which comes last. */
async function turn(client: Client): Promise<AnyEvent[]> {
  client.send({ type: "input_audio_buffer.append", audio: speech.subarray(0, 96_000).toString("base64") });
  client.send({ type: "input_audio_buffer.commit" });
  return respond(client);
}

async function respond(client: Client): Promise<AnyEvent[]> {
  client.send({ type: "response.create" });
  const events: AnyEvent[] = [];
  while (events.at(-1)?.type !== "response.done") events.push((await client.next()) as AnyEvent);
  return events;
}

const fine = {
  transcriptions: ["I have too much to do."],
  chat: ["What matters most to you this week? Take your time."],
  speech: [{}],
} satisfies UpstreamScripts;
const of = (events: readonly AnyEvent[], type: string) => events.filter((event) => event.type === type);
const chatRequests = (fake: FakeUpstream) =>
  fake.requests.filter((request) => request.path === "/v1/chat/completions");

test("[R12] a refusal is told, and its words are neither said nor taken for the answer", async () => {
  const { fake, client } = await open({ ...fine, chat: [{ text: "", refusal: "I cannot help with that." }] });
  const events = await turn(client);
  expect(events.at(-1)?.response).toMatchObject({
    status: "incomplete",
    status_details: { type: "incomplete", reason: "content_filter" },
    output: [],
    usage: { output_tokens: expect.any(Number) },
  });
  expect(fake.requests.filter(({ path }) => path === "/v1/audio/speech")).toEqual([]);
});

test.each([
  ["a stand-in", { LLM_FALLBACK: "embedded" }, "completed"],
  ["none", {}, "failed"],
])("[R12] an empty answer is none: with %s", async (_, env, status) => {
  const { client } = await open({ ...fine, chat: [{ text: "" }] }, env as Record<string, string>);
  expect((await turn(client)).at(-1)?.response.status).toBe(status);
});

test.each([
  ["sent whole", {}],
  ["while it is spoken", { STT_REALTIME: "1" }],
])("a spoken turn, %s: heard, answered and spoken", async (_, env: Record<string, string>) => {
  const { fake, client, composed } = await open({ ...fine, realtime: ["I have too much to do."] }, env);
  expect(composed.engines).toEqual({
    transcriber: env.STT_REALTIME ? "openai-realtime/gpt-live-transcribe" : "openai/gpt-transcribe",
    replyModel: "openai/gpt-5.4-mini",
    synthesizer: "openai/gpt-4o-mini-tts",
  });
  const events = await turn(client);
  expect(events.at(-1)?.response).toMatchObject({
    status: "completed",
    usage: { input_tokens: 11, output_tokens: 10 },
  });
  const said = of(events, "response.output_audio_transcript.done");
  expect(said.map((event) => event.transcript)).toEqual([
    "What matters most to you this week? Take your time.",
  ]);
  expect(of(events, "response.output_audio.delta").length).toBeGreaterThan(5);
  expect(chatRequests(fake)[0]?.body.messages).toContainEqual({
    role: "user",
    content: "I have too much to do.",
  });
});

test("connections are made as a session opens, before anything is said, and end with the engines", async () => {
  let laterMs = 0;
  const clock = overriding(systemClock, { now: () => systemClock.now() + laterMs });
  const { fake, server, composed } = await open(fine, {}, clock);
  // What asked for the models at the start has been let go of by then.
  laterMs = 3_600_000;
  await server.connect();
  for (let stage = 0; stage < 3; stage++) {
    const { path, headers } = await fake.request(stage);
    expect([path, headers.authorization]).toEqual(["/v1", undefined]);
  }
  await composed.close();
  await fake.disconnected();
});

describe("a failure is told once, in our own words, and the session goes on", () => {
  const told: Staging = { status: 500, error: { message: `Vendor text with ${key}` } };
  const cases: [string, UpstreamScripts][] = [
    ["the reply refused", { ...fine, chat: ({ call }) => (call < 2 ? { ...told } : "Fine.") }],
    [
      "the reply cut on the way",
      { ...fine, chat: ({ call }) => (call < 1 ? { text: "One. Two.", cutAfter: 2 } : "Fine.") },
    ],
    ["the voice refused", { ...fine, speech: ({ call }) => (call < 2 ? told : {}) }],
    ["the voice cut on the way", { ...fine, speech: ({ call }) => (call < 1 ? { cutAfter: 3 } : {}) }],
  ];
  test.each(cases)("%s", async (_, scripts) => {
    const { client, logged } = await open(scripts);
    const events = await turn(client);
    expect(events.at(-1)?.response).toMatchObject({ status: "failed", status_details: { type: "failed" } });
    expect(JSON.stringify(events)).not.toMatch(/Vendor|Abc123/);
    expect((await respond(client)).at(-1)?.response.status).toBe("completed");
    expect(logged.join("")).not.toContain("Abc123");
    expect(logged.filter((line) => line.includes("provider failed")).length).toBeGreaterThan(0);
  });

  test("the transcript refused", async () => {
    const { client, logged } = await open({
      ...fine,
      transcriptions: ({ call }) => (call < 2 ? { text: "", ...told } : "I have too much to do."),
    });
    client.send({ type: "input_audio_buffer.append", audio: speech.subarray(0, 96_000).toString("base64") });
    client.send({ type: "input_audio_buffer.commit" });
    const failed = await client.event("conversation.item.input_audio_transcription.failed");
    expect(JSON.stringify(failed)).not.toMatch(/Vendor|Abc123/);
    expect((await turn(client)).at(-1)?.response.status).toBe("completed");
    expect(logged.join("")).not.toContain("Abc123");
    expect(logged.filter((line) => line.includes("provider failed"))).toHaveLength(2);
  });
});

test("a stand-in of its own server answers for one that is down", async () => {
  const { fake, client } = await open(
    { ...fine, chat: ({ request }) => (request.body.model === "second" ? "I stand in." : { status: 503 }) },
    { LLM_FALLBACK: "second,embedded" },
  );
  const events = await turn(client);
  expect(of(events, "response.output_audio_transcript.done")[0]?.transcript).toBe("I stand in.");
  expect(chatRequests(fake).map((request) => request.body.model)).toEqual([
    "gpt-5.4-mini",
    "gpt-5.4-mini",
    "second",
  ]);
});

test("a voice that is down is stood in for by the engine inside", async () => {
  const { client, composed } = await open(
    { ...fine, speech: [{ status: 503 }] },
    { TTS_FALLBACK: "scripted" },
  );
  expect(composed.engines.synthesizer).toBe("openai/gpt-4o-mini-tts");
  const events = await turn(client);
  expect(events.at(-1)?.response.status).toBe("completed");
  expect(of(events, "response.output_audio.delta").length).toBeGreaterThan(5);
});

describe("[PV8] a model that a compatible server does not have", () => {
  const told = (logged: readonly string[]) =>
    logged
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === "the server has no such model; set one that it has")
      .map(({ setting, model }) => `${setting} ${model}`);
  const denial = { status: 404, error: { message: 'model "gone-1" not found, try pulling it first' } };

  test.each([
    ["by its code", { status: 404, error: { message: "no", code: "model_not_found" } }],
    ["by its name", denial],
  ])("is told at start-up, %s; another of the same server is not", async (_, answer) => {
    const { logged } = await open(
      { ...fine, models: (model) => (model === "gone-1" ? answer : { status: 404 }) },
      { LLM_MODEL: "gone-1", LLM_FALLBACK: "second" },
    );
    while (told(logged).length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(told(logged)).toEqual(["LLM_MODEL gone-1"]);
  });

  test("is told once by the first call that fails for it, where the server lacks the request for models", async () => {
    const { client, logged } = await open(
      { ...fine, chat: ({ request }) => (request.body.model === "gone-1" ? denial : "I stand in.") },
      { LLM_MODEL: "gone-1", LLM_FALLBACK: "second" },
    );
    expect(told(logged)).toEqual([]);
    for (let i = 0; i < 2; i++) expect((await turn(client)).at(-1)?.response.status).toBe("completed");
    expect(told(logged)).toEqual(["LLM_MODEL gone-1"]);
  });

  test("a 404 for the whole route says nothing of the model", async () => {
    const path = { status: 404, error: { message: "Cannot GET /v1/models/gone-1" } };
    const { client, logged } = await open(
      { ...fine, models: () => path, chat: [{ status: 404, error: { message: "Not Found" } }] },
      { LLM_MODEL: "gone-1", LLM_FALLBACK: "embedded" },
    );
    await turn(client);
    expect(told(logged)).toEqual([]);
  });
});

test("a late first token is asked for twice, and the late request is closed", async () => {
  const { fake, client } = await open(
    { ...fine, chat: ({ call }) => (call === 0 ? { text: "Late.", stallAfter: -1 } : "In time.") },
    { LLM_HEDGE_AFTER_MS: "20" },
  );
  const events = await turn(client);
  expect(of(events, "response.output_audio_transcript.done")[0]?.transcript).toBe("In time.");
  expect(await chatRequests(fake)[0]?.ended).toBe("closed_by_client");
});

test("50 barge-ins in a row leave no open upstream request", async () => {
  const { fake, client } = await open({ ...fine, chat: [{ text: "One. Two. Three.", stallAfter: 3 }] });
  for (let i = 0; i < 50; i++) {
    client.send({ type: "response.create" });
    await client.event(i % 2 ? "response.created" : "response.output_audio.delta");
    client.send({ type: "response.cancel" });
    expect((await client.event("response.done")).response.status).toBe("cancelled");
  }
  await fake.quiet();
  expect(fake.open).toBe(0);
  expect(chatRequests(fake).length).toBeGreaterThanOrEqual(25);
});

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { ReplyModel } from "../../../src/ports/reply-model.ts";
import type { SynthesizeOptions, Synthesizer } from "../../../src/ports/synthesizer.ts";
import { openEmbeddedSynthesizer } from "../../../src/providers/embedded/voice/synthesizer.ts";
import { OpenaiRealtimeSynthesizer } from "../../../src/providers/openai/speech/realtime-synthesizer.ts";
import { openUpstream as openUpstreamServer } from "../../../src/providers/openai/upstream.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openMetrics } from "../../../src/server/operations/metrics.ts";
import { startRest } from "../../support/rest.ts";
import { testStorage } from "../../support/test-database.ts";
import { openUpstream, type UpstreamScripts } from "../../support/upstream/upstream.ts";
import { textToRead } from "../../support/upstream/voice.ts";
import { type AnyEvent, type Client, testServer } from "../support.ts";

const closers: (() => Promise<unknown>)[] = [];
let storage: Awaited<ReturnType<typeof testStorage>>;
beforeAll(async () => {
  storage = await testStorage();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Answers with the text that it is asked to read. */
const reader: ReplyModel = {
  name: "reader",
  callsTools: false,
  async *reply({ items }) {
    const asked = items.at(-1);
    yield { type: "text", delta: textToRead(asked && "text" in asked ? asked.text : "") };
    yield { type: "end", usage: { inputTokens: 30, outputTokens: 12 } };
  },
};

/** Our own server, whose reply model reads what it is given, and a voice that speaks over its socket. */
async function openOwnVoice(synthesizer: Synthesizer) {
  const rest = await startRest({ engines: { replyModel: reader, synthesizer } });
  const upstream = openUpstreamServer({ baseUrl: `${rest.server.url}/v1` });
  const voice = new OpenaiRealtimeSynthesizer({ upstream, model: "kuku" });
  closers.push(
    () => rest.close(),
    () => upstream.close(),
    () => voice.close(),
  );
  return { rest, voice };
}

const call = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  voice: "alloy",
  speed: 1,
  language: "en-US",
  rate: 24_000,
  signal: new AbortController().signal,
  ...more,
});

async function say(voice: Synthesizer, text: string, more: Partial<SynthesizeOptions> = {}) {
  const pieces: Int16Array[] = [];
  for await (const { pcm } of voice.synthesize(text, call(more))) pieces.push(pcm);
  return joinPcm(pieces);
}

const levelOf = (pcm: Int16Array) =>
  Math.sqrt(pcm.reduce((sum, sample) => sum + sample ** 2, 0) / pcm.length);

const settled = async (voice: OpenaiRealtimeSynthesizer) => {
  while (voice.sockets.busy > 0) await new Promise((resolve) => setImmediate(resolve));
};

test("[PV5] our own server is such an upstream: its voice comes through at its length and level, speed and usage with it", async () => {
  const embedded = await openEmbeddedSynthesizer({ threads: 1 });
  closers.push(() => embedded.close());
  const { voice } = await openOwnVoice(embedded);
  const text = "What would you like to have done by Friday?";
  const said: string[] = [];
  const used: unknown[] = [];
  for (const speed of [1, 0.75]) {
    // eSpeak's breath is noise: no two readings are equal in every sample.
    const alone = await say(embedded, text, { voice: "default", speed });
    const through = await say(voice, text, {
      speed,
      onDeparture: (words) => said.push(words),
      onUsage: (report) => used.push(report),
    });
    expect(through.length).toBe(alone.length);
    expect(levelOf(through) / levelOf(alone)).toBeCloseTo(1, 1);
  }
  expect(said).toEqual([]);
  expect(used).toMatchObject([
    { inputTokens: 30, outputTokens: 12 },
    { inputTokens: 30, outputTokens: 12 },
  ]);
  expect(voice.sockets).toEqual({ open: 1, busy: 0 });
});

test("[PV5] no sample is lost or changed on the way through our own server", async () => {
  const { voice } = await openOwnVoice(scriptedSynthesizer());
  const text = "One two three four five six.";
  const alone = await say(scriptedSynthesizer(), text, { voice: "scripted" });
  const through = await say(voice, text);
  expect(Buffer.compare(Buffer.from(through.buffer), Buffer.from(alone.buffer))).toBe(0);
});

test("[PV7] 100 barge-ins on our own server leave no reply and no socket there", async () => {
  const { rest, voice } = await openOwnVoice(scriptedSynthesizer([{ gapMs: 2 }]));
  for (let i = 0; i < 100; i++) {
    const stop = new AbortController();
    let chunks = 0;
    const running = (async () => {
      for await (const _ of voice.synthesize("One two three four five six.", call({ signal: stop.signal })))
        if (++chunks > i % 4) stop.abort("barge in");
    })();
    await expect(running).rejects.toBe("barge in");
  }
  await settled(voice);
  expect(voice.sockets.open).toBeLessThanOrEqual(4);
  expect((await say(voice, "Still here.")).length).toBeGreaterThan(0);
  await voice.close();
  while (rest.server.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  const failed = rest.logged.filter(({ level }) => level === "error" || level === "fatal");
  expect(failed).toEqual([]);
});

/** The composed server on a stand-in that speaks, everything else scripted. */
async function openServer(scripts: UpstreamScripts, env: Record<string, string> = {}) {
  const fake = await openUpstream(scripts);
  const logged: Record<string, unknown>[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line)) });
  const config = readConfig({
    TRANSCRIBER: "scripted",
    TTS_BASE_URL: fake.baseUrl,
    TTS_MODEL: "gpt-realtime-next",
    LLM_BASE_URL: fake.baseUrl,
    ...storage,
    ...env,
  });
  const metrics = openMetrics();
  const composed = await compose(config, { clock: systemClock, log, metrics });
  const server = await testServer({ open: composed.openSession });
  closers.push(
    () => fake.close(),
    () => composed.close(),
    () => server.dispose(),
  );
  return { fake, logged, metrics, composed, server };
}

/** Every event of the reply to a typed message. */
async function ask(client: Client): Promise<AnyEvent[]> {
  client.send({
    type: "conversation.item.create",
    item: {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "I have too much to do." }],
    },
  });
  client.send({ type: "response.create" });
  const events: AnyEvent[] = [];
  while (events.at(-1)?.type !== "response.done") {
    const message = await client.next();
    if (message === undefined) throw new Error(`the socket closed: ${JSON.stringify(await client.closed)}`);
    if (!Buffer.isBuffer(message)) events.push(message);
  }
  return events;
}

const REPLY = "What matters most? Take your time.";
const chat = [REPLY];

describe("[PV6] a sentence that was said otherwise", () => {
  const said = "Take all the time you need.";
  const scripts: UpstreamScripts = {
    chat,
    voice: ({ text }) => (text.startsWith("Take") ? { said, transcriptLast: true } : {}),
  };

  test("is told, counted, logged without its words, and history keeps what was said", async () => {
    const { server, metrics, logged } = await openServer(scripts);
    const client = await server.connect({ protocols: ["kuku.v1"] });
    client.send({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
    await client.event("session.updated");
    const events = await ask(client);
    const corrected = events.find((event) => event.type === "kuku.transcript.corrected");
    expect(corrected).toMatchObject({
      text: expect.stringMatching(/^\s*Take your time\.$/),
      output_index: 0,
    });
    expect(corrected?.said.trim()).toBe(said);
    const heard = `What matters most? ${said}`;
    const done = events.find((event) => event.type === "response.output_audio_transcript.done");
    expect(done?.transcript).toBe(heard);
    const { id, content } = events.at(-1)!.response.output[0];
    expect(content).toEqual([{ type: "output_audio", transcript: heard }]);
    client.send({ type: "conversation.item.retrieve", item_id: id });
    expect((await client.event("conversation.item.retrieved")).item.content[0].transcript).toBe(heard);
    expect((await metrics.read()).text).toMatch(/^kuku_speech_departures_total 1$/m);
    const line = logged.find(({ msg }) => msg === "voice departed from its text");
    expect(line).toMatchObject({
      provider: "openai-realtime/gpt-realtime-next",
      expectedCount: 3,
      saidCount: 6,
      keptCount: 1,
    });
    expect(JSON.stringify(line)).not.toMatch(/Take|your|need/);
  });

  test("a plain client is told by what closes the item", async () => {
    const { server } = await openServer(scripts);
    const client = await server.connect();
    const events = await ask(client);
    expect(events.map((event) => event.type)).not.toContain("kuku.transcript.corrected");
    const done = events.find((event) => event.type === "response.output_audio_transcript.done");
    expect(done?.transcript).toBe(`What matters most? ${said}`);
  });
});

test("[PV8] a model that is gone is told at start-up, in one line that says what to set, and the stand-in speaks", async () => {
  const { server, logged } = await openServer(
    { chat, voice: [{}], voiceDoor: [{ status: 404 }] },
    { TTS_FALLBACK: "scripted" },
  );
  const line = () => logged.filter(({ msg }) => /has no such model/.test(String(msg)));
  while (line().length === 0) await new Promise((resolve) => setImmediate(resolve));
  const client = await server.connect();
  expect((await ask(client)).at(-1)?.response.status).toBe("completed");
  expect((await ask(client)).at(-1)?.response.status).toBe("completed");
  expect(line()).toEqual([
    expect.objectContaining({
      setting: "TTS_MODEL",
      model: "gpt-realtime-next",
      until: "the next of the stand-ins is asked",
      msg: "the server has no such model; set one that it has",
    }),
  ]);
});

test("[PV5] a socket stands ready before anything is said, and ends with the engines", async () => {
  const { fake, composed, server } = await openServer({ chat, voice: [{}] });
  const speaks = () => fake.requests.filter(({ query }) => query.has("model"));
  while (speaks().length === 0) await new Promise((resolve) => setImmediate(resolve));
  const client = await server.connect();
  const events = await ask(client);
  expect(events.at(-1)?.response.status).toBe("completed");
  expect(speaks()).toHaveLength(1);
  await composed.close();
  await fake.disconnected();
});

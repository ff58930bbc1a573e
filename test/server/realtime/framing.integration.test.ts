/** How long messages may be and how fast they may come: what a client's framing changes, which is nothing, and what is refused. */
import { createHash } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { type Clock, manualClock, systemClock } from "../../../src/lib/clock.ts";
import { openScope } from "../../../src/lib/scope.ts";
import { joinPcm, pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import type { Limits } from "../../../src/server/config/config.ts";
import type { OpenSession } from "../../../src/server/conversations/session-opening.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openSession } from "../../../src/session/actor.ts";
import type { LiveSession } from "../../../src/session/session.ts";
import { overriding } from "../../support/overriding.ts";
import { recording, silence } from "../../support/session.ts";
import { type AnyEvent, type Client, echoSessions, type TestServer, testServer } from "../support.ts";

const bytesPerMs = 48;
const bytesOf = (...pcm: Int16Array[]) => Buffer.from(pcmToBytes(joinPcm(pcm)));

/** A transcript that tells every sample. */
const digesting = {
  name: "digest",
  async *transcribe(chunks: AsyncIterable<Int16Array>) {
    const pieces: Int16Array[] = [];
    for await (const chunk of chunks) pieces.push(chunk.slice());
    const text = createHash("sha256")
      .update(bytesOf(...pieces))
      .digest("hex");
    yield { type: "final" as const, transcript: { text, understood: true } };
  },
};

let server: TestServer | undefined;
const scope = openScope();
afterEach(async () => {
  await server?.dispose();
  server = undefined;
});

/** Real sessions whose transcriber tells a digest of what it heard; `onAudio` is told of each piece. */
function realSessions(
  onAudio: (bytes: number) => void = () => {},
  onOpened: (session: LiveSession) => void = () => {},
): OpenSession {
  const engines = {
    transcriber: digesting,
    replyModel: scriptedReplyModel(),
    synthesizer: scriptedSynthesizer(),
  };
  const persona = findPersona("kuku");
  if (!persona) throw new Error("no persona");
  const log = openLog("silent");
  return ({ link, extension }) => {
    const session = openSession({
      link,
      persona,
      extended: extension,
      engines,
      clock: systemClock,
      log,
      scope,
      resume: { token: "secret", graceMs: 60_000 },
    });
    const counted = overriding(session, {
      receiveAudio(bytes) {
        onAudio(bytes.length);
        return session.receiveAudio(bytes);
      },
    });
    onOpened(counted);
    return counted;
  };
}

async function speaker(at: TestServer, binary: boolean): Promise<Client> {
  const client = await at.connect({ protocols: [binary ? "kuku.v1" : "realtime"] });
  client.send({
    type: "session.update",
    session: {
      type: "realtime",
      audio: { input: { transcription: {}, turn_detection: { type: "server_vad", create_response: false } } },
      ...(binary && { kuku: { greet: false } }),
    },
  });
  await client.event("session.updated");
  return client;
}

const append = (piece: Buffer) => ({ type: "input_audio_buffer.append", audio: piece.toString("base64") });

/** All transcripts of what was said, once all of it was heard. Throws on an `error` or a close. */
async function transcripts(client: Client): Promise<unknown[]> {
  client.send({ type: "input_audio_buffer.commit", event_id: "last" });
  client.send({ type: "input_audio_buffer.clear" });
  /** By item, in the order in which they were committed; transcribers may be done in another. */
  const texts = new Map<string, string | undefined>();
  let open = 0;
  for (let cleared = false; !cleared || open > 0; ) {
    const event = (await client.next()) as AnyEvent | undefined;
    if (event === undefined || event.type === "error")
      throw new Error(JSON.stringify(event ?? (await client.closed)));
    if (event.type === "input_audio_buffer.committed") {
      open++;
      texts.set(event.item_id, undefined);
    }
    if (event.type === "conversation.item.input_audio_transcription.completed") {
      open--;
      texts.set(event.item_id, event.transcript);
    }
    if (event.type === "input_audio_buffer.cleared") cleared = true;
  }
  return [...texts.values()];
}

const sentences = ["pause-1200ms-rms", "goal-rms", "overwhelmed-slt", "fox-rms"].map((name) =>
  joinPcm([recording(name), silence(900)]),
);
const spoken = joinPcm([...sentences, ...sentences, ...sentences]).subarray(0, 30 * 24_000);
const half = bytesOf(spoken);

const framings = [1, 5, 10, 20, 60, 100, 1000, 30_000].flatMap((ms) =>
  [true, false].flatMap((binary) => [false, true].map((atOnce) => ({ ms, binary, atOnce }))),
);

test("[IN1] frames from 1 ms to a whole file of 30 s, binary and base64, in real time and at once: the same transcripts", async () => {
  // The limiter's time stands still, or goes on by the audio that has come: real time, moved by hand.
  let ms = 0;
  let isRealTime = false;
  const clock: Clock = { ...manualClock(), now: () => ms };
  server = await testServer({
    open: realSessions((bytes) => {
      if (isRealTime) ms += bytes / bytesPerMs;
    }),
    clock,
  });
  let expected: unknown[] | undefined;
  for (const framing of framings) {
    isRealTime = !framing.atOnce;
    const client = await speaker(server, framing.binary);
    const size = framing.ms * bytesPerMs;
    for (let at = 0; at < half.length; at += size) {
      const piece = half.subarray(at, at + size);
      client.send(framing.binary ? piece : append(piece));
    }
    const heard = await transcripts(client);
    expected ??= heard;
    expect(heard.length, JSON.stringify(framing)).toBeGreaterThan(4);
    expect(heard, JSON.stringify(framing)).toEqual(expected);
    client.ws.close(1000);
    await client.closed;
  }
});

test("[IN1] a whole file of 30 s in one item is transcribed", async () => {
  server = await testServer({ open: realSessions() });
  const client = await speaker(server, false);
  client.send({
    type: "conversation.item.create",
    item: {
      type: "message",
      role: "user",
      content: [{ type: "input_audio", audio: half.toString("base64") }],
    },
  });
  const { transcript } = await client.event("conversation.item.input_audio_transcription.completed");
  expect(transcript).toBe(createHash("sha256").update(half).digest("hex"));
});

const small: Partial<Limits> = { maxMessageBytes: 200_000, maxEventBytes: 4096 };

test.each([
  ["binary", "kuku.v1", Buffer.alloc(200_002)],
  ["base64", "realtime", append(Buffer.alloc(200_000))],
])(
  "[IN2] a %s message beyond MAX_MESSAGE_BYTES is refused by name; the session goes on",
  async (_, protocol, message) => {
    const sessions = echoSessions();
    server = await testServer({ open: sessions.open, limits: small });
    const client = await server.connect({ protocols: [protocol] });
    client.send(message);
    expect(await client.error()).toMatchObject({
      code: "message_too_large",
      message: expect.stringMatching(/200000 bytes \(MAX_MESSAGE_BYTES\); this has 2\d+/),
    });
    client.send(append(Buffer.alloc(96_000)));
    await client.roundTrip();
    expect(sessions.all[0]?.seen).toEqual(["audio:96000", "input_audio_buffer.clear"]);
  },
);

test("[IN2] a client that goes on sending what is too long is closed with 4004", async () => {
  server = await testServer({ open: echoSessions().open, limits: { ...small, maxMessageBytes: 1024 } });
  const client = await server.connect({ protocols: ["kuku.v1"] });
  for (let message = 0; message < 120; message++) client.send(Buffer.alloc(2000));
  expect((await client.closed).code).toBe(4004);
});

test("[IN9] however often a client comes back on another socket, it may send no more than over one", async () => {
  const clock: Clock = { ...manualClock(), now: () => 0 };
  const opened: LiveSession[] = [];
  let taken = 0;
  server = await testServer({
    open: realSessions(
      (bytes) => {
        taken += bytes;
      },
      (session) => opened.push(session),
    ),
    find: async () => opened[0] as LiveSession,
    limits: { burstSeconds: 2, eventsPerSecond: 1, maxBadMessages: 10 },
    clock,
  });
  /** Three seconds of audio, three bad messages and three events over one socket; codes of what was refused. */
  const flood = async (path?: string) => {
    const client = await server?.connect({ protocols: ["kuku.v1"], ...(path && { path }) });
    if (!client) throw new Error("no server");
    for (let second = 0; second < 3; second++) client.send(Buffer.alloc(1000 * bytesPerMs));
    for (let n = 0; n < 3; n++) client.send("no JSON");
    const codes: string[] = [];
    while (codes.filter((code) => code === "invalid_json").length < 3) {
      const event = (await client.next()) as AnyEvent | undefined;
      if (event === undefined) return { codes, close: (await client.closed).code };
      if (event.type === "error") codes.push(event.error.code);
    }
    client.ws.terminate();
    return { codes };
  };
  const first = await flood();
  expect(first.codes.filter((code) => code === "audio_rate_exceeded").length).toBe(1);
  const path = "/v1/realtime?resume=secret&last_event=";
  let last = first;
  for (let n = 0; n < 5 && !("close" in last); n++) last = await flood(path);
  // Messages that cannot be read are counted over the sockets, too.
  expect(last).toMatchObject({ close: 4003 });
  expect(taken).toBe(2000 * bytesPerMs);
});

test.each([
  ["in one frame", (client: Client) => client.send(Buffer.alloc(1_000_000))],
  [
    "in fragments",
    ({ ws }: Client) => {
      for (let piece = 0; piece < 10; piece++) ws.send(Buffer.alloc(100_000), { fin: piece === 9 });
    },
  ],
])("[IN3] twice that %s closes with 1009, behind an error", async (_, send) => {
  server = await testServer({ open: echoSessions().open, limits: small });
  const client = await server.connect({ protocols: ["kuku.v1"] });
  send(client);
  expect(await client.error()).toMatchObject({
    code: "message_too_large",
    message: expect.stringContaining("200000 bytes (MAX_MESSAGE_BYTES)"),
  });
  expect((await client.closed).code).toBe(1009);
});

test("[IN3] a message in more pieces than are kept closes with 1008, behind an error", async () => {
  server = await testServer({ open: echoSessions().open });
  const client = await server.connect({ protocols: ["kuku.v1"] });
  for (let piece = 0; piece <= 16 * 1024; piece++) client.ws.send(Buffer.alloc(2), { fin: false });
  expect(await client.error()).toMatchObject({
    code: "message_too_large",
    message: "A message may come in at most 16384 pieces.",
  });
  expect((await client.closed).code).toBe(1008);
});

test.each([
  ["a long text", { type: "session.update", session: { type: "realtime", instructions: "x".repeat(5000) } }],
  ["a list", { type: "input_audio_buffer.append", audio: "AAAA", list: Array(2000).fill({}) }],
  [
    "a field named audio where none is played",
    {
      type: "session.update",
      session: {
        type: "realtime",
        tools: [{ type: "function", name: "f", parameters: { audio: "x".repeat(5000) } }],
      },
    },
  ],
])("[IN4] %s beyond MAX_EVENT_BYTES is refused, audio beside it is not counted", async (_, event) => {
  const sessions = echoSessions();
  server = await testServer({ open: sessions.open, limits: small });
  const client = await server.connect();
  client.send(event);
  expect(await client.error()).toMatchObject({
    code: "message_too_large",
    message: expect.stringContaining("4096 bytes beside its base64 audio (MAX_EVENT_BYTES)"),
  });
  const { type, audio } = append(Buffer.alloc(96_000));
  client.send(JSON.stringify({ audio, type }, null, 2));
  await client.roundTrip();
  expect(sessions.all[0]?.seen).toEqual(["audio:96000", "input_audio_buffer.clear"]);
});

test("[IN5] audio in items counts as audio: beyond the burst it is refused", async () => {
  const sessions = echoSessions();
  server = await testServer({ open: sessions.open, limits: { burstSeconds: 3 }, clock: manualClock() });
  const client = await server.connect();
  const audio = Buffer.alloc(2000 * bytesPerMs).toString("base64");
  for (let item = 0; item < 2; item++)
    client.send({
      type: "conversation.item.create",
      event_id: `item_${item}`,
      item: { type: "message", role: "user", content: [{ type: "input_audio", audio }] },
    });
  expect(await client.error()).toMatchObject({
    code: "audio_rate_exceeded",
    event_id: "item_1",
    message: expect.stringContaining("3 s (MAX_AUDIO_BURST_SECONDS)"),
  });
  expect(sessions.all[0]?.seen).toEqual(["conversation.item.create"]);
});

test("[IN6] where large messages of all clients fill their budget, the one that takes longest is closed with 1013", async () => {
  const sessions = echoSessions();
  server = await testServer({ open: sessions.open, limits: { maxReceivingBytes: 1_500_000 } });
  const stalled = await server.connect({ protocols: ["kuku.v1"] });
  stalled.ws.send(Buffer.alloc(900_000), { fin: false });
  // Pings between fragments are answered behind what came before them.
  const received = new Promise((resolve) => stalled.ws.once("pong", resolve));
  stalled.ws.ping();
  await received;
  const steady = await server.connect({ protocols: ["kuku.v1"] });
  steady.send(Buffer.alloc(900_000));
  await steady.roundTrip();
  expect((await stalled.error()).code).toBe("overloaded");
  expect([1013, 1006]).toContain((await stalled.closed).code);
  steady.send(Buffer.alloc(900_000));
  await steady.roundTrip();
  expect(sessions.all[1]?.seen.filter((seen) => seen === "audio:900000")).toHaveLength(2);
});

test("[IN6] while a session has enough to hear its socket is not read; nothing is lost", async () => {
  const sessions = echoSessions();
  const heard = Promise.withResolvers<void>();
  let takenMeanwhile = 0;
  let isBusy = true;
  const open: OpenSession = (opening) => {
    const session = sessions.open(opening);
    return {
      ...session,
      receiveAudio(bytes) {
        session.receiveAudio(bytes);
        if (!isBusy) return undefined;
        takenMeanwhile++;
        return heard.promise;
      },
    };
  };
  server = await testServer({ open });
  const client = await server.connect({ protocols: ["kuku.v1"] });
  for (let message = 0; message < 10; message++) client.send(Buffer.alloc(200_000));
  while (takenMeanwhile === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < 200; round++) await new Promise((resolve) => setImmediate(resolve));
  expect(takenMeanwhile).toBe(1);
  isBusy = false;
  heard.resolve();
  await client.roundTrip();
  expect(sessions.all[0]?.seen.filter((seen) => seen === "audio:200000")).toHaveLength(10);
});

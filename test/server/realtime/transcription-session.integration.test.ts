/** Transcription sessions on the composed server, with the embedded engines and real recordings. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { ownCertificate } from "../../../src/server/http/certificate.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testDataDir } from "../../support/test-database.ts";
import { type AnyEvent, Client } from "../support.ts";

const folder = mkdtempSync(join(tmpdir(), "kuku-transcription-"));
const lines: Record<string, unknown>[] = [];
const log = openLog("info", { write: (line: string) => void lines.push(JSON.parse(line)) });
let composed: Composition;
let server: RunningServer;
/** The same with TLS, which the vendor's client insists on. */
let secure: RunningServer;
beforeAll(async () => {
  const config = readConfig({
    PORT: "0",
    TRANSCRIBER: "embedded",
    REPLY_MODEL: "embedded",
    SYNTHESIZER: "embedded",
    DATA_DIR: testDataDir(),
  });
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, ...composed });
  const tls = await ownCertificate(folder, systemClock);
  secure = await startServer({ config: { ...config, tls }, log, ...composed });
});
afterAll(async () => {
  await Promise.all([server.stop(), secure.stop()]);
  await composed.close();
  rmSync(folder, { recursive: true });
});

const speech = (name: string) => readFileSync(`test/fixtures/speech/${name}.wav`).subarray(44);
const silence = Buffer.alloc(48_000 * 2);

/** A socket with kuku.v1, told that silence of 1.5 s ends an utterance; `query` makes the session's type. */
async function connect(type: "realtime" | "transcription", query = ""): Promise<Client> {
  const url = `${server.url.replace("http", "ws")}/v1/realtime${query}`;
  const client = new Client(new WebSocket(url, ["kuku.v1"]));
  expect((await client.event("session.created")).session.type).toBe(type);
  const turn_detection = { type: "server_vad", silence_duration_ms: 1500 };
  const kuku = type === "realtime" ? { kuku: { greet: false } } : {};
  client.send({ type: "session.update", session: { type, audio: { input: { turn_detection } }, ...kuku } });
  await client.event("session.updated");
  return client;
}

/** All figures of one utterance, live and final, without the ids. */
async function deliveriesOf(client: Client, name: string): Promise<AnyEvent[]> {
  for (const pcm of [speech(name), silence])
    for (let at = 0; at < pcm.length; at += 9600) client.send(pcm.subarray(at, at + 9600));
  const deliveries: AnyEvent[] = [];
  for (;;) {
    const { event_id: _, item_id: __, ...figures } = await client.event("coach.delivery");
    deliveries.push(figures);
    if (figures.final) return deliveries;
  }
}

test.each(["fox-slt", "goal-rms", "pause-1200ms-rms", "overwhelmed-noisy-slt", "fox-fast-rms"])(
  "[TX5] the delivery of %s is that of a conversation on the same audio, figure by figure, live and final",
  async (name) => {
    const talking = await connect("realtime");
    const expected = await deliveriesOf(talking, name);
    talking.ws.close();
    const listening = await connect("transcription", "?intent=transcription");
    const told = await deliveriesOf(listening, name);
    expect(told).toEqual(expected);
    expect(told.at(-1)).toMatchObject({
      speech_ms: expect.any(Number),
      syllables_per_second: expect.any(Number),
    });
    listening.ws.close();
  },
);

test("[TX1][TX2] the vendor's client, unchanged, holds a transcription session", async () => {
  const openai = new OpenAI({ apiKey: "any", baseURL: `${secure.url}/v1` });
  const options = { rejectUnauthorized: false };
  const realtime = new OpenAIRealtimeWS({ intent: "transcription", options }, openai);
  const events: RealtimeServerEvent[] = [];
  const errors: unknown[] = [];
  let wake = () => {};
  realtime.on("event", (event) => {
    events.push(event);
    wake();
  });
  realtime.on("error", (error) => {
    errors.push(error.error);
    wake();
  });
  const until = async (met: () => boolean) => {
    while (!met()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const count = (type: string) => events.filter((event) => event.type === type).length;
  await until(() => count("session.created") === 1);
  realtime.send({
    type: "session.update",
    session: {
      type: "transcription",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24000 },
          transcription: { model: "gpt-4o-transcribe", language: "en" },
          turn_detection: { type: "server_vad", silence_duration_ms: 500 },
          noise_reduction: { type: "near_field" },
        },
      },
      include: ["item.input_audio_transcription.logprobs"],
    },
  });
  await until(() => count("session.updated") === 1);
  const say = (pcm: Buffer) => {
    for (let at = 0; at < pcm.length; at += 4800)
      realtime.send({
        type: "input_audio_buffer.append",
        audio: pcm.subarray(at, at + 4800).toString("base64"),
      });
  };
  const completed = "conversation.item.input_audio_transcription.completed";
  // A command is what the embedded recogniser hears without being told what to expect.
  say(speech("yes-wrap-up-awb"));
  say(silence);
  await until(() => count(completed) === 1);
  realtime.send({
    type: "session.update",
    session: { type: "transcription", audio: { input: { turn_detection: null } } },
  });
  await until(() => count("session.updated") === 2);
  say(speech("fox-slt"));
  realtime.send({ type: "input_audio_buffer.commit" });
  await until(() => count(completed) === 2);
  realtime.send({ type: "response.create" });
  await until(() => errors.length === 1);
  expect(errors[0]).toMatchObject({ code: "unsupported_value", type: "invalid_request_error" });
  expect(events.map(({ type }) => type).filter((type) => !type.endsWith(".delta"))).toEqual([
    "session.created",
    "session.updated",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    completed,
    "session.updated",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    completed,
    "error",
  ]);
  const [first, second] = events.filter((event) => event.type === completed);
  expect(first).toMatchObject({ usage: { type: "duration", seconds: expect.any(Number) } });
  expect(second?.item_id).not.toBe(first?.item_id);
  realtime.close();
});

test("[TX1][TX4] it is kept and listed as one, takes no message, has no report, and is erased as any other", async () => {
  const api = async (method: string, path: string, json?: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      ...(json && { headers: { "content-type": "application/json" }, body: JSON.stringify(json) }),
    });
    return { status: response.status, body: (await response.json().catch(() => ({}))) as AnyEvent };
  };
  const client = await connect("transcription", "?intent=transcription");
  await deliveriesOf(client, "goal-rms");
  const { item_id } = await client.event("kuku.saved");
  const { body: listed } = await api("GET", "/api/sessions");
  const mine = listed.data.sessions[0];
  expect(mine).toMatchObject({ type: "transcription", status: "active", messageCount: 1 });
  const message = await api("POST", `/api/sessions/${mine.sessionId}/messages`, { text: "Hello." });
  expect([message.status, message.body.code]).toEqual([409, "TRANSCRIPTION_SESSION"]);
  const delivery = await api("GET", `/api/sessions/${mine.sessionId}/delivery`);
  expect(JSON.stringify(delivery.body)).toContain(item_id);
  client.ws.close(1000);
  const path = `/api/sessions/${mine.sessionId}`;
  while ((await api("GET", path)).body.data.status !== "ended");
  expect((await api("GET", `${path}/report`)).body.code).toBe("REPORT_NOT_FOUND");
  expect((await api("DELETE", `/api/sessions/${mine.sessionId}`)).status).toBeLessThan(300);
  expect((await api("GET", `/api/sessions/${mine.sessionId}`)).status).toBe(404);
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
});

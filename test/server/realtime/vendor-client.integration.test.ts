import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { AzureOpenAI } from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { ownCertificate } from "../../../src/server/http/certificate.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testDatabase } from "../../support/test-database.ts";
import { type TestServer, testServer } from "../support.ts";

/** The client library made for the vendor's API, unchanged, over wss with a self-signed certificate. */
const folder = mkdtempSync(join(tmpdir(), "kuku-vendor-"));
const speech = readFileSync("test/fixtures/speech/fox-slt.wav").subarray(44);
let server: TestServer;
let composed: Composition;
beforeAll(async () => {
  const config = readConfig({
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "scripted",
    SYNTHESIZER: "scripted",
    DATA_DIR: folder,
    DATABASE_URL: await testDatabase(),
  });
  composed = await compose(config, { clock: systemClock, log: openLog("silent") });
  const tls = await ownCertificate(folder, systemClock);
  server = await testServer({ open: composed.openSession, config: { tls } });
});
afterAll(async () => {
  await server.dispose();
  await composed.close();
  rmSync(folder, { recursive: true });
});

const options = { rejectUnauthorized: false };
const openClient = () =>
  new OpenAIRealtimeWS(
    { model: "gpt-realtime", options },
    new OpenAI({ apiKey: "any", baseURL: `${server.url}/v1` }),
  );

/** Connects, and keeps every event in order. */
const connect = async (realtime = openClient()) => {
  const events: RealtimeServerEvent[] = [];
  const waiting = new Set<() => void>();
  realtime.on("event", (event) => {
    events.push(event);
    for (const look of waiting) look();
  });
  const failed = new Promise<never>((_, reject) => realtime.on("error", reject));
  const until = (type: RealtimeServerEvent["type"]) =>
    Promise.race([
      failed,
      new Promise<void>((resolve) => {
        const look = () => {
          if (!events.some((event) => event.type === type)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    ]);
  await until("session.created");
  return { realtime, events, until };
};

const speak = (realtime: OpenAIRealtimeWS, pcm: Buffer) => {
  for (let at = 0; at < pcm.length; at += 960)
    realtime.send({
      type: "input_audio_buffer.append",
      audio: pcm.subarray(at, at + 960).toString("base64"),
    });
};

/** Types in order, runs of deltas as one, without the transcript of the user, which comes when it is ready. */
const order = (events: RealtimeServerEvent[]) => {
  const types = events.map(({ type }) => type).filter((type) => !type.includes("input_audio_transcription"));
  const folded = types.map((type) =>
    /^response\.output_audio(_transcript)?\.delta$/.test(type) ? "delta" : type,
  );
  return folded.filter((type, at) => type !== "delta" || folded[at - 1] !== "delta");
};

const reply = [
  "response.created",
  "response.output_item.added",
  "conversation.item.added",
  "response.content_part.added",
  "delta",
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  "response.content_part.done",
  "conversation.item.done",
  "response.output_item.done",
  "response.done",
];

const detection = (turn_detection: { type: "server_vad"; silence_duration_ms: number } | null) => ({
  type: "session.update" as const,
  session: {
    type: "realtime" as const,
    audio: { input: { turn_detection, transcription: { model: "gpt-4o-transcribe" } } },
  },
});

test("[TT1][R5] completes a spoken turn, events in the reference's order", async () => {
  const { realtime, events, until } = await connect();
  realtime.send(detection({ type: "server_vad", silence_duration_ms: 500 }));
  await until("session.updated");
  speak(realtime, speech);
  speak(realtime, Buffer.alloc(48_000));
  await until("response.done");
  expect(order(events)).toEqual([
    "session.created",
    "session.updated",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    ...reply,
  ]);
  const heard = events.find(
    (event) => event.type === "conversation.item.input_audio_transcription.completed",
  );
  expect(heard?.transcript).toBe("This is a scripted transcript.");
  const audio = events.flatMap((event) =>
    event.type === "response.output_audio.delta" ? [event.delta] : [],
  );
  const bytes = Buffer.concat(audio.map((delta) => Buffer.from(delta, "base64")));
  expect(bytes.length / 48_000).toBeGreaterThan(1);
  expect(bytes.some((byte) => byte !== 0)).toBe(true);
  realtime.close();
});

test("[TT2][R5] completes a push-to-talk turn, events in the reference's order", async () => {
  const { realtime, events, until } = await connect();
  realtime.send(detection(null));
  await until("session.updated");
  speak(realtime, speech);
  realtime.send({ type: "input_audio_buffer.commit" });
  realtime.send({ type: "response.create" });
  await until("response.done");
  expect(order(events)).toEqual([
    "session.created",
    "session.updated",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    ...reply,
  ]);
  const done = events.find((event) => event.type === "response.done");
  expect(done?.response.status).toBe("completed");
  realtime.close();
});

test("[RF5] the vendor's client of Azure talks here", async () => {
  const azure = new AzureOpenAI({ endpoint: server.url, apiKey: "any", apiVersion: "2025-04-01-preview" });
  const client = await OpenAIRealtimeWS.azure(azure, { deploymentName: "gpt-realtime", options });
  const { realtime, until } = await connect(client);
  expect(realtime.url.pathname).toMatch(/^\/openai\//);
  realtime.send({ type: "response.create" });
  await until("response.done");
  realtime.close();
});

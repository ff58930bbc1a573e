/** The vendor's own client against the composed server, over TLS with a self-signed certificate. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { pcmToBytes, readWav } from "../../src/pipeline/audio.ts";
import { ownCertificate } from "../../src/server/certificate.ts";
import { type Composition, compose } from "../../src/server/compose.ts";
import { readConfig } from "../../src/server/config.ts";
import { openLog } from "../../src/server/logging.ts";
import { type RunningServer, startServer } from "../../src/server/server.ts";

let dir: string;
let server: RunningServer;
let composed: Composition;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kuku-"));
  const scripted = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
  const config = readConfig({ ...scripted, PORT: "0", DATA_DIR: dir, LOG_LEVEL: "silent" });
  const log = openLog("silent");
  composed = await compose(config, { clock: systemClock, log });
  const tls = await ownCertificate(dir, systemClock);
  server = await startServer({ config: { ...config, tls }, log, ...composed });
});

afterAll(async () => {
  await server.stop();
  await composed.close();
  await rm(dir, { recursive: true });
});

/** The vendor's client, what it received, and a wait for an event. */
async function connect() {
  const client = new OpenAI({ apiKey: "sk-test", baseURL: `https://127.0.0.1:${server.port}/v1` });
  const realtime = new OpenAIRealtimeWS(
    { model: "gpt-realtime", options: { rejectUnauthorized: false } },
    client,
  );
  const events: RealtimeServerEvent[] = [];
  const errors: unknown[] = [];
  let wake = () => {};
  realtime.on("event", (event) => {
    events.push(event);
    wake();
  });
  realtime.on("error", (error) => {
    errors.push(error);
    wake();
  });
  const until = async <T extends RealtimeServerEvent["type"]>(type: T) => {
    for (;;) {
      if (errors.length > 0) throw errors[0];
      const found = events.find((event) => event.type === type);
      if (found) return found as Extract<RealtimeServerEvent, { type: T }>;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  await until("session.created");
  return { realtime, events, until };
}

async function spoken(): Promise<Buffer> {
  const wav = await readFile(new URL("../fixtures/speech/fox-slt.wav", import.meta.url));
  return Buffer.from(pcmToBytes(readWav(wav).pcm));
}

const types = (events: RealtimeServerEvent[]) =>
  events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);

/** Deltas of words and of audio interleave as they are made; here they count as one stretch. */
const withoutDeltas = (events: RealtimeServerEvent[]) =>
  types(events.filter((event) => !event.type.endsWith(".delta")));

const replyOrder = [
  "response.output_item.added",
  "conversation.item.added",
  "response.content_part.added",
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  "response.content_part.done",
  "conversation.item.done",
  "response.output_item.done",
  "response.done",
];

test("[TT1][R5] a spoken turn with server VAD, events in the reference's order", async () => {
  const { realtime, events, until } = await connect();
  realtime.send({
    type: "session.update",
    session: {
      type: "realtime",
      output_modalities: ["audio"],
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24000 },
          transcription: { model: "gpt-4o-transcribe" },
          turn_detection: { type: "server_vad", silence_duration_ms: 500 },
        },
        output: { voice: "marin" },
      },
    },
  });
  await until("session.updated");
  const from = events.length;
  const audio = Buffer.concat([await spoken(), Buffer.alloc(48_000)]);
  for (let at = 0; at < audio.length; at += 9600)
    realtime.send({
      type: "input_audio_buffer.append",
      audio: audio.subarray(at, at + 9600).toString("base64"),
    });
  const { response } = await until("response.done");
  expect(response.status).toBe("completed");
  const seen = withoutDeltas(events.slice(from));
  const transcription = "conversation.item.input_audio_transcription.completed";
  expect(seen).toContain(transcription);
  expect(seen.filter((type) => type !== transcription)).toEqual([
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
    ...replyOrder,
  ]);
  const bytes = events.reduce(
    (sum, event) =>
      sum + (event.type === "response.output_audio.delta" ? Buffer.from(event.delta, "base64").length : 0),
    0,
  );
  expect(bytes).toBeGreaterThan(48_000);
  realtime.close();
});

test("[TT2] a push-to-talk turn", async () => {
  const { realtime, events, until } = await connect();
  realtime.send({
    type: "session.update",
    session: { type: "realtime", audio: { input: { turn_detection: null } } },
  });
  await until("session.updated");
  const from = events.length;
  realtime.send({ type: "input_audio_buffer.append", audio: (await spoken()).toString("base64") });
  realtime.send({ type: "input_audio_buffer.commit" });
  realtime.send({ type: "response.create" });
  expect((await until("response.done")).response.status).toBe("completed");
  expect(withoutDeltas(events.slice(from))).toEqual([
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
    ...replyOrder,
  ]);
  realtime.close();
});

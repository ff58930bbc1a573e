/** Clients of the vendor's beta, unchanged: `openai-realtime-api` by its sub-protocol, the vendor's own by its header. */
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/beta/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/beta/realtime/realtime";
import { RealtimeClient } from "openai-realtime-api";
import { expect, test } from "vitest";
import {
  firstTurn,
  HEARD,
  piecesOf,
  STORY,
  secondTurn,
  sharedClientStage,
  twoSeconds,
  WEATHER,
} from "./client-stage.ts";

const stage = sharedClientStage();
const secure = sharedClientStage({ tls: true });

function open() {
  const client = new RealtimeClient({
    url: `${stage().url.replace("http", "ws")}/realtime`,
    apiKey: "any",
    sessionConfig: { turn_detection: { type: "server_vad", silence_duration_ms: 500 } },
  });
  const types = new Set<string>();
  const errors: unknown[] = [];
  client.realtime.on("server.*", ({ type }) => types.add(type));
  client.realtime.on("server.error", (error) => errors.push(error));
  const speak = (turn: Buffer) => {
    for (const piece of piecesOf(turn)) client.appendInputAudio(new Uint8Array(piece).buffer);
  };
  return { client, types, errors, speak };
}

/** Resolves with the first assistant's message that is whole. */
const answered = (client: RealtimeClient) =>
  new Promise<string>((resolve) =>
    client.on("conversation.item.completed", ({ item }) => {
      if (item.type === "message" && item.role === "assistant") resolve(item.formatted.transcript);
    }),
  );

test("[RF9] openai-realtime-api holds a spoken turn with a function's round trip", async () => {
  const { client, types, errors, speak } = open();
  const asked: unknown[] = [];
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  client.addTool({ name: "get_weather", description: "The weather.", parameters }, async ({ city }) => {
    asked.push(city);
    return "rain";
  });
  await client.connect();
  const answer = answered(client);
  speak(firstTurn());
  expect(await answer).toBe(WEATHER);
  expect(asked).toEqual(["Oslo"]);
  const [heard] = client.conversation.getItems();
  expect(heard?.formatted.transcript).toBe(HEARD);
  const said = client.conversation.getItems().at(-1);
  expect(said?.formatted.audio.length).toBeGreaterThan(12_000);
  expect(errors).toEqual([]);
  expect(
    [...types].filter((type) => /output_audio|output_text|^conversation\.item\.(added|done)$/.test(type)),
  ).toEqual([]);
  client.disconnect();
});

test("[RF9] openai-realtime-api interrupts, and the conversation keeps what it says was played", async () => {
  const { client, errors, speak } = open();
  await client.connect();
  const enough = twoSeconds();
  const begun = new Promise<string>((resolve) =>
    client.realtime.on("server.response.audio.delta", ({ delta, item_id }) => {
      if (enough(delta)) resolve(item_id);
    }),
  );
  speak(firstTurn());
  const item = await begun;
  client.cancelResponse(item, 36_000);
  speak(secondTurn());
  const [said = "", ...more] = await stage().spokenBeforeSecondTurn();
  expect(more).toEqual([]);
  expect(STORY.startsWith(`${said} `)).toBe(true);
  expect(said.split(" ").length).toBeLessThan(9);
  expect(errors).toEqual([]);
  client.disconnect();
});

async function connectVendor() {
  const openai = new OpenAI({ apiKey: "any", baseURL: secure().url });
  const options = { model: "gpt-4o-realtime-preview", options: { rejectUnauthorized: false } };
  const realtime = new OpenAIRealtimeWS(options, openai);
  const events: RealtimeServerEvent[] = [];
  const next = <T extends RealtimeServerEvent["type"]>(type: T) =>
    new Promise<Extract<RealtimeServerEvent, { type: T }>>((resolve) =>
      realtime.on("event", (event) => {
        if (event.type === type) resolve(event as Extract<RealtimeServerEvent, { type: T }>);
      }),
    );
  realtime.on("event", (event) => events.push(event));
  await new Promise((resolve, reject) => {
    realtime.on("error", reject);
    next("session.created").then(resolve);
  });
  return { realtime, events, next };
}

test("[RF9] the vendor's client of the beta is told a spoken turn in the beta's events", async () => {
  const { realtime, events, next } = await connectVendor();
  realtime.send({
    type: "session.update",
    session: {
      modalities: ["text", "audio"],
      voice: "ash",
      output_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "whisper-1" },
      turn_detection: { type: "server_vad", silence_duration_ms: 500 },
      max_response_output_tokens: 200,
    },
  });
  const { session } = await next("session.updated");
  expect(session).toMatchObject({
    modalities: ["text", "audio"],
    input_audio_format: "pcm16",
    output_audio_format: "g711_ulaw",
    turn_detection: { type: "server_vad", silence_duration_ms: 500 },
    max_response_output_tokens: 200,
  });
  const done = next("response.done");
  for (const piece of piecesOf(firstTurn()))
    realtime.send({ type: "input_audio_buffer.append", audio: piece.toString("base64") });
  await next("response.audio.delta");
  realtime.send({ type: "response.cancel" });
  const { response } = await done;
  expect(response).toMatchObject({ modalities: ["text", "audio"], output_audio_format: "g711_ulaw" });
  expect(response.output?.[0]?.content?.[0]?.type).toBe("audio");
  const kinds = [...new Set(events.map(({ type }) => type))].filter((type) => !/transcription/.test(type));
  expect(kinds).toEqual([
    "session.created",
    "session.updated",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.created",
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.audio_transcript.delta",
    "response.audio.delta",
    "response.audio.done",
    "response.audio_transcript.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
  ]);
  realtime.close();
});

test("[RF9] a text response of the beta, and a mistake told in its fields", async () => {
  const { realtime, next } = await connectVendor();
  const refused = next("error");
  realtime.send({ type: "session.update", session: { turn_detection: { threshold: 2 } } });
  expect((await refused).error).toMatchObject({ param: "session.turn_detection.threshold" });
  const text = next("response.text.done");
  const content = [{ type: "input_text" as const, text: "Hello." }];
  realtime.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  realtime.send({ type: "response.create", response: { modalities: ["text"] } });
  expect(STORY.startsWith((await text).text)).toBe(true);
  realtime.close();
});

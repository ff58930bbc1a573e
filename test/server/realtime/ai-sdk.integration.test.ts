/** The AI SDK's Realtime model, unchanged, as its server-side connections use it: it writes and reads the events of a `ws` socket. */
import { once } from "node:events";
import { createOpenAI } from "@ai-sdk/openai";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
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

type Model = ReturnType<ReturnType<typeof createOpenAI>["experimental_realtime"]>;
type ClientEvent = Parameters<Model["serializeClientEvent"]>[0];
type ServerEvent = Extract<ReturnType<Model["parseServerEvent"]>, { type: string }>;
type SessionConfig = Extract<ClientEvent, { type: "session-update" }>["config"];

async function connect(config: Partial<SessionConfig> = {}) {
  const model = createOpenAI({ apiKey: "any", baseURL: stage().url }).experimental_realtime("gpt-realtime");
  const { url, headers } = await model.getServerWebSocketConfig!();
  const socket = new WebSocket(url, { headers: headers as Record<string, string> });
  const events: ServerEvent[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data) => {
    events.push(...[model.parseServerEvent(JSON.parse(data.toString()))].flat());
    for (const look of waiting) look();
  });
  await once(socket, "open");
  const send = (event: ClientEvent) => socket.send(JSON.stringify(model.serializeClientEvent(event)));
  const until = <T extends ServerEvent["type"]>(
    type: T,
    fits: (event: Extract<ServerEvent, { type: T }>) => boolean = () => true,
  ) =>
    new Promise<Extract<ServerEvent, { type: T }>>((resolve) => {
      let seen = 0;
      const look = () => {
        for (const event of events.slice(seen) as Extract<ServerEvent, { type: T }>[])
          if (event.type === type && fits(event)) resolve(event);
        seen = events.length;
      };
      waiting.add(look);
      look();
    });
  const speak = (turn: Buffer) => {
    for (const piece of piecesOf(turn)) send({ type: "input-audio-append", audio: piece.toString("base64") });
  };
  send({
    type: "session-update",
    config: {
      instructions: "Be brief.",
      voice: "marin",
      outputModalities: ["audio"],
      inputAudioFormat: { type: "audio/pcm", rate: 24_000 },
      outputAudioFormat: { type: "audio/pcm", rate: 24_000 },
      inputAudioTranscription: {},
      turnDetection: { type: "server-vad", silenceDurationMs: 500 },
      ...config,
    },
  });
  await until("session-updated");
  return { socket, events, send, until, speak };
}

test("[R5] the AI SDK's model holds a spoken turn with a function's round trip", async () => {
  const parameters = { type: "object" as const, properties: { city: { type: "string" as const } } };
  const tools = [{ type: "function" as const, name: "get_weather", description: "Weather.", parameters }];
  const { socket, events, send, until, speak } = await connect({ tools });
  speak(firstTurn());
  const call = await until("function-call-arguments-done");
  expect([call.name, call.arguments]).toEqual(["get_weather", '{"city":"Oslo"}']);
  await until("response-done");
  send({
    type: "conversation-item-create",
    item: { type: "function-call-output", callId: call.callId, name: "get_weather", output: "rain" },
  });
  send({ type: "response-create" });
  expect((await until("audio-transcript-done")).transcript).toBe(WEATHER);
  await until("audio-delta");
  expect((await until("input-transcription-completed")).transcript).toBe(HEARD);
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  const done = events.find((event) => event.type === "response-done");
  expect(done).toMatchObject({ status: "completed", usage: { inputTokens: 11 } });
  socket.close();
});

test("[B1][B4] speech over a reply stops it, and the conversation keeps what the AI SDK says was played", async () => {
  const { socket, events, send, until, speak } = await connect();
  speak(firstTurn());
  const enough = twoSeconds();
  const { itemId } = await until("audio-delta", ({ delta }) => enough(delta));
  const earlier = new Set(events);
  speak(secondTurn().subarray(0, 48_000));
  await until("speech-started", (event) => !earlier.has(event));
  send({ type: "conversation-item-truncate", itemId, contentIndex: 0, audioEndMs: 1500 });
  speak(secondTurn().subarray(48_000));
  const [said = "", ...more] = await stage().spokenBeforeSecondTurn();
  expect(more).toEqual([]);
  expect(STORY).toMatch(new RegExp(`^${said.replaceAll(/[.?*]/g, "\\$&")} `));
  expect(said.split(" ").length).toBeLessThan(9);
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  socket.close();
});

/** The vendor's Agents SDK, unchanged, over its WebSocket transport. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { expect, test } from "vitest";
import { z } from "zod";
import { firstTurn, HEARD, piecesOf, STORY, secondTurn, sharedClientStage, WEATHER } from "./client-stage.ts";

const stage = sharedClientStage();

/** A connected session, its errors, and a wait for the next event that fits. */
async function connect(agent: RealtimeAgent) {
  const url = `${stage().url.replace("http", "ws")}/realtime`;
  const transport = new OpenAIRealtimeWebSocket({ url });
  const session = new RealtimeSession(agent, {
    transport,
    model: "gpt-realtime",
    config: { audio: { input: { turnDetection: { type: "server_vad", silenceDurationMs: 500 } } } },
  });
  const errors: unknown[] = [];
  session.on("error", (error) => errors.push(error));
  const until = (type: string) =>
    new Promise<void>((resolve) => transport.on("*", (event) => event.type === type && resolve()));
  await session.connect({ apiKey: "any" });
  const speak = (turn: Buffer) => {
    for (const piece of piecesOf(turn)) session.sendAudio(new Uint8Array(piece).buffer);
  };
  return { session, errors, until, speak };
}

test("[R5] the Agents SDK holds a spoken turn, calls a tool, and hears the answer", async () => {
  const asked: string[] = [];
  const weather = tool({
    name: "get_weather",
    description: "The weather of a city.",
    parameters: z.object({ city: z.string() }),
    async execute({ city }) {
      asked.push(city);
      return "rain";
    },
  });
  const agent = new RealtimeAgent({ name: "guide", instructions: "Be brief.", tools: [weather] });
  const { session, errors, until, speak } = await connect(agent);
  let audioBytes = 0;
  session.on("audio", (event) => {
    audioBytes += event.data.byteLength;
  });
  const answered = until("response.output_audio_transcript.done");
  speak(firstTurn());
  await answered;
  expect(errors).toEqual([]);
  expect(asked).toEqual(["Oslo"]);
  expect(audioBytes).toBeGreaterThan(10_000);
  const history = JSON.stringify(session.history);
  expect(history).toContain(WEATHER);
  expect(history).toContain(HEARD);
  session.close();
});

test("[B1][B4] speech over a reply interrupts the Agents SDK's playback, and the conversation keeps what it had played", async () => {
  const { session, errors, until, speak } = await connect(new RealtimeAgent({ name: "guide" }));
  const interrupted = new Promise<void>((resolve) => session.on("audio_interrupted", () => resolve()));
  const heard = new Promise<void>((resolve) => session.on("audio", () => resolve()));
  speak(firstTurn());
  await heard;
  const truncated = until("conversation.item.truncated");
  speak(secondTurn());
  await interrupted;
  await truncated;
  const [said = "", ...more] = await stage().spokenBeforeSecondTurn();
  expect(more).toEqual([]);
  expect(STORY.startsWith(said)).toBe(true);
  expect(said.length).toBeLessThan(STORY.length / 2);
  expect(errors).toEqual([]);
  session.close();
});

/** The vendor's Agents SDK, unchanged, over its WebSocket transport: a spoken turn with a tool's round trip. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openScope } from "../../../src/lib/scope.ts";
import { joinPcm, pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openSession } from "../../../src/session/actor.ts";
import { recording, silence } from "../../support/session.ts";
import { type TestServer, testServer } from "../support.ts";

const scope = openScope();
let server: TestServer;

beforeAll(async () => {
  const call = { callId: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' };
  const engines = {
    transcriber: scriptedTranscriber(["What is the weather in Oslo?"]),
    replyModel: scriptedReplyModel([{ toolCalls: [call] }, "It rains in Oslo."]),
    synthesizer: scriptedSynthesizer(),
  };
  const persona = findPersona("kuku");
  if (!persona) throw new Error("no persona");
  const log = openLog("silent");
  server = await testServer({
    open: ({ link, extension }) =>
      openSession({ link, persona, extended: extension, engines, clock: systemClock, log, scope }),
  });
});

afterAll(async () => {
  scope.cancel("draining");
  await server.dispose();
});

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
  const transport = new OpenAIRealtimeWebSocket({ url: `${server.url.replace("http", "ws")}/v1/realtime` });
  const session = new RealtimeSession(agent, {
    transport,
    model: "gpt-realtime",
    config: { audio: { input: { turnDetection: { type: "server_vad", silenceDurationMs: 500 } } } },
  });
  const errors: unknown[] = [];
  let audioBytes = 0;
  session.on("error", (error) => errors.push(error));
  session.on("audio", (event) => {
    audioBytes += event.data.byteLength;
  });
  const answered = new Promise<void>((resolve) => {
    transport.on("*", (event) => {
      if (event.type === "response.output_audio_transcript.done") resolve();
    });
  });
  await session.connect({ apiKey: "any" });
  const audio = pcmToBytes(joinPcm([recording("goal-rms"), silence(1000)]));
  for (let at = 0; at < audio.length; at += 4800)
    session.sendAudio(audio.slice(at, at + 4800).buffer as ArrayBuffer);
  await answered;
  expect(errors).toEqual([]);
  expect(asked).toEqual(["Oslo"]);
  expect(audioBytes).toBeGreaterThan(10_000);
  expect(JSON.stringify(session.history)).toContain("It rains in Oslo.");
  session.close();
});

/** Mastra's Realtime voice, unchanged. */
import { OpenAIRealtimeVoice } from "@mastra/voice-openai-realtime";
import { expect, test } from "vitest";
import { z } from "zod";
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

function open() {
  const url = `${stage().url.replace("http", "ws")}/realtime`;
  const voice = new OpenAIRealtimeVoice({ apiKey: "any", url, model: "gpt-realtime", speaker: "marin" });
  const errors: unknown[] = [];
  voice.on("error", (error) => errors.push(error));
  const next = (event: string, fits: (data: Record<string, string>) => boolean = () => true) =>
    new Promise<Record<string, string>>((resolve) =>
      voice.on(event, (data: unknown) => {
        if (fits(data as Record<string, string>)) resolve(data as Record<string, string>);
      }),
    );
  const speak = async (turn: Buffer) => {
    for (const piece of piecesOf(turn)) await voice.send(new Int16Array(new Uint8Array(piece).buffer));
  };
  return { voice, errors, next, speak };
}

test("[R5] Mastra's voice holds a spoken turn with a function's round trip", async () => {
  const { voice, errors, next, speak } = open();
  const asked: string[] = [];
  voice.addTools({
    get_weather: {
      id: "get_weather",
      description: "The weather of a city.",
      inputSchema: z.object({ city: z.string() }),
      async execute({ city }: { city: string }) {
        asked.push(city);
        return "rain";
      },
    } as never,
  });
  const written: Record<string, string> = { user: "", assistant: "" };
  voice.on("writing", ({ text, role }: { text: string; role: string }) => {
    written[role] += text;
  });
  await voice.connect();
  await next("session.updated");
  const spoken = next("speaking.done");
  await speak(firstTurn());
  await spoken;
  expect(asked).toEqual(["Oslo"]);
  expect(written.assistant).toContain(WEATHER);
  expect(written.user).toContain(HEARD);
  expect(errors).toEqual([]);
  voice.disconnect();
});

test("[B1][B4] speech over a reply stops it, and the conversation keeps what the client says was played", async () => {
  const { voice, errors, next, speak } = open();
  await voice.connect();
  await next("session.updated");
  const enough = twoSeconds();
  const begun = next("openAIRealtime:response.output_audio.delta", ({ delta = "" }) => enough(delta));
  await speak(firstTurn());
  const { item_id } = await begun;
  const stopped = next("input_audio_buffer.speech_started");
  await speak(secondTurn().subarray(0, 48_000));
  await stopped;
  voice.sendEvent("conversation.item.truncate", { item_id, content_index: 0, audio_end_ms: 1500 });
  await speak(secondTurn().subarray(48_000));
  const [said = "", ...more] = await stage().spokenBeforeSecondTurn();
  expect(more).toEqual([]);
  expect(STORY.startsWith(`${said} `)).toBe(true);
  expect(said.split(" ").length).toBeLessThan(9);
  expect(errors).toEqual([]);
  voice.disconnect();
});

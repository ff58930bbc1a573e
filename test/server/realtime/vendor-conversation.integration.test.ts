/** The vendor's client library, unchanged: a function called in a spoken turn, and speech over a reply. */
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { expect, test } from "vitest";
import {
  firstTurn,
  piecesOf,
  STORY,
  secondTurn,
  sharedClientStage,
  twoSeconds,
  WEATHER,
} from "./client-stage.ts";

const stage = sharedClientStage({ tls: true });

type EventOf<T extends RealtimeServerEvent["type"]> = Extract<RealtimeServerEvent, { type: T }>;

async function connect() {
  const openai = new OpenAI({ apiKey: "any", baseURL: stage().url });
  const options = { model: "gpt-realtime", options: { rejectUnauthorized: false } };
  const realtime = new OpenAIRealtimeWS(options, openai);
  const errors: unknown[] = [];
  realtime.on("error", (error) => errors.push(error));
  const next = <T extends RealtimeServerEvent["type"]>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
  ) =>
    new Promise<EventOf<T>>((resolve) =>
      realtime.on("event", (event) => {
        if (event.type === type && fits(event as EventOf<T>)) resolve(event as EventOf<T>);
      }),
    );
  await next("session.created");
  const speak = (turn: Buffer) => {
    for (const piece of piecesOf(turn))
      realtime.send({ type: "input_audio_buffer.append", audio: piece.toString("base64") });
  };
  return { realtime, errors, next, speak };
}

test("[R5] a function is called in a spoken turn, and its result is spoken about", async () => {
  const { realtime, errors, next, speak } = await connect();
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  realtime.send({
    type: "session.update",
    session: { type: "realtime", tools: [{ type: "function", name: "get_weather", parameters }] },
  });
  await next("session.updated");
  const called = next("response.function_call_arguments.done");
  const ended = next("response.done");
  speak(firstTurn());
  const { call_id, name, arguments: given } = await called;
  expect([name, JSON.parse(given)]).toEqual(["get_weather", { city: "Oslo" }]);
  expect((await ended).response.output?.map(({ type }) => type)).toEqual(["function_call"]);
  const item = { type: "function_call_output" as const, call_id, output: "rain" };
  realtime.send({ type: "conversation.item.create", item });
  realtime.send({ type: "response.create" });
  const answered = await next("response.output_audio_transcript.done");
  expect(answered.transcript).toBe(WEATHER);
  expect(errors).toEqual([]);
  realtime.close();
});

test("[B1][B4] speech over a reply stops it, and the conversation keeps the words that the client says were played", async () => {
  const { realtime, errors, next, speak } = await connect();
  const enough = twoSeconds();
  const begun = next("response.output_audio.delta", ({ delta }) => enough(delta));
  const cut = next("input_audio_buffer.speech_started", ({ audio_start_ms }) => audio_start_ms > 5000);
  const ended = next("response.done");
  speak(firstTurn());
  const { item_id } = await begun;
  speak(secondTurn().subarray(0, 48_000));
  await cut;
  const cutItem = next("conversation.item.truncated");
  realtime.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 1500 });
  speak(secondTurn().subarray(48_000));
  const [truncated, { response }] = await Promise.all([cutItem, ended]);
  const [said = "", ...more] = await stage().spokenBeforeSecondTurn();
  expect([truncated.item_id, truncated.audio_end_ms, more]).toEqual([item_id, 1500, []]);
  expect(response.status).toBe("cancelled");
  expect(STORY).toMatch(new RegExp(`^${said.replaceAll(/[.?*]/g, "\\$&")} `));
  // Five words or so in a second and a half.
  expect(said.split(" ").length).toBeGreaterThan(2);
  expect(said.split(" ").length).toBeLessThan(9);
  expect(errors).toEqual([]);
  realtime.close();
});

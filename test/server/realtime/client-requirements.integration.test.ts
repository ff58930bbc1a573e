/** The composed server's events in every kind of turn, against what the clients in use require of them. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { joinPcm, pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { recording, silence } from "../../support/session.ts";
import { testStorage } from "../../support/test-database.ts";
import { openUpstream } from "../../support/upstream/upstream.ts";
import { type AnyEvent, type Client, testServer } from "../support.ts";
import { clientRequirements, type Kind } from "./client-requirements.ts";

const speech = readFileSync("test/fixtures/speech/fox-slt.wav").subarray(44, 96_044);
const closers: (() => Promise<void>)[] = [];
/** Every event of the session, in order. */
const events: AnyEvent[] = [];
/** The last event of each kind of turn. */
const ended: Record<string, AnyEvent> = {};

const sentence = "What matters most to you this week? Take all the time that you need for it.";
const call = { id: "call_1", name: "get_weather", arguments: "{}" };

beforeAll(async () => {
  const fake = await openUpstream({
    transcriptions: ({ call: n }) => (n < 2 ? "I have too much to do." : { text: "", status: 400 }),
    chat: ({ request }) => {
      const asked = JSON.stringify(request.body.messages);
      if (asked.includes("fail now")) return { status: 400, error: { message: "no" } };
      if (asked.includes("be slow")) return { text: sentence, stallAfter: 1 };
      return asked.includes("call it") && !asked.includes("sunny") ? { toolCalls: [call] } : sentence;
    },
    speech: [{}],
  });
  const config = readConfig({
    OPENAI_API_KEY: "sk-any",
    OPENAI_BASE_URL: fake.baseUrl,
    ...(await testStorage()),
  });
  const composed = await compose(config, { clock: systemClock, log: openLog("silent") });
  const server = await testServer({ open: composed.openSession });
  closers.push(
    () => fake.close(),
    () => composed.close(),
    () => server.dispose(),
  );
  await play(await server.connect({ path: "/v1/realtime?model=gpt-realtime&temperature=0.8" }));
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

/** Plays every kind of turn, and keeps all that is sent. */
async function play(client: Client): Promise<void> {
  const until = async (type: string): Promise<AnyEvent> => {
    for (;;) {
      const event = (await client.next()) as AnyEvent;
      events.push(event);
      if (event.type === type) return event;
    }
  };
  const update = (input: object) =>
    client.send({ type: "session.update", session: { type: "realtime", audio: { input } } });
  const say = (text: string) =>
    client.send({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
    });
  const answered = async (name: string, response: object = {}) => {
    client.send({ type: "response.create", response });
    const done = await until("response.done");
    ended[name] = done;
    return done;
  };

  await until("session.created");
  update({
    transcription: { model: "whisper-1" },
    noise_reduction: { type: "near_field" },
    turn_detection: { type: "server_vad", silence_duration_ms: 500 },
  });
  await until("session.updated");
  const spoken = pcmToBytes(joinPcm([recording("goal-rms"), silence(1000)]));
  for (let at = 0; at < spoken.length; at += 4800)
    client.send({
      type: "input_audio_buffer.append",
      audio: Buffer.from(spoken.subarray(at, at + 4800)).toString("base64"),
    });
  ended.spoken = await until("response.done");
  const heard = events.find((event) => event.type === "conversation.item.added")?.item.id;
  const said = ended.spoken.response.output[0].id;
  client.send({ type: "conversation.item.truncate", item_id: said, content_index: 0, audio_end_ms: 500 });
  await until("conversation.item.truncated");
  client.send({ type: "conversation.item.retrieve", item_id: heard });
  await until("conversation.item.retrieved");

  update({ turn_detection: null });
  await until("session.updated");
  say("Hello.");
  await answered("typed", { instructions: null, metadata: { client_event_id: "mine" } });
  await answered("text", { output_modalities: ["text"] });
  await answered("outOfBand", { conversation: "none", output_modalities: ["text"] });

  client.send({
    type: "session.update",
    session: {
      type: "realtime",
      tools: [{ type: "function", name: call.name, parameters: { type: "object" } }],
    },
  });
  say("Please call it.");
  await answered("functionCall");
  client.send({
    type: "conversation.item.create",
    item: { type: "function_call_output", call_id: call.id, output: "sunny" },
  });
  await answered("calledBack");

  say("Now be slow.");
  client.send({ type: "response.create" });
  await until("response.created");
  client.send({ type: "response.cancel" });
  ended.cancelled = await until("response.done");
  client.send({ type: "response.cancel" });
  await until("error");
  say("Now fail now.");
  await answered("failed");

  client.send({ type: "conversation.item.delete", item_id: heard });
  await until("conversation.item.deleted");
  client.send({ type: "input_audio_buffer.append", audio: speech.toString("base64") });
  client.send({ type: "input_audio_buffer.commit" });
  await until("conversation.item.input_audio_transcription.completed");
  client.send({ type: "input_audio_buffer.append", audio: speech.toString("base64") });
  client.send({ type: "input_audio_buffer.commit" });
  await until("conversation.item.input_audio_transcription.failed");
  client.send({ type: "input_audio_buffer.clear" });
  await until("input_audio_buffer.cleared");
}

/** What stands at a path of an event: each entry of a list where it says `[]`. */
function valuesAt(event: unknown, path: string): unknown[] {
  const steps = path.replaceAll("[]", ".[]").split(".");
  return steps.reduce<unknown[]>(
    (found, step) =>
      step === "[]"
        ? found.flatMap((each) => (Array.isArray(each) ? each : [undefined]))
        : found.map((each) => (each as AnyEvent | null | undefined)?.[step]),
    [event],
  );
}

const fits: Record<Kind, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  int: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  list: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  json: (value) => typeof value === "string" && fits.object(JSON.parse(value)),
  present: (value) => value !== undefined,
};

describe.each(clientRequirements)("[S14] $client ($source)", ({ requires }) => {
  test.each(requires.map((each) => [each.event, each.when?.join(" = ") ?? "always", each] as const))(
    "%s, %s",
    (_event, _when, { event: type, when, fields }) => {
      const found = events.filter(
        (event) => event.type === type && (!when || valuesAt(event, when[0])[0] === when[1]),
      );
      expect(found.length, `no ${type} was sent`).toBeGreaterThan(0);
      for (const event of found)
        for (const field of fields) {
          const [path = "", kind] = field.split(" ") as [string, Kind];
          expect(valuesAt(event, path).every(fits[kind]), `${path} of ${JSON.stringify(event)}`).toBe(true);
        }
    },
  );
});

test.each(clientRequirements.filter(({ knowsOnly }) => knowsOnly !== undefined))(
  "[S14] $client is sent no event that it does not know",
  ({ knowsOnly }) => {
    expect(events.map(({ type }) => type).filter((type) => !knowsOnly?.includes(type))).toEqual([]);
  },
);

test("[R10] every kind of turn ends with its status, its details and its tokens", () => {
  const figures = Object.entries(ended).map(([name, { response }]) => [
    name,
    response.status,
    response.status_details.type,
    response.usage.total_tokens > 0,
    response.usage.input_token_details.text_tokens === response.usage.input_tokens,
    response.conversation_id === null,
  ]);
  expect(figures).toEqual([
    ["spoken", "completed", "completed", true, true, false],
    ["typed", "completed", "completed", true, true, false],
    ["text", "completed", "completed", true, true, false],
    ["outOfBand", "completed", "completed", true, true, true],
    ["functionCall", "completed", "completed", true, true, false],
    ["calledBack", "completed", "completed", true, true, false],
    ["cancelled", "cancelled", "cancelled", false, true, false],
    ["failed", "failed", "failed", false, true, false],
  ]);
  const created = events.filter(({ type }) => type === "response.created");
  expect(created.length).toBe(figures.length);
  for (const { response } of created)
    expect(response).toMatchObject({ status: "in_progress", status_details: null, usage: null });
  expect(created[1]?.response.metadata).toEqual({ client_event_id: "mine" });
});

test("[R9] no error is sent that the client did not provoke: Pipecat ends at any other", () => {
  const codes = events.filter(({ type }) => type === "error").map(({ error }) => error.code);
  expect(codes).toEqual(["response_cancel_not_active"]);
});

test("[R3] a cancel with nothing to cancel is told by the words that LiveKit's clients pass over", () => {
  const refused = events.find(
    ({ type, error }) => type === "error" && error.code === "response_cancel_not_active",
  );
  expect(refused?.error.message).toMatch(/^Cancellation failed/);
});

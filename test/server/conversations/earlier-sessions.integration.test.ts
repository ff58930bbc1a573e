/** A whole conversation over the socket, on the composed server and its database: said, ended, reported, remembered. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testDataDir } from "../../support/test-database.ts";
import { Client } from "../support.ts";

let composed: Composition;
let server: RunningServer;
const log = openLog("silent");

beforeAll(async () => {
  const config = readConfig({
    PORT: "0",
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "embedded",
    SYNTHESIZER: "scripted",
    DATA_DIR: testDataDir(),
  });
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, ...composed });
});
afterAll(async () => {
  await server.stop();
  await composed.close();
});

async function connect(query = ""): Promise<Client> {
  const client = new Client(
    new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime${query}`, ["kuku.v1"]),
  );
  await client.opened;
  return client;
}

const say = (client: Client, text: string) => {
  client.send({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
  });
  client.send({ type: "response.create" });
};

test("[CE3] [FL12] [FL17] a conversation that ends on a yes is reported, and the next one opens with what it left open", async () => {
  const first = await connect();
  const { session } = await first.event("session.created");
  first.send({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  for (const text of [
    "I want to sleep better, that is my topic.",
    "My goal is eight hours a night.",
    "I will put my phone in the kitchen tomorrow evening.",
    "Let's wrap up.",
    "Yes, please.",
  ]) {
    say(first, text);
    await first.event("response.done");
  }
  const report = await first.event("coach.report");
  expect(report.text).toContain("ACTION PLAN:\n1. ");
  expect(report.actions[0].text).toMatch(/phone/);
  expect((await first.closed).code).toBe(1000);

  // The report is stored behind the session's end.
  let greeting = "";
  for (let tries = 0; !/phone/.test(greeting) && tries < 50; tries++) {
    const second = await connect();
    await second.event("session.created");
    second.send({ type: "session.update", session: { type: "realtime" } });
    greeting = (await second.event("response.output_audio_transcript.done")).transcript;
    second.ws.terminate();
  }
  expect(greeting).toMatch(/phone/);
  const listed = await fetch(`${server.url}/api/sessions?status=ended`).then((answer) => answer.json());
  expect(listed.data.sessions.at(-1)).toMatchObject({ title: "Eight hours a night" });
  const one = await fetch(`${server.url}/api/sessions/${session.id}`).then((answer) => answer.json());
  expect(one.data).toMatchObject({ title: "Eight hours a night" });
});

test("[ST2] [RS1] what is said is saved, and a socket that comes back goes on", async () => {
  const first = await connect();
  const { session } = await first.event("session.created");
  const { token } = await first.event("kuku.resumable");
  first.send({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  say(first, "Are you there?");
  const saved = await first.event("kuku.saved");
  first.ws.terminate();
  const again = await connect(`?resume=${token}&last_event=${saved.event_id}`);
  expect(await again.event("kuku.resumed")).toMatchObject({ complete: true });
  expect((await again.event("session.updated")).session.id).toBe(session.id);
  say(again, "And now?");
  await again.event("response.done");
  again.ws.close();
});

test("[RS4] a session of nobody, or a token of none, is refused", async () => {
  const refused = async (query: string) => {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime${query}`, ["kuku.v1"]);
    return new Promise((resolve) => {
      ws.on("unexpected-response", (_, response) => resolve(response.statusCode));
      ws.on("error", () => {});
    });
  };
  expect(await refused("?session_id=session-0198c1f2-0000-7000-8000-000000000000")).toBe(404);
  expect(await refused("?session_id='; drop table sessions")).toBe(404);
  expect(await refused("?resume=abc")).toBe(404);
  expect(await refused("?resume=abc&session_id=x")).toBe(400);
  expect(await refused("?last_event=x")).toBe(400);
  expect(await refused("?resume=abc&audio_from=three")).toBe(400);
});

test("[RS3] a client that closes with 1000 has ended its session, long before its grace time", async () => {
  const client = await connect();
  const { session } = await client.event("session.created");
  client.ws.close(1000);
  let status = "";
  while (status !== "ended") {
    const answer = await fetch(`${server.url}/api/sessions/${session.id}`);
    status = answer.ok ? (await answer.json()).data.status : "ended";
  }
});

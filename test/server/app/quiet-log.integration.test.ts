/** What the log of a real server says at `warn` and above of conversations in which nothing goes wrong: nothing. */
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readWav } from "../../../src/client/wav.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { listen } from "../../client/listener.ts";
import { ask, audioForm, begin, fixture } from "../../support/rest.ts";
import { testDataDir } from "../../support/test-database.ts";

const logged: Record<string, unknown>[] = [];
const complaints = () => logged.filter(({ level }) => ["warn", "error", "fatal"].includes(level as string));
let composed: Composition;
let server: RunningServer;

beforeAll(async () => {
  const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line)) });
  const config = readConfig({
    PORT: "0",
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "scripted",
    SYNTHESIZER: "scripted",
    RESUME_GRACE_SECONDS: "1",
    DATA_DIR: testDataDir(),
  });
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, ...composed });
});
let stopped: Promise<void> | undefined;
const stop = () => {
  stopped ??= server.stop().then(() => composed.close());
  return stopped;
};
afterAll(stop);

const report = async (id: string) => (await ask(server, `GET /api/sessions/${id}/report`)).status;

test("an ordinary conversation over the socket", async () => {
  const client = await listen(`${server.url.replace("http", "ws")}/v1/realtime`, { persona: "kuku" });
  await client.sends("response.done");
  client.connection.updateSession({
    type: "realtime",
    audio: { input: { turn_detection: null } },
    kuku: { record: true },
  });
  await client.sends("session.updated");
  client.connection.sendAudio(readWav(fixture("speech/fox-slt.wav")).pcm);
  client.connection.commit();
  client.connection.createResponse();
  await client.sends("response.done", 2);
  client.connection.sendText("And a typed one.");
  client.connection.createResponse();
  await client.sends("response.done", 3);
  client.connection.close();
  await client.connection.closed;
  const { id } = client.connection.session;
  await report(id ?? "");
  await expect.poll(async () => (await fetch(`${server.url}/api/sessions/${id}/recording`)).status).toBe(200);
  expect(complaints()).toEqual([]);
});

test("an ordinary conversation over REST, its audio heard whole, in parts, and broken off", async () => {
  const id = await begin(server);
  const spoken = await ask(server, `POST /api/sessions/${id}/messages`, {
    form: audioForm(fixture("uploads/speech.mp3")),
  });
  expect(spoken.status).toBe(200);
  await ask(server, `POST /api/sessions/${id}/messages`, { json: { text: "And a typed one." } });
  const { messages } = (await ask(server, `GET /api/sessions/${id}/messages`)).body.data;
  const urls: string[] = messages.flatMap(({ audioUrl }: { audioUrl?: string }) => audioUrl ?? []);
  expect(urls.length).toBeGreaterThan(1);
  for (const path of urls) {
    const url = `${server.url}${path}`;
    const whole = await fetch(url);
    expect((await whole.arrayBuffer()).byteLength).toBeGreaterThan(1000);
    expect((await fetch(url, { headers: { range: "bytes=0-99" } })).status).toBe(206);
    expect((await fetch(url, { headers: { range: "bytes=999999999-" } })).status).toBe(416);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    const broken = await fetch(url);
    for await (const _ of Readable.fromWeb(broken.body as Parameters<typeof Readable.fromWeb>[0])) break;
  }
  expect((await fetch(`${server.url}/audio/${"0".repeat(40)}.wav`)).status).toBe(404);
  expect((await ask(server, `POST /api/sessions/${id}/end`)).status).toBe(200);
  expect((await ask(server, `POST /api/sessions/${id}/rating`, { json: { rating: 5 } })).status).toBe(200);
  expect(await report(id)).toBe(200);
  expect((await ask(server, `GET /api/sessions/${id}/recording`)).status).toBe(404);
  // Begun and ended without a word, and a recording that is none: nothing that the operator can do anything about.
  const mute = await begin(server);
  await ask(server, `POST /api/sessions/${mute}/end`);
  await report(mute);
  const other = await begin(server);
  const refused = await ask(server, `POST /api/sessions/${other}/messages`, {
    form: audioForm(fixture("speech/not-audio.wav")),
  });
  expect(refused.status).toBe(415);
  expect(complaints()).toEqual([]);
});

test("its being stopped, with a client still there", async () => {
  const client = await listen(`${server.url.replace("http", "ws")}/v1/realtime`);
  await client.sends("response.created");
  await stop();
  client.connection.close();
  expect(complaints()).toEqual([]);
  expect(logged.filter(({ msg }) => msg === "request").length).toBeGreaterThan(10);
});

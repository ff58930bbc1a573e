/** A client of the real server that loses its socket, or its server, in the middle of things, and goes on. */
import { readFileSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readWav } from "../../../src/client/wav.ts";
import { type Cuttable, openCuttable } from "../../client/cuttable.ts";
import { listen } from "../../client/listener.ts";
import { reservePort } from "../../support/reserve-port.ts";
import { testDatabase, testDataDir } from "../../support/test-database.ts";
import { type Served, serve } from "../../web/serve.ts";

const folder = testDataDir();
const folder2 = testDataDir();
/** Real ears; what is said is the same each time, to the sample. */
const engines = { REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
/** A machine under load takes its time to start a server. */
const patient = { ...engines, RESUME_GRACE_SECONDS: "600" };
let server: Served;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  server = await serve(folder, engines);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await server.stop();
  for (const each of [folder, folder2]) rmSync(each, { recursive: true, force: true });
});

const portOf = (served: Served) => Number(new URL(served.url).port);
const fox = readWav(readFileSync("test/fixtures/speech/fox-slt.wav")).pcm;
const text = "The quick brown fox jumps over the lazy dog.";
type Listener = Awaited<ReturnType<typeof listen>>;

async function line(port: number): Promise<Cuttable> {
  const cuttable = await openCuttable(port);
  closing.push(cuttable.close);
  return cuttable;
}

async function reader(url: string): Promise<Listener> {
  const client = await listen(url, { persona: "reader" });
  closing.push(client.connection.close);
  client.connection.updateSession({
    type: "realtime",
    audio: { input: { turn_detection: null, transcription: {} } },
    kuku: { drill: { text } },
  });
  return client;
}

/** Speaks a recording in pieces, with something done at one of them. */
function speak({ connection }: Listener, pcm: Int16Array, at = -1, then = () => {}) {
  for (let start = 0, piece = 0; start < pcm.length; start += 480, piece++) {
    if (piece === at) then();
    expect(connection.sendAudio(pcm.subarray(start, start + 480))).toBe(true);
  }
}

/** A greeting and a reading, cut where it is told to be: what was heard, and every sample said. */
async function read(cut?: Cuttable) {
  const client = await reader(cut?.url ?? server.socketUrl);
  const returns = (count: number) =>
    client.until(() => client.states.filter((state) => state === "connected").length > count);
  await client.until(() => client.samples(1) > 2_000);
  cut?.cut();
  await client.sends("response.done");
  speak(client, fox, 80, () => cut?.cut());
  client.connection.commit();
  client.connection.createResponse();
  if (cut) await returns(2);
  await client.until(() => client.samples(2) > 2_000);
  cut?.cut();
  await client.sends("response.done", 2);
  if (cut) await returns(3);
  const { words, outcome } = client.of("coach.drill").at(-1) ?? {};
  return { client, words, outcome };
}

test("[RS1] a socket cut in the middle of what either side says loses nothing and brings nothing twice", async () => {
  const whole = await read();
  const cut = await line(portOf(server));
  const { client, words, outcome } = await read(cut);
  expect(cut.connections).toBe(4);
  expect(client.of("kuku.resumed").map((event) => event.complete)).toEqual([true, true, true]);
  expect(client.faults).toEqual([]);
  expect(client.states.slice(0, 3)).toEqual(["connected", "reconnecting", "connected"]);
  for (const number of [1, 2]) expect(client.audio.get(number)).toEqual(whole.client.audio.get(number));
  expect(outcome).toBe("read_well");
  expect(words).toEqual(whole.words);
  const ids = client.events.map((event) => event.event_id);
  expect(new Set(ids).size).toBe(ids.length);
  const types = (each: Listener) =>
    each.events.map((event) => event.type).filter((type) => /^response\.(created|done)|committed/.test(type));
  expect(types(client)).toEqual(types(whole.client));
  expect(client.of("error")).toEqual([]);
});

/** What the person sees. */
const shown = ({ turns }: Listener) =>
  turns.turns.map(({ utterance, reply }) => [utterance?.drill?.words, utterance?.text, reply?.text]);

/** A greeting and two readings. */
async function readTwice(url: string, disasters?: { reply(): Promise<void>; utterance(): Promise<void> }) {
  const client = await reader(url);
  const settled = (turns: number) =>
    client.until(() => client.turns.turns.filter((it) => it.reply?.status === "completed").length === turns);
  await client.sends("response.done");
  const say = () => {
    client.connection.commit();
    client.connection.createResponse();
  };
  speak(client, fox);
  say();
  await client.until(() => client.samples(2) > 36_000);
  await disasters?.reply();
  await settled(2);
  const said = client.turns.turns.at(-1)?.reply?.itemId;
  await client.until(() => client.of("kuku.saved").some((event) => event.item_id === said));
  let over = Promise.resolve();
  speak(client, fox, 80, () => {
    over = disasters?.utterance() ?? over;
  });
  say();
  await over;
  await settled(3);
  return client;
}

let reference: Promise<Listener> | undefined;
const undisturbed = () => {
  reference ??= readTwice(server.socketUrl);
  return reference;
};

test("[RS5][ST4] a server killed in mid-word of either side, and started again, goes on with the same conversation", async () => {
  const whole = await undisturbed();
  const settings = { ...patient, PORT: String(await reservePort()) };
  let mortal = await serve(folder2, settings);
  closing.push(() => mortal.stop());
  const again = async () => {
    await mortal.stop();
    mortal = await serve(folder2, settings);
  };
  const client = await readTwice(mortal.socketUrl, { reply: again, utterance: again });
  expect(shown(client)).toEqual(shown(whole));
  const resumed = client.of("kuku.resumed");
  expect(resumed.map((event) => event.complete)).toEqual([false, false]);
  // The first reading was stored: it is not told again, however many servers there were since.
  expect(resumed[1]?.input_audio_ms).toBeCloseTo((fox.length * 1000) / 24_000, -1);
  // Nor is the drill set back to where it began.
  expect(client.of("session.updated")).toHaveLength(1);
  expect(client.faults).toEqual([]);
  expect(client.of("error")).toEqual([]);
});

test("[RS5][ST5] of two servers on one PostgreSQL, the other takes the session up where the first had it", async () => {
  const whole = await undisturbed();
  const DATABASE_URL = await testDatabase();
  const folders = [testDataDir(), testDataDir()];
  closing.push(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });
  const serveOne = async (each: string) => {
    const node = await serve(each, { ...patient, DATABASE_URL });
    closing.push(node.stop);
    return node;
  };
  const [one, other] = (await Promise.all(folders.map(serveOne))) as [Served, Served];
  const cut = await line(portOf(one));
  const move = async () => {
    cut.lead(portOf(other));
    cut.cut();
  };
  const client = await readTwice(cut.url, { reply: move, utterance: move });
  expect(shown(client)).toEqual(shown(whole));
  // There it stays: the second time nothing had to be told anew.
  expect(client.of("kuku.resumed").map((event) => event.complete)).toEqual([false, true]);
  expect(client.faults).toEqual([]);
  expect(client.of("error")).toEqual([]);
});

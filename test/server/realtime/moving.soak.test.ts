/** Sessions that move to and fro between two living servers while replies are said. */
import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { type Cuttable, openCuttable } from "../../client/cuttable.ts";
import { listen } from "../../client/listener.ts";
import { testDatabase, testDataDir } from "../../support/test-database.ts";
import { type Served, scriptedEngines, serve } from "../../web/serve.ts";

const sessions = 20;
const turns = 4;
/** Of what a turn's reply has, samples: somewhere within, or not even begun. */
const mostSamples = 90_000;
const sentence = "This is a scripted reply: I answer the same to everything.";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Numbers from 0 to 1, the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const portOf = (served: Served) => Number(new URL(served.url).port);

async function twoServers(): Promise<readonly Served[]> {
  const DATABASE_URL = await testDatabase();
  const start = async () => {
    const folder = testDataDir();
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const env = { ...scriptedEngines, DATABASE_URL, RESUME_GRACE_SECONDS: "600" };
    const served = await serve(folder, { ...env, MAX_EVENTS_PER_SECOND: "1000" });
    closing.push(() => served.stop());
    return served;
  };
  return Promise.all([start(), start()]);
}

/** One client's conversation; its line is cut, and led to either server, at random moments of each reply. */
async function talk(servers: readonly Served[], line: Cuttable, random: () => number) {
  const client = await listen(line.url, { persona: "kuku" });
  closing.push(() => client.connection.close());
  const connected = () => client.states.filter((state) => state === "connected").length;
  const answered = (count: number) =>
    client.turns.turns.filter(({ utterance, reply }) => utterance && reply?.status === "completed").length >=
    count;
  const heard = () => [...client.audio.values()].reduce((sum, samples) => sum + samples.length, 0);
  const move = async () => {
    const before = connected();
    line.lead(portOf(servers[Math.floor(random() * servers.length)]!));
    line.cut();
    await client.until(() => connected() > before);
  };
  client.connection.updateSession({ type: "realtime", kuku: { greet: false } });
  await client.sends("session.updated");
  for (let turn = 0; turn < turns; turn++) {
    client.connection.sendText(`Turn ${turn}.`);
    client.connection.createResponse();
    for (let moves = Math.floor(random() * 3); moves > 0; moves--) {
      const at = heard() + Math.floor(random() * mostSamples);
      await client.until(() => heard() >= at || answered(turn + 1));
      await move();
    }
    await client.until(() => answered(turn + 1));
  }
  await client.until(
    () => client.of("kuku.saved").at(-1)?.item_id === client.turns.turns.at(-1)?.reply?.itemId,
  );
  return client;
}

/** The texts of each turn, its coach's items as one. */
function byTurn(messages: readonly { sender: string; text: string }[]): string[][] {
  const found: string[][] = [];
  for (const { sender, text } of messages)
    if (sender === "user") found.push([text, ""]);
    else {
      const last = found.at(-1) ?? [];
      last[1] = `${last[1]} ${text}`.trim();
    }
  return found;
}

test("[RS5][R5] sessions that move between two servers at random: every reply is said once and whole, and stored so", async () => {
  const servers = await twoServers();
  const clients = await Promise.all(
    Array.from({ length: sessions }, async (_, number) => {
      const random = seededRandom(number + 1);
      const line = await openCuttable(portOf(servers[number % 2]!));
      closing.push(line.close);
      return talk(servers, line, random);
    }),
  );
  const expected = Array.from({ length: turns }, (_, turn) => [`Turn ${turn}.`, sentence]);
  for (const client of clients) {
    expect(client.faults).toEqual([]);
    expect(client.of("error")).toEqual([]);
    // A greeting may have been begun before it was declined.
    const shown = client.turns.turns.flatMap(({ utterance, reply }) =>
      utterance ? [[utterance.text, reply?.text]] : [],
    );
    expect(shown).toEqual(expected);
    // A response ends once: by its `response.done`, or with the server that the session has left.
    const open = new Set<string | undefined>();
    for (const event of client.events) {
      if (event.type === "response.created") open.add(event.response.id);
      if (event.type === "response.done") expect(open.delete(event.response.id)).toBe(true);
      if (event.type === "kuku.resumed" && !event.complete) open.clear();
    }
    expect([...open]).toEqual([]);
    const { id } = client.connection.session;
    const answer = await fetch(`${servers[0]?.url}api/sessions/${id}/messages`);
    const { data } = (await answer.json()) as { data: { messages: { sender: string; text: string }[] } };
    expect(byTurn(data.messages)).toEqual(expected);
    // Of a reply of which nothing was heard no empty message is told.
    expect(data.messages.filter((message) => message.text === "")).toEqual([]);
  }
});

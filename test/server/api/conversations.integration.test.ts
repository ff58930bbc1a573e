/** Conversations by requests: long ones, with long answers, with a socket beside them or without. */
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../../src/lib/clock.ts";
import type { PromptItem } from "../../../src/ports/prompt.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { openEngines } from "../../../src/server/app/engines/open-engines.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import type { Engines } from "../../../src/session/session-context.ts";
import { startPostgres } from "../../support/postgres.ts";
import {
  ask,
  audioForm,
  begin,
  fixture,
  forwardedClock,
  type RestServer,
  startRest,
} from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { openUpstream } from "../../support/upstream/upstream.ts";
import { Client } from "../support.ts";

let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await testDatabase();
});
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** More than 20 s at 60 ms a character. */
const answerTo = (said: string) =>
  [said, ...Array.from({ length: 11 }, () => "I have more to say about that.")].join(" ");
const answerMs = 20_000;

/** Answers of 20 s, to each message another. */
const keyless = (): Partial<Engines> => ({
  replyModel: scriptedReplyModel(({ prompt }) => answerTo(prompt.items.findLast(isUser)?.text ?? "")),
  synthesizer: scriptedSynthesizer([{ msPerCharacter: 60 }]),
});
const isUser = (item: PromptItem): item is Extract<PromptItem, { text: string }> => item.role === "user";

async function ofProvider(): Promise<Partial<Engines>> {
  const upstream = await openUpstream({
    chat: ({ request }) => {
      const messages = request.body.messages as { role: string; content: string }[];
      return answerTo(messages.findLast(({ role }) => role === "user")?.content ?? "");
    },
    speech: [{ pieceBytes: 24_000 }],
  });
  const { providers } = readConfig({ OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: upstream.baseUrl });
  const engines = await openEngines(providers, { clock: systemClock, log: openLog("silent") });
  closers.push(upstream.close, engines.close);
  return engines;
}

async function start(engines: Partial<Engines>) {
  const { clock, forward } = forwardedClock();
  const rest = await startRest({ databaseUrl, engines, clock });
  closers.push(() => rest.close());
  const id = await begin(rest.server);
  const say = (text: string) => ask(rest.server, `POST /api/sessions/${id}/messages`, { json: { text } });
  return { rest, id, say, forward };
}

async function join({ server }: RestServer, id: string, protocols = ["kuku.v1"]): Promise<Client> {
  const url = `${server.url.replace("http", "ws")}/v1/realtime?session_id=${id}`;
  const client = new Client(new WebSocket(url, protocols));
  await client.opened;
  return client;
}

const typed = (text: string) => ({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
});

describe("[C6] a conversation of thirty messages whose answers are 20 s long", () => {
  it.each([
    ["with no key", async () => keyless()],
    ["with a provider", ofProvider],
  ])("%s is answered to its end; then a socket joins it", async (_, engines) => {
    const { rest, id, say } = await start(await engines());
    for (let n = 1; n <= 30; n++) {
      const { status, body } = await say(`This is what I say, number ${n}.`);
      expect([n, status]).toEqual([n, 200]);
      expect(body.data.messages[1].text).toBe(answerTo(`This is what I say, number ${n}.`));
    }
    const kept = await rest.store.listAudio(id, "reply");
    expect(kept).toHaveLength(30);
    for (const { durationMs } of kept) expect(durationMs).toBeGreaterThan(answerMs);

    const socket = await join(rest, id);
    const told: string[] = [];
    while (told.length < 60) {
      const { item } = await socket.event("conversation.item.added");
      told.push(item.role);
    }
    expect(told).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? "user" : "assistant")));
    socket.send(typed("And now by socket."));
    socket.send({ type: "response.create" });
    expect((await socket.event("response.done")).response.status).toBe("completed");
    expect((await say("And by request again.")).body.data.messages[1].text).toBe(
      answerTo("And by request again."),
    );
    socket.ws.close();
    await socket.closed;
    expect((await say("And alone.")).body.data.messages[1].text).toBe(answerTo("And alone."));
  });
});

describe("[C6] a session made over REST", () => {
  const live = ({ services }: RestServer, id: string) => services.sessions.live(id);

  it("is put away 30 s after its last answer, however long that was, and taken up again", async () => {
    const { rest, id, say, forward } = await start(keyless());
    for (const text of ["One.", "Two."]) expect((await say(text)).status).toBe(200);
    expect(live(rest, id)?.busy).toBe(false);
    forward(30_000);
    await expect.poll(() => live(rest, id)).toBeUndefined();
    const { body } = await ask(rest.server, `GET /api/sessions/${id}`);
    expect(body.data).toMatchObject({ status: "active", messageCount: 4 });
    expect((await say("Three.")).body.data.messages[1].text).toBe(answerTo("Three."));
  });

  it("answers a request although a socket's player stands", async () => {
    const { rest, id, say } = await start(keyless());
    const socket = await join(rest, id);
    socket.ws.on("message", (data, isBinary) => {
      const event = isBinary ? {} : JSON.parse(data.toString());
      if (event.type !== "response.created") return;
      socket.send({ type: "kuku.playback", response_id: event.response.id, played_ms: 0, state: "paused" });
    });
    await socket.event("session.created");
    for (let n = 1; n <= 3; n++) expect((await say(`Number ${n}.`)).status).toBe(200);
  });

  it("answers a request although somebody spoke when the socket was lost", async () => {
    const { rest, id, say } = await start(keyless());
    const socket = await join(rest, id);
    await socket.event("session.created");
    const speech = Buffer.from(fixture("speech/fox-slt.wav").subarray(44));
    socket.send({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
    for (let at = 0; at < 48_000; at += 960) socket.send(new Uint8Array(speech.subarray(at, at + 960)));
    await socket.event("input_audio_buffer.speech_started");
    socket.ws.close();
    await socket.closed;
    expect((await say("Are you still there?")).status).toBe(200);
    await expect.poll(() => live(rest, id)?.state.user.type).toBe("silent");
  });

  it("answers a request with what is said next where somebody speaks before the reply's first word", async () => {
    const script = [answerTo("First."), { text: "Never.", stallAfter: 0 }, "This answers both."];
    const { rest, id, say } = await start({ ...keyless(), replyModel: scriptedReplyModel(script) });
    expect((await say("First.")).status).toBe(200);
    const socket = await join(rest, id);
    await socket.event("session.created");
    const asked = say("Second.");
    await socket.event("response.created");
    const speech = Buffer.concat([fixture("speech/fox-slt.wav").subarray(44), Buffer.alloc(240_000)]);
    for (let at = 0; at < speech.length; at += 9_600) socket.send(speech.subarray(at, at + 9_600));
    expect((await asked).body.data.messages).toMatchObject([
      { sender: "user", text: "Second." },
      { sender: "ai", text: "This answers both." },
    ]);
  });

  it("tells a message that had no turn in time that the session is busy, one that had that it is kept", async () => {
    const never = scriptedReplyModel([{ text: "Never.", stallAfter: 0 }]);
    const { rest, id, say, forward } = await start({ ...keyless(), replyModel: never });
    const first = say("First.");
    await expect.poll(() => live(rest, id)?.state.reply.type).toBe("making");
    const second = say("Second.");
    await expect.poll(() => rest.logged.filter(({ msg }) => msg === "request").length).toBe(1);
    await ask(rest.server, `GET /api/sessions/${id}`);
    forward(120_000);
    expect((await first).body.code).toBe("PROVIDER_UNAVAILABLE");
    expect((await second).body.code).toBe("SESSION_BUSY");
    const { body } = await ask(rest.server, `GET /api/sessions/${id}/messages`);
    expect(body.data.messages.map(({ text }: { text: string }) => text)).toEqual(["First."]);
  });
});

/** Notes the statements that reach the driver while `work` runs, a transaction as one; those about no conversation are left out. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, "query");
  await work();
  const { calls, contexts } = query.mock;
  query.mockRestore();
  const inTransaction = new Set<unknown>();
  const statements: string[] = [];
  for (const [index, [statement]] of (calls as unknown[][]).entries()) {
    const text = String(typeof statement === "object" ? (statement as pg.QueryConfig).text : statement);
    if (text === "begin") inTransaction.add(contexts[index]);
    if (text === "begin") statements.push("transaction");
    if (text === "commit") inTransaction.delete(contexts[index]);
    else if (!inTransaction.has(contexts[index]) && /"kuku"\."(sessions|items|turns|audio)"/.test(text))
      statements.push(text);
  }
  return statements;
}

describe("[C7] a message to a session that is live here", () => {
  it.each([
    [
      "typed",
      (server: RestServer["server"], id: string) =>
        ask(server, `POST /api/sessions/${id}/messages`, { json: { text: "Second." } }),
    ],
    [
      "spoken",
      (server: RestServer["server"], id: string) =>
        ask(server, `POST /api/sessions/${id}/messages`, { form: audioForm(fixture("speech/fox-slt.wav")) }),
    ],
  ])("asks who holds it, stores what was said and where the audio is: %s", async (_, post) => {
    const { rest, id, say } = await start(keyless());
    expect((await say("First.")).status).toBe(200);
    let answer = { status: 0 } as Awaited<ReturnType<typeof ask>>;
    const statements = await statementsOf(async () => {
      answer = await post(rest.server, id);
    });
    expect(answer.status).toBe(200);
    const single = statements.filter((statement) => statement !== "transaction");
    expect(single).toEqual([
      expect.stringMatching(/^select "node_id" from "kuku"."sessions"/),
      expect.stringMatching(/^insert into "kuku"."audio"/),
    ]);
    const history = await ask(rest.server, `GET /api/sessions/${id}/messages`);
    expect(history.body.data.messages.slice(2)).toEqual(answer.body.data.messages);
  });

  it("is answered while the database is away, and stored once it is back", async () => {
    const postgres = await startPostgres();
    closers.push(() => postgres.stop());
    const rest = await startRest({ databaseUrl: await postgres.createDatabase(), engines: keyless() });
    closers.push(() => rest.close());
    const id = await begin(rest.server);
    const path = `/api/sessions/${id}/messages`;
    const say = (text: string) => ask(rest.server, `POST ${path}`, { json: { text } });
    expect((await say("First.")).status).toBe(200);
    await postgres.crash();
    const { status, body } = await say("Second.");
    expect([status, body.data.messages[1].text]).toEqual([200, answerTo("Second.")]);
    await postgres.restart();
    const texts = async () =>
      (await ask(rest.server, `GET ${path}`)).body.data?.messages.map(({ text }: { text: string }) => text);
    const all = ["First.", answerTo("First."), "Second.", answerTo("Second.")];
    await expect.poll(texts).toEqual(all);
  });
});

import { readdir } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import type { Engines } from "../../../src/session/session-context.ts";
import { overriding } from "../../support/overriding.ts";
import {
  ask,
  audioForm,
  begin,
  fixture,
  type RestOptions,
  type RestServer,
  startRest,
} from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { Client } from "../support.ts";

interface Message {
  readonly id: string;
  readonly sender: string;
  readonly text: string;
  readonly audioUrl?: string;
}

let databaseUrl: string;
let rest: RestServer;
beforeAll(async () => {
  databaseUrl = await testDatabase();
});
afterEach(() => rest?.close());

const start = async (
  engines: Partial<Engines> = {},
  options: Pick<RestOptions, "dataDir" | "objects"> = {},
) => {
  rest = await startRest({ databaseUrl, engines, ...options });
};
const say = (id: string, text: string, query = "") =>
  ask(rest.server, `POST /api/sessions/${id}/messages${query}`, { json: { text } });
const upload = (id: string, query = "") =>
  ask(rest.server, `POST /api/sessions/${id}/messages${query}`, {
    form: audioForm(fixture("uploads/chromium.webm")),
  });
const history = async (id: string): Promise<Message[]> =>
  (await ask(rest.server, `GET /api/sessions/${id}/messages`)).body.data.messages;
const words = (messages: readonly Message[]) => messages.map(({ sender, text }) => `${sender}: ${text}`);
/** Each reply is numbered, and takes a moment. */
const counting = () => scriptedReplyModel(({ call }) => ({ text: `Reply ${call + 1}.`, delayMs: 100 }));

describe("several messages at once", () => {
  it("are answered one after another, and too many are told to come again", async () => {
    await start({ replyModel: counting() });
    const id = await begin(rest.server);
    const answers = await Promise.all(["a", "b", "c", "d", "e", "f"].map((text) => say(id, text)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(2);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([429, "SESSION_BUSY"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const answered = answers.filter(({ status }) => status === 200).map(({ body }) => body.data.messages);
    const messages = await history(id);
    expect(messages.map(({ sender }) => sender)).toEqual(answered.flatMap(() => ["user", "ai"]));
    expect(messages.filter(({ sender }) => sender === "ai").map(({ text }) => text)).toEqual([
      "Reply 1.",
      "Reply 2.",
      "Reply 3.",
      "Reply 4.",
    ]);
    // Everybody got the answer to what they had said.
    for (const [user, ai] of answered)
      expect(messages[messages.findIndex(({ id }) => id === user.id) + 1]).toEqual(ai);
  });

  it("and more recordings than may wait are refused where nobody waits for them", async () => {
    await start({ replyModel: scriptedReplyModel([{ text: "Never.", stallAfter: 0 }]) });
    const id = await begin(rest.server);
    for (let n = 0; n < 4; n++) expect((await upload(id, "?wait=false")).status).toBe(202);
    const { status, body, headers } = await upload(id, "?wait=false");
    expect([status, body.code]).toEqual([429, "SESSION_BUSY"]);
    expect(headers.get("retry-after")).toBe("5");
  });
});

const join = async (id: string) => {
  const client = new Client(
    new WebSocket(`${rest.server.url.replace("http", "ws")}/v1/realtime?session_id=${id}`, ["kuku.v1"]),
  );
  await client.opened;
  return client;
};

describe("a socket and requests on one session", () => {
  it("hear each other, and the session outlives the socket", async () => {
    await start({ replyModel: counting() });
    const id = await begin(rest.server);
    await say(id, "Said by request.");
    const socket = await join(id);
    // It is told what was said before it came.
    const told = [
      await socket.event("conversation.item.added"),
      await socket.event("conversation.item.added"),
    ];
    expect(told.map(({ item }) => item.role)).toEqual(["user", "assistant"]);
    const { body } = await upload(id);
    const [user, ai] = body.data.messages as [Message, Message];
    expect((await socket.event("conversation.item.added")).item.id).toBe(user.id);
    const done = await socket.event("response.done");
    expect(done.response.output[0].id).toBe(ai.id);
    expect(ai.audioUrl).toBeDefined();
    socket.send({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text: "Said by socket." }] },
    });
    socket.send({ type: "response.create" });
    await socket.event("response.done");
    expect(words(await history(id))).toEqual([
      "user: Said by request.",
      "ai: Reply 1.",
      "user: This is a scripted transcript.",
      "ai: Reply 2.",
      "user: Said by socket.",
      "ai: Reply 3.",
    ]);
    socket.ws.close();
    await socket.closed;
    expect((await say(id, "Still there?")).body.data.messages[1].text).toBe("Reply 4.");
  });

  it("a session that is ended by request closes its socket, one that is erased too", async () => {
    await start();
    for (const end of ["POST", "DELETE"]) {
      const id = await begin(rest.server);
      const socket = await join(id);
      await socket.event("session.created");
      const { status } = await ask(rest.server, `${end} /api/sessions/${id}${end === "POST" ? "/end" : ""}`);
      expect(status).toBe(200);
      expect((await socket.closed).code).toBe(1000);
    }
  });
});

describe("a session whose user agreed to a recording", () => {
  /** Audio that takes longer to be kept than a session to be erased. */
  const slow: RestOptions["objects"] = (real, store) =>
    overriding(real, {
      async put(key, body, options) {
        for (let n = 0; n < 50; n++) await store.ping();
        return real.put(key, body, options);
      },
    });
  const record = async () => {
    await start({}, { objects: slow });
    const id = await begin(rest.server);
    const socket = await join(id);
    socket.send({ type: "session.update", session: { type: "realtime", kuku: { record: true } } });
    await socket.event("session.updated");
    const second = Buffer.alloc(48_000).toString("base64");
    socket.send({ type: "input_audio_buffer.append", audio: second });
    await socket.roundTrip();
    return id;
  };
  const files = async () => {
    const entries = await readdir(joinPath(rest.dataDir, "audio"), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  it("has it as a file once it has ended", async () => {
    const id = await record();
    await ask(rest.server, `POST /api/sessions/${id}/end`);
    await rest.services.recorder.settled(id);
    const response = await fetch(`${rest.server.url}/api/sessions/${id}/recording`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "audio/wav"]);
    const { rate, channels } = readFormat(new Uint8Array(await response.arrayBuffer()));
    expect([rate, channels]).toEqual([16_000, 2]);
  });

  it("leaves none of it when it is erased while it goes on", async () => {
    const id = await record();
    expect((await ask(rest.server, `DELETE /api/sessions/${id}`)).status).toBe(200);
    await rest.services.recorder.settled(id);
    expect(await files()).toEqual([]);
    expect(rest.logged.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });
});

function readFormat(wav: Uint8Array) {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  return { channels: view.getUint16(22, true), rate: view.getUint32(24, true) };
}

describe("a provider that is down", () => {
  it("is told as such, and the message is kept", async () => {
    await start({ replyModel: scriptedReplyModel([{ fail: "unavailable" }, "I am back."]) });
    const id = await begin(rest.server);
    const { status, body, headers } = await say(id, "Are you there?");
    expect([status, body.code]).toEqual([503, "PROVIDER_UNAVAILABLE"]);
    expect(headers.get("retry-after")).toBe("5");
    expect(JSON.stringify(body)).not.toMatch(/scripted|stage/i);
    expect(words(await history(id))[0]).toBe("user: Are you there?");
    expect((await say(id, "And now?")).body.data.messages[1].text).toBe("I am back.");
  });

  it("is told as such where it is the ears", async () => {
    await start({ transcriber: scriptedTranscriber([{ fail: "timeout" }, "Now you hear me."]) });
    const id = await begin(rest.server);
    const { status, body } = await upload(id);
    expect([status, body.code]).toEqual([503, "PROVIDER_UNAVAILABLE"]);
    expect((await upload(id)).body.data.messages[0].text).toBe("Now you hear me.");
  });
});

describe("[R12] a model without an answer", () => {
  it("that refuses is told in the coach's words, spoken", async () => {
    await start({ replyModel: scriptedReplyModel([{ text: "", finish: "content_filter" }, "Gladly."]) });
    const id = await begin(rest.server);
    const { status, body } = await say(id, "Tell me how to pick a lock.");
    expect(status).toBe(200);
    expect(body.data.messages[1].text).toMatch(/^Sorry, I can't answer that\./);
    expect(body.data.messages[1].audioUrl).toBeTypeOf("string");
    expect((await say(id, "Then about my week.")).body.data.messages[1].text).toBe("Gladly.");
  });

  it("that says nothing at all has failed", async () => {
    await start({ replyModel: scriptedReplyModel([{ text: "" }]) });
    const { status, body } = await say(await begin(rest.server), "Are you there?");
    expect([status, body.code]).toEqual([503, "PROVIDER_UNAVAILABLE"]);
  });
});

describe("a message that nobody waits for", () => {
  const status = async (id: string, messageId: string) =>
    (await ask(rest.server, `GET /api/sessions/${id}/messages/${messageId}/status`)).body;
  const settled = async (id: string, messageId: string) => {
    await expect
      .poll(async () => (await status(id, messageId)).data.status, { interval: 100 })
      .not.toBe("processing");
    return (await status(id, messageId)).data;
  };

  it("is processed, in steps, until it is complete", async () => {
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const model = scriptedReplyModel(["At last."]);
    await start({
      replyModel: {
        ...model,
        async *reply(prompt, options) {
          await gate;
          yield* model.reply(prompt, options);
        },
      },
    });
    const id = await begin(rest.server);
    const { messageId } = (await upload(id, "?wait=false")).body.data;
    await expect
      .poll(async () => (await status(id, messageId)).data)
      .toEqual({
        status: "processing",
        messageId,
        progress: 60,
      });
    goOn();
    expect(await settled(id, messageId)).toMatchObject({ status: "complete", message: { text: "At last." } });
  });

  it("fails where the provider is down", async () => {
    await start({ replyModel: scriptedReplyModel([{ fail: "unavailable" }]) });
    const id = await begin(rest.server);
    const { messageId } = (await upload(id, "?wait=false")).body.data;
    const failed = { status: "failed", messageId, code: "PROVIDER_UNAVAILABLE" };
    expect(await settled(id, messageId)).toEqual(failed);
  });

  it("fails where its session was ended before its turn", async () => {
    await start({ replyModel: scriptedReplyModel([{ text: "Never.", stallAfter: 0 }]) });
    const id = await begin(rest.server);
    await upload(id, "?wait=false");
    const { messageId } = (await upload(id, "?wait=false")).body.data;
    await ask(rest.server, `POST /api/sessions/${id}/end`);
    expect(await settled(id, messageId)).toEqual({ status: "failed", messageId, code: "SESSION_ENDED" });
  });

  it("is unknown to those who ask for another", async () => {
    await start();
    const id = await begin(rest.server);
    expect((await status(id, "item_nothing")).code).toBe("MESSAGE_NOT_FOUND");
    expect((await status(id, "no%20id")).code).toBe("INVALID_MESSAGE_ID");
  });

  it.each([
    ["was heard already", { replyModel: scriptedReplyModel([{ text: "Never.", stallAfter: 0 }]) }],
    ["was not heard yet", { transcriber: scriptedTranscriber([{ text: "Never.", stallAfter: 0 }]) }],
  ] as [string, Partial<Engines>][])(
    "is answered by the next process where it %s when the first was stopped",
    async (_, engines) => {
      await start(engines);
      const id = await begin(rest.server);
      const { messageId } = (await upload(id, "?wait=false")).body.data;
      await expect.poll(() => rest.services.sessions.live(id)?.state.entries.length).toBe(1);
      const { dataDir } = rest;
      await rest.close({ keep: true });
      await start({ replyModel: scriptedReplyModel(["Here I am again."]) }, { dataDir });
      expect(await settled(id, messageId)).toMatchObject({
        status: "complete",
        message: { text: "Here I am again." },
      });
      expect(words(await history(id))).toEqual([
        "user: This is a scripted transcript.",
        "ai: Here I am again.",
      ]);
      expect(await rest.store.listAudio(id, "upload")).toEqual([]);
    },
  );
});

import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { closeCodes } from "../../../src/protocol/close-codes.ts";
import { errorCodes } from "../../../src/protocol/errors.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { type Limits, readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testStorage } from "../../support/test-database.ts";
import { type AnyEvent, type Client, type TestServer, testServer } from "../support.ts";
import { hostileMessage } from "./mutations.ts";

/** The composed server, real sessions on scripted engines: what a hostile client can do to it and to others. */
const scripted = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
const documentedCloses = new Set<number>(Object.values(closeCodes).map(({ code }) => code));

let server: TestServer;
let close: () => Promise<void>;
let witness: Client;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => void unhandled.push(error);
beforeAll(() => {
  process.on("unhandledRejection", onUnhandled);
});
afterAll(() => {
  process.off("unhandledRejection", onUnhandled);
});

const start = async (limits: Partial<Limits> = {}) => {
  const config = readConfig({ ...scripted, ...(await testStorage()) });
  const composed = await compose(config, { clock: systemClock, log: openLog("silent") });
  server = await testServer({ open: composed.openSession, limits });
  close = composed.close;
  witness = await server.connect({ protocols: ["realtime"] });
  await witness.event("session.created");
};

/** A text turn, start to end, on a session that has nothing to do with the hostile one. */
const witnessTurn = async () => {
  witness.send({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
  });
  witness.send({ type: "response.create", response: { output_modalities: ["text"] } });
  return (await witness.event("response.done")).response.status;
};

const stop = async () => {
  await server.dispose();
  await close();
};

beforeAll(() => start());
afterAll(stop);
afterEach(async () => {
  expect(await witnessTurn()).toBe("completed");
  expect(unhandled).toEqual([]);
  expect(server.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

const hostile = async (...protocols: string[]) => {
  const client = await server.connect({ protocols });
  await client.event("session.created");
  return client;
};

describe("a message that cannot be followed is answered by an error that names what is wrong", () => {
  const update = (session: object) => ({ type: "session.update", session: { type: "realtime", ...session } });
  test.each<[string, unknown, string, string | null]>([
    ["not JSON", "{type:", "invalid_json", null],
    ["no object", "[1]", "invalid_event", null],
    ["null", "null", "invalid_event", null],
    ["no type", {}, "missing_field", "type"],
    ["an unknown type", { type: "session.destroy" }, "unknown_event_type", "type"],
    ["a server's event", { type: "session.created" }, "unknown_event_type", "type"],
    ["a type of the wrong type", { type: 7 }, "invalid_value", "type"],
    ["a prototype's name", { type: "constructor" }, "unknown_event_type", "type"],
    ["a missing field", { type: "conversation.item.delete" }, "missing_field", "item_id"],
    ["an unknown field", { type: "input_audio_buffer.commit", colour: 1 }, "unknown_field", "colour"],
    ["audio of the wrong type", { type: "input_audio_buffer.append", audio: 1 }, "invalid_value", "audio"],
    [
      "audio that is not base64",
      { type: "input_audio_buffer.append", audio: "%%%%" },
      "invalid_audio",
      "audio",
    ],
    [
      "base64 of the wrong length",
      { type: "input_audio_buffer.append", audio: "AAA" },
      "invalid_audio",
      "audio",
    ],
    ["half a sample", { type: "input_audio_buffer.append", audio: "AAAA" }, "invalid_audio", "audio"],
    [
      "a rate not spoken",
      update({ audio: { input: { format: { type: "audio/pcm", rate: 44_100 } } } }),
      "invalid_value",
      "session.audio.input.format.rate",
    ],
    [
      "the extension's settings without it",
      update({ kuku: { language: "en-US" } }),
      "extension_required",
      "session.kuku",
    ],
    [
      "the extension's events without it",
      { type: "kuku.playback", response_id: "r", played_ms: 1, state: "playing" },
      "extension_required",
      "type",
    ],
    [
      "an unknown item",
      { type: "conversation.item.delete", item_id: "item_nope" },
      "item_delete_invalid_item_id",
      "item_id",
    ],
    [
      "an unknown item to retrieve",
      { type: "conversation.item.retrieve", item_id: "nope" },
      "item_retrieve_invalid_item_id",
      "item_id",
    ],
    [
      "an unknown item to truncate",
      { type: "conversation.item.truncate", item_id: "nope", content_index: 0, audio_end_ms: 1 },
      "item_truncate_invalid_item_id",
      "item_id",
    ],
    ["nothing to cancel", { type: "response.cancel" }, "response_cancel_not_active", null],
  ])("%s", async (_, message, code, param) => {
    const client = await hostile("realtime");
    const withId = typeof message === "object" ? { ...message, event_id: "mine_1" } : message;
    client.send(withId);
    const error = await client.error();
    expect(error).toMatchObject({ code, param, type: errorCodes[code as keyof typeof errorCodes].type });
    if (typeof message === "object") expect(error.event_id).toBe("mine_1");
    client.send({ type: "input_audio_buffer.clear" });
    await client.event("input_audio_buffer.cleared");
  });

  test("binary audio of an odd length names the audio and its bytes", async () => {
    const client = await hostile("kuku.v1");
    client.send(Buffer.alloc(641));
    expect(await client.error()).toMatchObject({
      code: "invalid_audio",
      param: "audio",
      message: expect.stringContaining("641"),
    });
  });

  test("audio of the old format behind a change of format does no harm", async () => {
    const client = await hostile("kuku.v1");
    const update = (format: object) =>
      client.send({ type: "session.update", session: { type: "realtime", audio: { input: { format } } } });
    // The greeting's end is being stored, and holds back what is told after it.
    update({ type: "audio/pcmu" });
    client.send({ type: "response.cancel" });
    update({ type: "audio/pcm", rate: 24_000 });
    client.send(Buffer.alloc(9));
    await client.roundTrip();
    client.ws.close(1000);
    expect((await client.closed).code).toBe(1000);
  });

  test("binary without kuku.v1 is answered, and closed with 1003 when it goes on", async () => {
    const client = await hostile("realtime");
    for (let message = 0; message < 20; message++) client.send(Buffer.alloc(640));
    for (let message = 0; message < 20; message++)
      expect((await client.error()).code).toBe("extension_required");
    expect((await client.error()).code).toBe("too_many_bad_messages");
    expect((await client.closed).code).toBe(1003);
  });

  test("JSON as deep as a message allows", async () => {
    const client = await hostile("realtime");
    const deep = `${'{"a":['.repeat(20_000)}${"]}".repeat(20_000)}`;
    client.send(
      `{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"f","parameters":${deep}}]}}`,
    );
    expect(await client.error()).toMatchObject({
      code: "invalid_value",
      message: expect.stringContaining("64 levels"),
    });
  });
});

describe("abuse closes, with a documented code", () => {
  test("not JSON, many times over", async () => {
    const client = await hostile("realtime");
    for (let message = 0; message < 19; message++) client.send("nonsense");
    client.send({ type: "input_audio_buffer.clear" });
    await client.event("input_audio_buffer.cleared");
    for (let message = 0; message < 20; message++) client.send("nonsense");
    expect((await client.closed).code).toBe(4003);
  });

  test("a message far too large: told, then closed", async () => {
    const client = await hostile("kuku.v1");
    client.send(Buffer.alloc(17 * 1024 * 1024));
    expect((await client.error()).code).toBe("message_too_large");
    expect((await client.closed).code).toBe(1009);
  });

  test("events faster than the limit", async () => {
    const client = await hostile("realtime");
    for (let message = 0; message < 2000; message++) client.send({ type: "input_audio_buffer.clear" });
    expect(await client.error()).toMatchObject({ code: "rate_limit_exceeded" });
    expect((await client.closed).code).toBe(4004);
  });

  test("audio faster than four times real time", async () => {
    const client = await hostile("kuku.v1");
    for (let second = 0; second < 200; second++) client.send(Buffer.alloc(48_000));
    expect(await client.error()).toMatchObject({ code: "audio_rate_exceeded", param: "audio" });
    expect((await client.closed).code).toBe(4004);
  });

  test("a flood of pings, or the socket is cut", async () => {
    const client = await hostile("realtime");
    for (let ping = 0; ping < 2000; ping++) client.ws.ping();
    // The socket itself gives up where pongs pile up unread; which of the two comes first is a matter of packets.
    expect([4004, 1006]).toContain((await client.closed).code);
  });

  test("text that is not UTF-8", async () => {
    const client = await hostile("realtime");
    client.ws.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    expect((await client.closed).code).toBe(1007);
  });
});

describe("ten thousand mutated messages", () => {
  /** Whether a server event is an answer that a client can make something of. */
  const isGood = (event: AnyEvent): boolean =>
    event.type !== "error" ||
    (event.error.code in errorCodes &&
      event.error.message.length > 0 &&
      event.error.code !== "internal_error");

  test("get errors that name what is wrong, or a documented close; others notice nothing", async () => {
    await stop();
    // Without rate limits, so that all of them reach the session.
    await start({
      eventsPerSecond: 10_000,
      audioMessagesPerSecond: 10_000,
      audioSpeedRatio: 1000,
      maxBadMessages: 1000,
    });
    const messages = fc.sample(hostileMessage, { numRuns: 10_000, seed: 20_250 });
    let sent = 0;
    let errors = 0;
    while (sent < messages.length) {
      const client = await hostile(sent % 400 < 200 ? "kuku.v1" : "realtime");
      const batch = messages.slice(sent, sent + 200);
      sent += batch.length;
      for (const message of batch) client.send(message);
      // A mutation may have turned this event's own id or the session's state upside down, but it is always answered.
      client.send({ type: "conversation.item.retrieve", item_id: "no-such-item", event_id: "the-last-one" });
      for (;;) {
        const message = await client.next();
        if (message === undefined) break;
        if (Buffer.isBuffer(message)) continue;
        expect(isGood(message), JSON.stringify(message)).toBe(true);
        if (message.type === "error") errors++;
        if (message.type === "error" && message.error.event_id === "the-last-one") client.ws.close(1000);
      }
      expect(documentedCloses).toContain((await client.closed).code);
      if (sent % 2000 === 0) expect(await witnessTurn()).toBe("completed");
    }
    expect(errors).toBeGreaterThan(5_000);
  });
});

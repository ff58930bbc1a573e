/** Reading client events: what is refused, with which code, naming which field. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ErrorCode, errorCodes } from "../../src/protocol/errors.ts";
import { clientEventTypes, parseClientEvent } from "../../src/protocol/parse.ts";

const session = (fields: object) => ({ type: "session.update", session: { type: "realtime", ...fields } });
const create = (item: unknown) => ({ type: "conversation.item.create", item });
const respond = (response: unknown) => ({ type: "response.create", response });
const append = (fields: object) => ({ type: "input_audio_buffer.append", ...fields });

describe("a refusal names the code and the field", () => {
  const cases: readonly [string, unknown, ErrorCode, string | undefined][] = [
    ["null", null, "invalid_event", undefined],
    ["a list", [], "invalid_event", undefined],
    ["a number", 5, "invalid_event", undefined],
    ["no type", {}, "missing_field", "type"],
    ["a type that is no text", { type: 7 }, "invalid_value", "type"],
    ["a type nobody knows", { type: "session.destroy" }, "unknown_event_type", "type"],
    ["a type from the object's prototype", { type: "toString" }, "unknown_event_type", "type"],
    ["a server's event", { type: "response.done" }, "unknown_event_type", "type"],
    ["no session", { type: "session.update" }, "missing_field", "session"],
    ["a session without its type", { type: "session.update", session: {} }, "missing_field", "session.type"],
    ["a session for translation", session({ type: "translation" }), "invalid_value", "session.type"],
    [
      "instructions of a transcription session",
      session({ type: "transcription", instructions: "Be brief." }),
      "unknown_field",
      "session.instructions",
    ],
    [
      "a rate nobody speaks",
      session({ audio: { input: { format: { type: "audio/pcm", rate: 8000 } } } }),
      "invalid_value",
      "session.audio.input.format.rate",
    ],
    [
      "a format nobody speaks",
      session({ audio: { output: { format: { type: "audio/mp3" } } } }),
      "invalid_value",
      "session.audio.output.format.type",
    ],
    [
      "a rate where there is none to choose",
      session({ audio: { input: { format: { type: "audio/pcmu", rate: 8000 } } } }),
      "unknown_field",
      "session.audio.input.format.rate",
    ],
    [
      "a threshold above one",
      session({ audio: { input: { turn_detection: { type: "server_vad", threshold: 2 } } } }),
      "invalid_value",
      "session.audio.input.turn_detection.threshold",
    ],
    [
      "a field of the other turn detection",
      session({ audio: { input: { turn_detection: { type: "semantic_vad", threshold: 0.5 } } } }),
      "unknown_field",
      "session.audio.input.turn_detection.threshold",
    ],
    [
      "both modalities",
      session({ output_modalities: ["audio", "text"] }),
      "invalid_value",
      "session.output_modalities",
    ],
    ["a field of the beta", session({ voice: "alloy" }), "unknown_field", "session.voice"],
    ["a misspelt field", session({ instruction: "x" }), "unknown_field", "session.instruction"],
    [
      "an MCP tool",
      session({ tools: [{ type: "mcp", server_label: "x" }] }),
      "invalid_value",
      "session.tools[0].type",
    ],
    [
      "too fast a voice",
      session({ audio: { output: { speed: 1.6 } } }),
      "invalid_value",
      "session.audio.output.speed",
    ],
    [
      "an empty drill",
      session({ kuku: { drill: { text: "" } } }),
      "invalid_value",
      "session.kuku.drill.text",
    ],
    [
      "too long a drill",
      session({ kuku: { drill: { text: "x".repeat(501) } } }),
      "invalid_value",
      "session.kuku.drill.text",
    ],
    ["no language", session({ kuku: { language: "English!" } }), "invalid_value", "session.kuku.language"],
    ["no audio", append({}), "missing_field", "audio"],
    ["audio that is no text", append({ audio: [1, 2] }), "invalid_value", "audio"],
    ["audio of a broken length", append({ audio: "AAAAA" }), "invalid_audio", "audio"],
    ["audio with a field too many", append({ audio: "AAAA", rate: 24000 }), "unknown_field", "rate"],
    [
      "audio with a strange event_id",
      append({ audio: "AAAA", event_id: "a b" }),
      "invalid_value",
      "event_id",
    ],
    [
      "a role nobody has",
      create({ type: "message", role: "bot", content: [] }),
      "invalid_value",
      "item.role",
    ],
    [
      "content of another role",
      create({ type: "message", role: "user", content: [{ type: "output_text", text: "x" }] }),
      "invalid_value",
      "item.content[0].type",
    ],
    [
      "the second part without its text",
      create({
        type: "message",
        role: "user",
        content: [{ type: "input_text", text: "a" }, { type: "input_text" }],
      }),
      "missing_field",
      "item.content[1].text",
    ],
    [
      "half an index",
      { type: "conversation.item.truncate", item_id: "x", content_index: 0.5, audio_end_ms: 0 },
      "invalid_value",
      "content_index",
    ],
    [
      "negative time",
      { type: "conversation.item.truncate", item_id: "x", content_index: 0, audio_end_ms: -1 },
      "invalid_value",
      "audio_end_ms",
    ],
    [
      "a conversation by its id",
      respond({ conversation: "conv_1" }),
      "invalid_value",
      "response.conversation",
    ],
    ["metadata that is no text", respond({ metadata: { a: 5 } }), "invalid_value", "response.metadata.a"],
    [
      "too many pairs",
      respond({ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) }),
      "invalid_value",
      "response.metadata",
    ],
    [
      "a playback state nobody knows",
      { type: "kuku.playback", response_id: "r", played_ms: 1, state: "stopped" },
      "invalid_value",
      "state",
    ],
    [
      "a field hidden as __proto__",
      JSON.parse('{"type":"response.cancel","__proto__":{"response_id":"x"}}'),
      "unknown_field",
      "__proto__",
    ],
  ];
  test.each(cases)("%s", (_what, value, code, param) => {
    const parsed = parseClientEvent(value);
    expect(parsed).toMatchObject({ ok: false, code, ...(param !== undefined && { param }) });
    if (!parsed.ok && param) expect(parsed.message).toContain(param === "type" ? "" : `\`${param}\``);
  });

  test("in words for people", () => {
    const said = (value: unknown) => {
      const parsed = parseClientEvent(value);
      return parsed.ok ? "fine" : parsed.message;
    };
    expect(said(session({ audio: { input: { format: { type: "audio/pcm", rate: 8000 } } } }))).toBe(
      "`session.audio.input.format.rate` must be 16000, 24000 or 48000.",
    );
    expect(said(session({ turn_detection: null }))).toBe(
      "`session.turn_detection` is a field of the beta; it is `session.audio.input.turn_detection` now.",
    );
    expect(said(session({ audio: { output: { voice: 5 } } }))).toBe(
      "`session.audio.output.voice` must be a voice name, or an object with an id.",
    );
    expect(said(create({ type: "message", role: "user", content: "hi" }))).toBe(
      "`item.content` must be a list.",
    );
  });

  test("with the client's own event_id, where it can be read", () => {
    expect(parseClientEvent({ type: "nothing", event_id: "mine" })).toMatchObject({ eventId: "mine" });
    expect(parseClientEvent(append({ audio: "A", event_id: "mine" }))).toMatchObject({ eventId: "mine" });
    expect(parseClientEvent({ type: "session.update", event_id: "mine" })).toMatchObject({ eventId: "mine" });
    expect(parseClientEvent({ type: "nothing", event_id: 5 })).not.toHaveProperty("eventId");
    expect(parseClientEvent({ type: "nothing", event_id: "x".repeat(513) })).not.toHaveProperty("eventId");
  });

  test("and cuts what a hostile client made long", () => {
    const long = "x".repeat(100_000);
    for (const value of [{ type: long }, { type: "response.cancel", [long]: 1 }]) {
      const parsed = parseClientEvent(value);
      if (parsed.ok) throw new Error("parsed");
      expect(parsed.message.length).toBeLessThan(400);
      expect(parsed.param?.length ?? 0).toBeLessThan(250);
    }
  });
});

describe("audio", () => {
  test("is not copied", () => {
    const event = append({ audio: "AAAA", event_id: "e" });
    const parsed = parseClientEvent(event);
    expect(parsed).toEqual({ ok: true, event });
    if (parsed.ok) expect(parsed.event).toBe(event);
  });

  test.each(["", "AAAA", "AAA=", "AA=="])("%j is base64", (audio) => {
    expect(parseClientEvent(append({ audio })).ok).toBe(true);
  });
});

test("whatever comes, parsing answers: an event of the closed vocabulary, or a documented code", () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        type: fc.constantFrom(...clientEventTypes),
        event_id: fc.jsonValue(),
        session: fc.jsonValue(),
        response: fc.jsonValue(),
        item: fc.jsonValue(),
        item_id: fc.jsonValue(),
        audio: fc.jsonValue(),
      },
      { requiredKeys: ["type"] },
    ),
  );
  fc.assert(
    fc.property(anything, (value) => {
      const parsed = parseClientEvent(value);
      if (parsed.ok) expect(clientEventTypes).toContain(parsed.event.type);
      else {
        expect(errorCodes).toHaveProperty(parsed.code);
        expect(parsed.message).not.toMatch(/undefined|\[object/);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
});

describe("null for an optional field", () => {
  test.each([
    // What LiveKit's client sends for a reply without instructions.
    [
      respond({ instructions: null, metadata: { client_event_id: "e1" } }),
      respond({ metadata: { client_event_id: "e1" } }),
    ],
    [session({ instructions: null, max_output_tokens: null }), session({})],
    [
      session({ tool_choice: null, audio: { output: { speed: null, voice: null } } }),
      session({ audio: { output: {} } }),
    ],
    [
      session({ audio: { input: { turn_detection: { type: "server_vad", threshold: null } } } }),
      session({ audio: { input: { turn_detection: { type: "server_vad" } } } }),
    ],
    [
      create({
        type: "message",
        role: "user",
        id: null,
        status: null,
        content: [{ type: "input_audio", audio: "AAA=", transcript: null }],
      }),
      create({ type: "message", role: "user", content: [{ type: "input_audio", audio: "AAA=" }] }),
    ],
    [{ type: "response.cancel", event_id: null, response_id: null }, { type: "response.cancel" }],
  ])("[S12] %j is read as if it were absent", (given, read) => {
    const before = structuredClone(given);
    expect(parseClientEvent(given)).toEqual({ ok: true, event: read });
    expect(given).toEqual(before);
  });

  test.each([
    [session({ audio: { input: { transcription: null, turn_detection: null } } })],
    [respond({ metadata: null })],
  ])("[S12] %j keeps what null means there", (given) => {
    expect(parseClientEvent(given)).toEqual({ ok: true, event: given });
  });

  test.each([
    [append({ audio: null }), "audio"],
    [{ type: "session.update", session: null }, "session"],
    [
      create({ type: "message", role: "user", content: [{ type: "input_text", text: null }] }),
      "item.content[0].text",
    ],
    [create({ type: "message", role: "user", content: [null] }), "item.content[0]"],
    [respond({ instructions: null, colour: "red" }), "response.colour"],
  ])("[S12] %j is refused by its field", (given, param) => {
    expect(parseClientEvent(given)).toMatchObject({ ok: false, param });
  });
});

/** The vendor's beta, both ways: the compiler checks the shapes against its types, the run checks that today's are read. */
import type * as Beta from "openai/resources/beta/realtime/realtime";
import type { Session as BetaSession } from "openai/resources/beta/realtime/sessions";
import { describe, expect, test } from "vitest";
import {
  fromBetaEvent,
  type itemToBeta,
  type responseToBeta,
  type sessionToBeta,
  toBetaEvent,
} from "../../src/protocol/beta-events.ts";
import { parseClientEvent } from "../../src/protocol/parse.ts";
import type { Response } from "../../src/protocol/responses.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";
import type { SessionConfig } from "../../src/protocol/session-config.ts";
import { speaksBeta } from "../../src/protocol/subprotocol.ts";

/** The vendor's server sends null where its types forget it, and names beyond those that they list. */
type AsTyped<T, Loose extends keyof T> = {
  [K in keyof Omit<T, Loose>]: Exclude<T[K], null>;
};
({}) as AsTyped<ReturnType<typeof sessionToBeta>, "model" | "tool_choice"> satisfies BetaSession;
({}) as AsTyped<
  ReturnType<typeof responseToBeta>,
  "output" | "status_details"
> satisfies Beta.RealtimeResponse;
({}) as ReturnType<typeof itemToBeta> satisfies Beta.ConversationItem;

const read = (event: Beta.RealtimeClientEvent) => parseClientEvent(fromBetaEvent(event));

const session: SessionConfig = {
  type: "realtime",
  object: "realtime.session",
  id: "sess_1",
  expires_at: 3600,
  model: "kuku",
  output_modalities: ["audio"],
  instructions: "Listen.",
  audio: {
    input: { format: { type: "audio/pcm", rate: 24000 }, turn_detection: null },
    output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1 },
  },
  tools: [],
  tool_choice: "auto",
  max_output_tokens: "inf",
  truncation: "auto",
};
const response: Response = {
  object: "realtime.response",
  id: "resp_1",
  conversation_id: "conv_1",
  status: "completed",
  status_details: { type: "completed" },
  output: [
    {
      type: "message",
      role: "assistant",
      id: "item_1",
      object: "realtime.item",
      status: "completed",
      content: [
        { type: "output_audio", transcript: "Hello." },
        { type: "output_text", text: "Hello." },
      ],
    },
  ],
  output_modalities: ["audio"],
  audio: { output: { format: { type: "audio/pcma" }, voice: "marin" } },
  max_output_tokens: 100,
  metadata: null,
  usage: null,
};
const [item] = response.output;
const event_id = "event_1";

describe("[RF9] who speaks it", () => {
  test.each([
    [undefined, [], false],
    ["realtime=v1", [], true],
    ["assistants=v2, realtime=v1", [], true],
    ["assistants=v2", [], false],
    [undefined, ["realtime", "openai-beta.realtime-v1"], true],
    [undefined, ["realtime"], false],
  ])("header %j with offers %j: %j", (header, offers, beta) => {
    expect(speaksBeta(header, offers)).toBe(beta);
  });
});

describe("[RF9] what clients of the beta send", () => {
  test("every field of a session has its place of today", () => {
    const read = parseClientEvent(
      fromBetaEvent({
        type: "session.update",
        event_id: "e1",
        session: {
          modalities: ["text", "audio"],
          instructions: "Be brief.",
          voice: "alloy",
          speed: 1.2,
          input_audio_format: "g711_ulaw",
          output_audio_format: "pcm16",
          input_audio_transcription: { model: "whisper-1", language: "en" },
          input_audio_noise_reduction: { type: "near_field" },
          turn_detection: { threshold: 0.4 },
          tools: [{ name: "look", parameters: { type: "object" } }],
          tool_choice: "auto",
          temperature: 0.8,
          max_response_output_tokens: 4096,
        },
      }),
    );
    expect(read).toEqual({
      ok: true,
      event: {
        type: "session.update",
        event_id: "e1",
        session: {
          type: "realtime",
          output_modalities: ["audio"],
          instructions: "Be brief.",
          audio: {
            input: {
              format: { type: "audio/pcmu" },
              transcription: { model: "whisper-1", language: "en" },
              noise_reduction: { type: "near_field" },
              turn_detection: { type: "server_vad", threshold: 0.4 },
            },
            output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy", speed: 1.2 },
          },
          tools: [{ type: "function", name: "look", parameters: { type: "object" } }],
          tool_choice: "auto",
          temperature: 0.8,
          max_output_tokens: 4096,
        },
      },
    });
  });

  test("what is absent stays absent, and null stays null", () => {
    const update = { type: "session.update", session: { turn_detection: null } };
    expect(fromBetaEvent(update)).toEqual({
      type: "session.update",
      session: { type: "realtime", audio: { input: { turn_detection: null } } },
    });
    const today = { type: "session.update", session: { type: "realtime", audio: { input: {} } } };
    expect(fromBetaEvent(today)).toEqual(today);
  });

  test("a response's fields and items too", () => {
    const content = [{ type: "text" as const, text: "Hello." }];
    expect(
      read({
        type: "response.create",
        response: {
          conversation: "none",
          modalities: ["text"],
          voice: "ash",
          output_audio_format: "g711_alaw",
          max_response_output_tokens: 50,
          temperature: 0.7,
          input: [{ type: "message", role: "assistant", content }],
        },
      }),
    ).toEqual({
      ok: true,
      event: {
        type: "response.create",
        response: {
          conversation: "none",
          output_modalities: ["text"],
          audio: { output: { format: { type: "audio/pcma" }, voice: "ash" } },
          max_output_tokens: 50,
          temperature: 0.7,
          input: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello." }] }],
        },
      },
    });
    const item = { type: "message" as const, role: "assistant" as const, content };
    expect(read({ type: "conversation.item.create", item })).toMatchObject({
      ok: true,
      event: { item: { content: [{ type: "output_text", text: "Hello." }] } },
    });
  });

  test.each([
    [{ modalities: ["video"] }, "session.modalities[0]"],
    [{ input_audio_format: "mp3" }, "session.input_audio_format"],
    [{ turn_detection: { threshold: 2 } }, "session.turn_detection.threshold"],
    [{ max_response_output_tokens: 0 }, "session.max_response_output_tokens"],
    [{ audio: 5, voice: "alloy" }, "session.audio"],
    [{ nonsense: 5 }, "session.nonsense"],
  ])("bad values are refused under the client's own names: %j", (session, param) => {
    const read = parseClientEvent(fromBetaEvent({ type: "session.update", session }));
    if (read.ok) throw new Error("was taken");
    const { code, message } = read;
    const told = toBetaEvent({
      type: "error",
      event_id,
      error: { type: "invalid_request_error", code, message, param: read.param ?? null, event_id: null },
    });
    expect(told).toMatchObject({ error: { param, message: expect.stringContaining(`\`${param}\``) } });
  });

  test.each([
    [null],
    [7],
    [[]],
    [{}],
    [{ type: "session.update", session: 7 }],
    [{ type: "response.create" }],
  ])("%j stays what it is", (value) => expect(fromBetaEvent(value)).toEqual(value));
});

describe("[RF9] what clients of the beta are sent", () => {
  test("the session, in its fields", () => {
    expect(toBetaEvent({ type: "session.updated", event_id, session })).toEqual({
      type: "session.updated",
      event_id,
      session: {
        id: "sess_1",
        object: "realtime.session",
        expires_at: 3600,
        model: "kuku",
        modalities: ["text", "audio"],
        instructions: "Listen.",
        voice: "marin",
        speed: 1,
        input_audio_format: "pcm16",
        output_audio_format: "g711_ulaw",
        input_audio_transcription: null,
        turn_detection: null,
        tools: [],
        tool_choice: "auto",
        max_response_output_tokens: "inf",
      },
    });
  });

  test("a transcription session, as one of the beta's", () => {
    const { input } = session.audio;
    const told = toBetaEvent({
      type: "session.created",
      event_id,
      session: {
        type: "transcription",
        object: "realtime.transcription_session",
        id: "sess_2",
        audio: { input: { ...input, turn_detection: { type: "server_vad" } } },
      },
    });
    expect(told).toMatchObject({
      type: "transcription_session.created",
      session: { id: "sess_2", input_audio_format: "pcm16", turn_detection: { type: "server_vad" } },
    });
  });

  test("a response and its items", () => {
    const told = toBetaEvent({ type: "response.done", event_id, response });
    expect(told).toEqual({
      type: "response.done",
      event_id,
      response: {
        object: "realtime.response",
        id: "resp_1",
        conversation_id: "conv_1",
        status: "completed",
        status_details: { type: "completed" },
        output: [
          {
            ...item,
            content: [
              { type: "audio", transcript: "Hello." },
              { type: "text", text: "Hello." },
            ],
          },
        ],
        modalities: ["text", "audio"],
        voice: "marin",
        output_audio_format: "g711_alaw",
        max_output_tokens: 100,
        metadata: null,
        usage: null,
      },
    });
  });

  test("an item once, when it is added", () => {
    const fields = { event_id, previous_item_id: null, item: item! };
    expect(toBetaEvent({ type: "conversation.item.added", ...fields })).toMatchObject({
      type: "conversation.item.created",
      previous_item_id: null,
      item: { id: "item_1", content: [{ type: "audio" }, { type: "text" }] },
    });
    expect(toBetaEvent({ type: "conversation.item.done", ...fields })).toBeUndefined();
  });

  const part = { event_id, response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
  test.each<[ServerEvent, string]>([
    [{ type: "response.output_text.delta", ...part, delta: "a" }, "response.text.delta"],
    [{ type: "response.output_text.done", ...part, text: "a" }, "response.text.done"],
    [{ type: "response.output_audio.delta", ...part, delta: "" }, "response.audio.delta"],
    [{ type: "response.output_audio.done", ...part }, "response.audio.done"],
    [
      { type: "response.output_audio_transcript.delta", ...part, delta: "a" },
      "response.audio_transcript.delta",
    ],
    [
      { type: "response.output_audio_transcript.done", ...part, transcript: "a" },
      "response.audio_transcript.done",
    ],
  ])("$type by the beta's name", (event, type) => {
    expect(toBetaEvent(event)).toEqual({ ...event, type });
  });
});

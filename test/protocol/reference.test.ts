/** Our events against the vendor's own types: the compiler checks the shapes, the run checks that samples parse. */
import type * as Reference from "openai/resources/realtime/realtime";
import { describe, expect, test } from "vitest";
import type { PcmRate } from "../../src/protocol/audio-format.ts";
import { type ClientEvent, clientEventSchemas } from "../../src/protocol/client-events.ts";
import type { ProtocolError } from "../../src/protocol/errors.ts";
import { clientEventTypes, parseClientEvent } from "../../src/protocol/parse.ts";
import type { Response, ResponseParams } from "../../src/protocol/responses.ts";
import type { ServerEvent, ServerEventOf } from "../../src/protocol/server-events.ts";
import type {
  SessionConfig,
  SessionUpdate,
  TranscriptionSessionConfig,
} from "../../src/protocol/session-config.ts";

type Ours = `kuku.${string}` | `coach.${string}`;
/** Of the beta; the package has their types, but no longer among the events. */
type Beta = `transcription_session.${string}`;
type SharedServerType = Exclude<ServerEvent["type"], Ours | Beta>;
type SharedClientEvent = Exclude<ClientEvent, { type: Ours | Beta }>;

/** The one deliberate difference in values: rates besides 24000. Everything is compared at the reference's rate. */
type AtReferenceRate<T> = T extends PcmRate
  ? 24000
  : T extends readonly (infer E)[]
    ? AtReferenceRate<E>[]
    : T extends object
      ? { [K in keyof T]: AtReferenceRate<T[K]> }
      : T;
/** Clients may send null where the reference's prose says so and its types forget it (`transcription: null`). */
type WithoutNull<T> = T extends readonly (infer E)[]
  ? WithoutNull<E>[]
  : T extends object
    ? { [K in keyof T]: WithoutNull<NonNullable<T[K]>> | Extract<T[K], undefined> }
    : T;

/** The vendor's server sends null for these of a response, and its types forget it. */
type WithoutNullsSent<T> = T extends { response: infer R }
  ? Omit<T, "response"> & {
      response: {
        [K in keyof R]: K extends "conversation_id" | "status_details" | "usage" ? NonNullable<R[K]> : R[K];
      };
    }
  : T;

type Misfits<Checked extends Record<string, unknown>> = {
  [K in keyof Checked]: Checked[K] extends true ? never : K;
}[keyof Checked];
/** Compiles only for `never`; the error message names what does not fit. */
const none = <_T extends never>() => undefined;

type ReferenceServer<T extends string> = Extract<Reference.RealtimeServerEvent, { type: T }>;
/** `ResponseCreateEventWithReferencesParam` is the same event, item references in its `input` included. */
type ReferenceClient<T extends string> = Extract<
  Reference.RealtimeClientEvent | Reference.ResponseCreateEventWithReferencesParam,
  { type: T }
>;
type OurClient<T extends string> = Extract<SharedClientEvent, { type: T }>;

describe("what we send", () => {
  test("every server event that is not ours is assignable to the reference's event of that type", () => {
    type Checked = {
      [T in SharedServerType]: WithoutNullsSent<AtReferenceRate<ServerEventOf<T>>> extends ReferenceServer<T>
        ? true
        : false;
    };
    none<Misfits<Checked>>();
    // The whole union too, as the vendor's client sees it.
    const asReference = (
      event: WithoutNullsSent<AtReferenceRate<Extract<ServerEvent, { type: SharedServerType }>>>,
    ) => event satisfies Reference.RealtimeServerEvent;
    expect(asReference).toBeTypeOf("function");
  });

  test("no server event carries a field the reference does not know, but for the named ones", () => {
    type Extra = {
      [T in SharedServerType]: Exclude<keyof ServerEventOf<T>, keyof ReferenceServer<T>> extends never
        ? true
        : false;
    };
    // `kuku: { understood }`, sent with kuku.v1 alone.
    none<Exclude<Misfits<Extra>, "conversation.item.input_audio_transcription.completed">>();
    none<Exclude<keyof Response, keyof Reference.RealtimeResponse>>();
    none<Exclude<keyof ProtocolError, keyof Reference.RealtimeError>>();
    // The vendor's server sends these three, its types leave them out; `kuku` comes with kuku.v1 alone.
    type SentAnyway = "id" | "object" | "expires_at" | "kuku";
    none<Exclude<keyof SessionConfig, keyof Reference.RealtimeSessionCreateRequest | SentAnyway>>();
    type Transcription = Reference.RealtimeTranscriptionSessionCreateRequest;
    none<Exclude<keyof TranscriptionSessionConfig, keyof Transcription | SentAnyway>>();
    expect(true).toBe(true);
  });
});

describe("what we read", () => {
  test("what our schemas read is what the reference's clients may send", () => {
    type Checked = {
      [T in SharedClientEvent["type"]]: WithoutNull<AtReferenceRate<OurClient<T>>> extends ReferenceClient<T>
        ? true
        : false;
    };
    none<Misfits<Checked>>();
    expect(clientEventTypes.filter((type) => !/^(kuku|transcription_session)\./.test(type))).toHaveLength(11);
  });

  test("no client event and no field of one is unknown here", () => {
    none<Exclude<Reference.RealtimeClientEvent["type"], ClientEvent["type"]>>();
    type Missing = {
      [T in SharedClientEvent["type"]]: Exclude<keyof ReferenceClient<T>, keyof OurClient<T>> extends never
        ? true
        : false;
    };
    none<Misfits<Missing>>();
    none<Exclude<keyof Reference.RealtimeSessionCreateRequest, keyof SessionUpdate>>();
    type Transcribing = Extract<OurClient<"session.update">["session"], { type: "transcription" }>;
    none<Exclude<keyof Reference.RealtimeTranscriptionSessionCreateRequest, keyof Transcribing>>();
    none<
      Exclude<
        keyof Reference.RealtimeTranscriptionSessionAudioInput,
        keyof NonNullable<NonNullable<Transcribing["audio"]>["input"]>
      >
    >();
    type BetaUpdate = Extract<ClientEvent, { type: "transcription_session.update" }>;
    none<Exclude<keyof Reference.TranscriptionSessionUpdate.Session, keyof BetaUpdate["session"]>>();
    none<Exclude<keyof Reference.RealtimeResponseCreateParams, keyof ResponseParams>>();
    type Input = NonNullable<NonNullable<SessionUpdate["audio"]>["input"]>;
    type Output = NonNullable<NonNullable<SessionUpdate["audio"]>["output"]>;
    none<Exclude<keyof Reference.RealtimeAudioConfigInput, keyof Input>>();
    none<Exclude<keyof Reference.RealtimeAudioConfigOutput, keyof Output>>();
    none<Exclude<keyof Reference.AudioTranscription, keyof NonNullable<Input["transcription"]>>>();
    type Vad = Extract<NonNullable<Input["turn_detection"]>, { type: "server_vad" }>;
    none<Exclude<keyof Reference.RealtimeAudioInputTurnDetection.ServerVad, keyof Vad>>();
    expect(true).toBe(true);
  });

  const samples: readonly (Reference.RealtimeClientEvent | Reference.TranscriptionSessionUpdate)[] = [
    {
      type: "session.update",
      session: {
        type: "transcription",
        audio: {
          input: {
            format: { type: "audio/pcm", rate: 24000 },
            transcription: { model: "gpt-4o-transcribe", language: "en", prompt: "names" },
            noise_reduction: { type: "near_field" },
            turn_detection: { type: "server_vad", silence_duration_ms: 350, create_response: false },
          },
        },
        include: ["item.input_audio_transcription.logprobs"],
      },
    },
    {
      type: "transcription_session.update",
      event_id: "b",
      session: {
        include: ["item.input_audio_transcription.logprobs"],
        input_audio_format: "pcm16",
        input_audio_noise_reduction: { type: "far_field" },
        input_audio_transcription: { model: "gpt-4o-transcribe", language: "en" },
        turn_detection: { prefix_padding_ms: 200, silence_duration_ms: 600, threshold: 0.6 },
      },
    },
    {
      type: "session.update",
      event_id: "a",
      session: {
        type: "realtime",
        model: "gpt-realtime",
        output_modalities: ["audio"],
        instructions: "Be brief.",
        audio: {
          input: {
            format: { type: "audio/pcm", rate: 24000 },
            transcription: { model: "gpt-4o-transcribe", language: "en", prompt: "names" },
            noise_reduction: { type: "near_field" },
            turn_detection: {
              type: "server_vad",
              threshold: 0.5,
              prefix_padding_ms: 300,
              silence_duration_ms: 500,
              idle_timeout_ms: null,
              create_response: true,
              interrupt_response: true,
            },
          },
          output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.1 },
        },
        include: ["item.input_audio_transcription.logprobs"],
        tools: [
          {
            type: "function",
            name: "save_note",
            description: "Saves a note",
            parameters: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
          },
        ],
        tool_choice: { type: "function", name: "save_note" },
        parallel_tool_calls: false,
        reasoning: { effort: "low" },
        max_output_tokens: 4096,
        tracing: { workflow_name: "w", group_id: "g", metadata: { a: "b" } },
        prompt: { id: "pmpt_1", version: "2", variables: { city: "Paris" } },
        truncation: {
          type: "retention_ratio",
          retention_ratio: 0.8,
          token_limits: { post_instructions: 9000 },
        },
      },
    },
    {
      type: "session.update",
      session: {
        type: "realtime",
        audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } },
        max_output_tokens: "inf",
        tool_choice: "auto",
        tracing: null,
        prompt: null,
        truncation: "auto",
      },
    },
    { type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } },
    { type: "input_audio_buffer.append", audio: "AAAAAA==" },
    { type: "input_audio_buffer.commit" },
    { type: "input_audio_buffer.clear", event_id: "b" },
    { type: "output_audio_buffer.clear" },
    {
      type: "conversation.item.create",
      previous_item_id: "root",
      item: { type: "message", role: "system", content: [{ type: "input_text", text: "x" }] },
    },
    {
      type: "conversation.item.create",
      item: {
        id: "mine",
        object: "realtime.item",
        status: "completed",
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "hello" },
          { type: "input_audio", audio: "AAA=", transcript: "hello" },
        ],
      },
    },
    {
      type: "conversation.item.create",
      item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "hi" }] },
    },
    {
      type: "conversation.item.create",
      item: { type: "function_call", name: "f", arguments: "{}", call_id: "call_1" },
    },
    {
      type: "conversation.item.create",
      item: { type: "function_call_output", call_id: "call_1", output: "{}" },
    },
    { type: "conversation.item.retrieve", item_id: "item_1" },
    { type: "conversation.item.truncate", item_id: "item_1", content_index: 0, audio_end_ms: 1500 },
    { type: "conversation.item.delete", item_id: "item_1" },
    { type: "response.create" },
    {
      type: "response.create",
      response: {
        conversation: "none",
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Sum up." }] }],
        instructions: "One line.",
        metadata: { topic: "summary" },
        output_modalities: ["text"],
        audio: { output: { format: { type: "audio/pcma" }, voice: { id: "voice_1" } } },
        tools: [],
        tool_choice: "none",
        parallel_tool_calls: true,
        reasoning: {},
        max_output_tokens: 200,
        prompt: null,
      },
    },
    { type: "response.create", response: { metadata: null, conversation: "auto", input: [] } },
    { type: "response.cancel", response_id: "resp_1" },
  ];

  test.each(samples.map((sample) => [sample.type, sample] as const))(
    "%s parses unchanged",
    (_type, sample) => {
      expect(parseClientEvent(sample)).toEqual({ ok: true, event: sample });
      expect(clientEventSchemas[sample.type].parse(sample)).toEqual(sample);
    },
  );

  test("an item reference, which the reference knows in responses alone, parses there and nowhere else", () => {
    const reference: Reference.ResponseItemReference = { type: "item_reference", id: "item_1" };
    expect(parseClientEvent({ type: "response.create", response: { input: [reference] } }).ok).toBe(true);
    expect(parseClientEvent({ type: "conversation.item.create", item: reference })).toMatchObject({
      ok: false,
      code: "invalid_value",
      param: "item.type",
    });
  });

  test("the samples cover every event the reference's clients may send", () => {
    const covered = new Set<string>(samples.map((sample) => sample.type));
    expect(clientEventTypes.filter((type) => !covered.has(type))).toEqual([
      "kuku.playback",
      "kuku.transcript.correct",
    ]);
  });
});

/** Schemas of a session's configuration: as `session.update` sets it and `session.created` and `session.updated` report it. */
import { z } from "zod";
import { audioFormat } from "./audio-format.ts";
import { hint, id, language, unit } from "./fields.ts";
import { isReadable } from "./readable-text.ts";

/** Silence of a fixed length ends the turn. */
export const serverVad = z.strictObject({
  type: z.literal("server_vad"),
  /** 0–1, default 0.5; higher wants louder, clearer speech. */
  threshold: unit.optional(),
  /** Audio kept from before the detected start, ms; default 300. */
  prefix_padding_ms: z.int().min(0).max(5000).optional(),
  /** Silence that ends the turn, ms; default 500. */
  silence_duration_ms: z.int().min(20).max(10_000).optional(),
  /** Answer unasked when nothing was said for so long after the last reply had been played; null or absent: never. */
  idle_timeout_ms: z.int().min(1000).max(600_000).nullable().optional(),
  /** Answer by itself at the end of a turn; default true. */
  create_response: z.boolean().optional(),
  /** Speech interrupts a reply; default true. */
  interrupt_response: z.boolean().optional(),
});

/** Silence weighed with how the speech ended: a thinking speaker is waited for. */
export const semanticVad = z.strictObject({
  type: z.literal("semantic_vad"),
  /** `low` waits longest; `auto`, the default, is `medium`. */
  eagerness: z.enum(["low", "medium", "high", "auto"]).optional(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
});

const turnDetection = z.discriminatedUnion("type", [serverVad, semanticVad]);
export type TurnDetectionConfig = z.infer<typeof turnDetection>;

/** The engine is the server's own, whatever `model` says. */
export const transcription = z.strictObject({
  model: z.string().max(200).optional(),
  language: language.optional(),
  prompt: z.string().max(8000).optional(),
  /** Words and phrases to expect: names, jargon. */
  keywords: z.array(z.string().min(1).max(500)).max(1000).optional(),
  /** Languages that may be spoken. */
  languages: z.array(language).max(100).optional(),
  delay: hint,
});
export type TranscriptionConfig = z.infer<typeof transcription>;

/** A voice's name, or the reference's custom voice object. */
export const voice = z.union(
  [z.string().min(1).max(200), z.strictObject({ id: z.string().min(1).max(200) })],
  {
    error: "must be a voice name, or an object with an id",
  },
);

const speed = z.number().min(0.25).max(1.5);

/** `["audio"]` (a text transcript always comes along) or `["text"]`. */
export const outputModalities = z.array(z.enum(["audio", "text"])).length(1);

export const maxOutputTokens = z.union([z.int().min(1).max(4096), z.literal("inf")], {
  error: 'must be a whole number from 1 to 4096, or "inf"',
});

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "must be 1 to 64 letters, digits, _ or -" }),
  description: z.string().optional(),
  /** JSON Schema of the arguments. */
  parameters: z.record(z.string(), z.unknown()).optional(),
});
export const tools = z.array(functionTool).max(128);

export const toolChoice = z.union(
  [z.enum(["none", "auto", "required"]), z.strictObject({ type: z.literal("function"), name: z.string() })],
  { error: 'must be "none", "auto", "required", or { "type": "function", "name": … }' },
);

/** A stored prompt of the vendor's platform. Read, then refused: there is no such store here. */
export const prompt = z.strictObject({
  id,
  version: z.string().nullable().optional(),
  variables: z.record(z.string(), z.string()).nullable().optional(),
});

/** Exercise of the read-aloud drill; each request replaces the one before. */
const kukuDrill = z
  .strictObject({
    /**
     * `sentence` (read it, the default), `minimal_pairs` (say one word of two), `pacing` (read at a pace), `prosody` (stress,
     * emphasis, melody, pauses).
     */
    kind: z.enum(["sentence", "minimal_pairs", "pacing", "prosody"]).optional(),
    /** 1 (easy) to 3. */
    level: z.number().int().min(1).max(3).optional(),
    /** A sound of the language, such as `th` or `r/l`; for pacing `rate` or `pause`; for prosody `stress`, `emphasis`, `contour` or `pauses`. */
    focus: z.string().min(1).max(40).optional(),
    /** A round: ids of exercises of this kind (`POST /api/me/practice/rounds`), asked for in this order, once. */
    round: z
      .array(z.string().regex(/^[a-z_]{1,20}-[0-9a-f]{8}$/, { error: "is no exercise's id" }))
      .min(1)
      .max(50)
      .optional(),
    /** The text to read, 1–500 characters; replaces the drill's own. */
    text: z
      .string()
      .min(1)
      .max(500)
      .refine(isReadable, { error: "nothing in it can be read aloud: a text needs a word or a number" })
      .optional(),
  })
  .refine((drill) => Object.keys(drill).length > 0, {
    error: "say at least one of kind, level, focus, round, text",
  });

/** The extension's part of a session; only with `kuku.v1`. */
const kukuSession = z.strictObject({
  drill: kukuDrill.optional(),
  /** The language spoken, both ways. */
  language: language.optional(),
  /** A way of taking turns by name, in place of `audio.input.turn_detection`. */
  turn_taking: z.enum(["patient", "conversation", "brisk", "push_to_talk"]).optional(),
  /** Measure how things are said and tell it in `coach.delivery`; default true. */
  delivery: z.boolean().optional(),
  /** Whether the persona speaks first; default true. Counts until it has spoken. */
  greet: z.boolean().optional(),
  /** The user agrees that both sides are recorded; default false, and false ends a recording. */
  record: z.boolean().optional(),
});
export type KukuSession = z.infer<typeof kukuSession>;

/** Parts of the extension that a transcription session has: nobody coaches in one. */
const kukuTranscription = kukuSession.pick({
  language: true,
  turn_taking: true,
  delivery: true,
  record: true,
});

const inputUpdate = z.strictObject({
  format: audioFormat.optional(),
  transcription: transcription.nullable().optional(),
  turn_detection: turnDetection.nullable().optional(),
  noise_reduction: hint,
});

const realtimeUpdate = z.strictObject({
  type: z.literal("realtime"),
  /** Fields that the server tells and clients may send back, with the session's own values alone. */
  object: z.literal("realtime.session").optional(),
  id: z.string().max(512).optional(),
  expires_at: z.number().optional(),
  model: z.string().min(1).max(200).optional(),
  output_modalities: outputModalities.optional(),
  instructions: z.string().optional(),
  audio: z
    .strictObject({
      input: inputUpdate.optional(),
      output: z
        .strictObject({ format: audioFormat.optional(), voice: voice.optional(), speed: speed.optional() })
        .optional(),
    })
    .optional(),
  tools: tools.optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  max_output_tokens: maxOutputTokens.optional(),
  prompt: prompt.nullable().optional(),
  include: hint,
  metadata: hint,
  reasoning: hint,
  safety_identifier: hint,
  temperature: hint,
  tracing: hint,
  truncation: hint,
  kuku: kukuSession.optional(),
});

/** A transcription session has no reply, and so nothing that would shape one. */
const transcriptionUpdate = z.strictObject({
  type: z.literal("transcription"),
  object: z.literal("realtime.transcription_session").optional(),
  id: z.string().max(512).optional(),
  expires_at: z.number().optional(),
  audio: z.strictObject({ input: inputUpdate.optional() }).optional(),
  include: hint,
  kuku: kukuTranscription.optional(),
});

/**
 * Fields that a client may set; absent ones keep their value. Only the shape is checked here: the session refuses values
 * that this server does not support (`unsupported_value`), and the fields of the other type of session.
 */
export const sessionUpdate = z.discriminatedUnion("type", [realtimeUpdate, transcriptionUpdate]);
/** The update of either type; what a transcription session does not have is absent. */
export type SessionUpdate = Omit<z.infer<typeof realtimeUpdate>, "type" | "object"> & { type: SessionType };

/** Purpose of a session, fixed at its creation: a conversation, or the transcripts of what is said. */
export type SessionType = z.infer<typeof sessionUpdate>["type"];

/** Value of `include` that asks for log probabilities of transcripts. */
export const includedLogprobs = "item.input_audio_transcription.logprobs";

/** The configuration in force, in full. A feature that is off is absent, except `turn_detection`, which is then null. */
export const realtimeSession = z.object({
  type: z.literal("realtime"),
  object: z.literal("realtime.session"),
  id: z.string(),
  /** Seconds since the epoch at which the session ends at the latest. */
  expires_at: z.int().optional(),
  model: z.string(),
  output_modalities: outputModalities,
  instructions: z.string(),
  audio: z.object({
    input: z.object({
      format: audioFormat,
      transcription: transcription.optional(),
      turn_detection: turnDetection.nullable(),
    }),
    output: z.object({ format: audioFormat, voice: z.string(), speed: z.number() }),
  }),
  tools,
  tool_choice: toolChoice,
  /** Absent unless a client set it: a reply may call several functions. */
  parallel_tool_calls: z.boolean().optional(),
  max_output_tokens: maxOutputTokens,
  /** Absent: nothing beyond the usual. */
  include: z.array(z.literal(includedLogprobs)).optional(),
  truncation: z.literal("auto").optional(),
  /** With `kuku.v1` only. */
  kuku: kukuSession.optional(),
});
export type SessionConfig = z.infer<typeof realtimeSession>;

/** Turn detection as far as it says where an utterance ends; whether that is answered has no meaning here. */
export const endpointDetection = z.discriminatedUnion("type", [
  serverVad.pick({ type: true, threshold: true, prefix_padding_ms: true, silence_duration_ms: true }),
  semanticVad.pick({ type: true, eagerness: true }),
]);

/** The configuration of a transcription session in force, in full. */
export const transcriptionSession = z.object({
  type: z.literal("transcription"),
  object: z.literal("realtime.transcription_session"),
  id: z.string(),
  /** Seconds since the epoch at which the session ends at the latest. */
  expires_at: z.int().optional(),
  audio: z.object({
    input: z.object({
      format: audioFormat,
      transcription: transcription.optional(),
      turn_detection: endpointDetection.nullable(),
    }),
  }),
  /** Absent: nothing beyond the usual. */
  include: z.array(z.literal(includedLogprobs)).optional(),
  /** With `kuku.v1` only. */
  kuku: kukuTranscription.optional(),
});
export type TranscriptionSessionConfig = z.infer<typeof transcriptionSession>;

/** The configuration of a session of either type. */
export const session = z.discriminatedUnion("type", [realtimeSession, transcriptionSession]);
export type WireSession = z.infer<typeof session>;

/**
 * `session.update`: what a field asks for happens, or the whole update is refused with the field's name. Hints and
 * labels are accepted and not followed. Pure.
 */
import { setDrill, setLanguage } from "../../coach/coach.ts";
import { refuseDrill } from "../../coach/drills/drill-requests.ts";
import { turnPresets } from "../../pipeline/ears/turn-presets.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { ResponseParams } from "../../protocol/responses.ts";
import {
  includedLogprobs,
  type SessionConfig,
  type SessionUpdate,
  type TranscriptionConfig,
} from "../../protocol/session-config.ts";
import type { Capabilities } from "../capabilities.ts";
import type { SessionState } from "../turns/state.ts";
import { changedSetting } from "./fixed-settings.ts";
import { turnDetectionConfig, withDefaults } from "./turn-detection-config.ts";

/** Why something a client asked for is refused. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string;
}

type ConfigureResult =
  | { readonly ok: true; readonly config: SessionConfig; readonly coach: SessionState["coach"] }
  | ({ readonly ok: false } & Refusal);

/** The session as the update wants it, or the refusal of its first field that cannot be had. */
export function configure(
  state: SessionState,
  update: SessionUpdate,
  capabilities: Capabilities,
): ConfigureResult {
  const refusal =
    refuseType(state, update) ??
    refuseOutput(update, capabilities) ??
    refuseToolUse(update.tools, update.tool_choice, state.config.tools, "session", capabilities) ??
    refuseModelOptions(update, "session") ??
    refuseIdentity(state, update) ??
    refuseOthers(state, update);
  if (refusal) return { ok: false, ...refusal };
  const config = merge(state.config, update, capabilities);
  const changed = state.fixed && changedSetting(state.fixed, state.config, config);
  if (changed !== undefined) return { ok: false, ...fixedRefusal(`session.${changed}`) };
  return { ok: true, config, coach: mergeCoach(state, update) };
}

const refuse = (param: string, message: string, code: ErrorCode = "unsupported_value"): Refusal => ({
  code,
  param,
  message,
});

/** [RF7] The refusal of another value for what the maker of a client secret has fixed. */
export function fixedRefusal(param: string): Refusal {
  return refuse(param, `${param} is fixed by the client secret.`);
}

/** [TX3] The reference's words. */
function refuseType({ type }: SessionState, update: SessionUpdate): Refusal | undefined {
  if (update.type === type) return undefined;
  return refuse(
    "session.type",
    `Passing a ${update.type} session update event to a ${type} session is not allowed: the type of a session is fixed when it is made.`,
  );
}

function refuseOutput(update: SessionUpdate, capabilities: Capabilities): Refusal | undefined {
  const voice = update.audio?.output?.voice;
  return voice === undefined ? undefined : refuseVoice(voice, "session.audio.output.voice", capabilities);
}

/** A voice's name, however it was given. */
export function voiceName(voice: string | { id: string }): string {
  return typeof voice === "string" ? voice : voice.id;
}

/** Refuses a voice that this server does not have. */
export function refuseVoice(
  voice: string | { id: string },
  param: string,
  capabilities: Capabilities,
): Refusal | undefined {
  const name = voiceName(voice);
  if (capabilities.findVoice(name) !== undefined) return undefined;
  return refuse(
    param,
    `There is no voice "${name}". Voices: ${capabilities.voices.join(", ")}.`,
    "invalid_value",
  );
}

/** Refuses tools where the model can call none, and a choice that names a tool which is not there. */
export function refuseToolUse(
  tools: SessionUpdate["tools"],
  choice: SessionUpdate["tool_choice"],
  current: SessionConfig["tools"],
  at: "session" | "response",
  capabilities: Capabilities,
): Refusal | undefined {
  const offered = tools ?? current;
  if (!capabilities.callsTools && (tools?.length ?? 0) > 0)
    return refuse(`${at}.tools`, `The reply model "${capabilities.replyModel}" cannot call tools.`);
  if (choice === "required" && offered.length === 0)
    return refuse(`${at}.tool_choice`, '"required" needs at least one tool.', "invalid_value");
  if (typeof choice === "object" && !offered.some((tool) => tool.name === choice.name))
    return refuse(`${at}.tool_choice.name`, `There is no tool "${choice.name}".`, "invalid_value");
  return undefined;
}

/** Refuses what the vendor's models can be asked and ours cannot, in a session or for one response. */
export function refuseModelOptions(
  asked: Pick<SessionUpdate, "prompt">,
  at: "session" | "response",
): Refusal | undefined {
  if (asked.prompt) return refuse(`${at}.prompt`, "Stored prompts are not available; use instructions.");
  return undefined;
}

/** [RF2] Refuses another value for what is a session's own; clients may send back what they were told. */
function refuseIdentity({ config }: SessionState, update: SessionUpdate): Refusal | undefined {
  const other = (["id", "expires_at"] as const).find(
    (field) => update[field] !== undefined && update[field] !== config[field],
  );
  return other && refuse(`session.${other}`, `The session's ${other} is the server's own and cannot be set.`);
}

function refuseOthers(state: SessionState, update: SessionUpdate): Refusal | undefined {
  if (update.kuku !== undefined && !state.extended)
    return refuse("session.kuku", "session.kuku needs the sub-protocol kuku.v1.", "extension_required");
  if (update.kuku?.turn_taking && update.audio?.input?.turn_detection !== undefined)
    return refuse(
      "session.kuku.turn_taking",
      "Give either session.kuku.turn_taking or session.audio.input.turn_detection, not both.",
      "invalid_value",
    );
  if (update.kuku?.drill && state.coach.flow !== "drill")
    return refuse(
      "session.kuku.drill",
      `The persona "${state.persona.id}" has no drill; connect with model=reader.`,
    );
  const drill = update.kuku?.drill && refuseDrill(languageOf(state, update), update.kuku.drill);
  if (drill) return refuse(`session.kuku.drill.${drill.field}`, drill.message, "invalid_value");
  if (update.model !== undefined && update.model !== state.config.model && !update.model.startsWith("gpt-"))
    return refuse("session.model", "The model of a session cannot be changed; connect anew with ?model=….");
  return undefined;
}

const ignoredFields = [
  "include",
  "metadata",
  "reasoning",
  "safety_identifier",
  "temperature",
  "tracing",
  "truncation",
] as const satisfies (keyof SessionUpdate)[];

/** Paths of the hints and labels in an update, which have no effect here. */
export function ignoredSettings(
  update: SessionUpdate,
  { tellsLogprobs }: Pick<Capabilities, "tellsLogprobs">,
): string[] {
  const input = update.audio?.input;
  const asked = {
    ...update,
    ...(update.truncation === "auto" && { truncation: undefined }),
    ...(tellsLogprobs && { include: undefined }),
  };
  return [
    ...presentPaths(asked, ignoredFields, "session"),
    ...presentPaths(input, ["noise_reduction"], "session.audio.input"),
    ...(update.type === "transcription"
      ? presentPaths<{ create_response?: unknown; interrupt_response?: unknown; idle_timeout_ms?: unknown }>(
          input?.turn_detection,
          ["create_response", "interrupt_response", "idle_timeout_ms"],
          "session.audio.input.turn_detection",
        )
      : []),
    ...presentPaths(input?.transcription, ["delay"], "session.audio.input.transcription"),
  ];
}

/** Lists the parameters of a `response.create` that are ignored. */
export function ignoredResponseParams(params: ResponseParams): string[] {
  return presentPaths(params, ["reasoning", "temperature"], "response");
}

function presentPaths<T extends object>(
  fields: T | null | undefined,
  names: readonly (keyof T & string)[],
  at: string,
): string[] {
  return names.filter((name) => (fields?.[name] ?? null) !== null).map((name) => `${at}.${name}`);
}

function merge(config: SessionConfig, update: SessionUpdate, capabilities: Capabilities): SessionConfig {
  const input = update.audio?.input;
  const output = update.audio?.output;
  const transcription =
    input?.transcription === undefined
      ? config.audio.input.transcription
      : input.transcription === null
        ? undefined
        : effectiveTranscription(input.transcription, capabilities);
  const voice = output?.voice;
  const detection = requestedDetection(update);
  const kuku = mergeKuku(config, update);
  return {
    ...config,
    output_modalities: update.output_modalities ?? config.output_modalities,
    instructions: update.instructions ?? config.instructions,
    audio: {
      input: {
        format: input?.format ? withRate(input.format) : config.audio.input.format,
        transcription,
        turn_detection: detection === undefined ? config.audio.input.turn_detection : withDefaults(detection),
      },
      output: {
        format: output?.format ? withRate(output.format) : config.audio.output.format,
        voice: voice === undefined ? config.audio.output.voice : voiceName(voice),
        speed: output?.speed ?? config.audio.output.speed,
      },
    },
    tools: update.tools ?? config.tools,
    tool_choice: update.tool_choice ?? config.tool_choice,
    parallel_tool_calls: update.parallel_tool_calls ?? config.parallel_tool_calls,
    max_output_tokens: update.max_output_tokens ?? config.max_output_tokens,
    include: update.include === undefined ? config.include : included(update.include, capabilities),
    ...(kuku && { kuku }),
  };
}

/** [RF8] What is told beyond the usual: log probabilities, where the transcriber has them. */
function included(asked: unknown, { tellsLogprobs }: Capabilities): SessionConfig["include"] {
  const wanted = Array.isArray(asked) && asked.includes(includedLogprobs);
  return wanted && tellsLogprobs ? [includedLogprobs] : undefined;
}

/** A transcription as it is done: by the server's own engine. */
function effectiveTranscription(
  { language, languages, keywords, prompt }: TranscriptionConfig,
  { transcriber }: Capabilities,
): TranscriptionConfig {
  return {
    ...(language && { language }),
    ...(languages && { languages }),
    ...(keywords && { keywords }),
    prompt,
    model: transcriber,
  };
}

/** Returns the turn detection that the update asks for, itself or by a preset's name. */
function requestedDetection(
  update: SessionUpdate,
): SessionConfig["audio"]["input"]["turn_detection"] | undefined {
  const preset = update.kuku?.turn_taking;
  return preset ? turnDetectionConfig(turnPresets[preset].detection) : update.audio?.input?.turn_detection;
}

/** A preset's name stays until turn detection is set by hand. */
function mergeKuku(config: SessionConfig, update: SessionUpdate): SessionConfig["kuku"] {
  const { turn_taking, ...kept } = config.kuku ?? {};
  const named = update.audio?.input?.turn_detection === undefined && turn_taking ? { turn_taking } : {};
  return config.kuku || update.kuku ? { ...kept, ...named, ...update.kuku } : undefined;
}

/** A format said in full: PCM with its rate. */
export function withRate(
  format: SessionConfig["audio"]["input"]["format"],
): SessionConfig["audio"]["input"]["format"] {
  return format.type === "audio/pcm" ? { type: "audio/pcm", rate: format.rate ?? 24000 } : format;
}

function mergeCoach(state: SessionState, update: SessionUpdate): SessionState["coach"] {
  const drill = update.kuku?.drill;
  const spoken = setLanguage(state.coach, languageOf(state, update));
  return drill === undefined ? spoken : setDrill(spoken, drill);
}

/** The language of the conversation from this update on. */
function languageOf(state: SessionState, update: SessionUpdate): string {
  const { language, languages } = update.audio?.input?.transcription ?? {};
  const only = languages?.length === 1 ? languages[0] : undefined;
  return update.kuku?.language ?? language ?? only ?? state.coach.language;
}

/** Settings that the maker of a client secret has fixed: no client changes them, for a session or one response. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { SessionConfig, SessionUpdate } from "../../protocol/session-config.ts";
import type { ReplyPlan } from "../turns/state.ts";

/** Reads each setting that can be fixed, from an update and from a configuration, by its path below `session`. */
const readers = {
  instructions: (from) => from.instructions,
  output_modalities: (from) => from.output_modalities,
  "audio.input.format": (from) => from.audio?.input?.format,
  "audio.input.transcription": (from) => from.audio?.input?.transcription,
  "audio.input.turn_detection": (from) => from.audio?.input?.turn_detection,
  "audio.output.format": (from) => from.audio?.output?.format,
  "audio.output.voice": (from) => from.audio?.output?.voice,
  "audio.output.speed": (from) => from.audio?.output?.speed,
  tools: (from) => from.tools,
  tool_choice: (from) => from.tool_choice,
  parallel_tool_calls: (from) => from.parallel_tool_calls,
  max_output_tokens: (from) => from.max_output_tokens,
} as const satisfies Record<string, (from: SessionUpdate | SessionConfig) => unknown>;
type FixedSetting = keyof typeof readers;

/** Fields of a planned response that settings decide. */
const planned: Readonly<Partial<Record<string, keyof ReplyPlan>>> = {
  instructions: "instructions",
  output_modalities: "modality",
  "audio.output.format": "format",
  "audio.output.voice": "voice",
  tools: "tools",
  tool_choice: "toolChoice",
  parallel_tool_calls: "parallelToolCalls",
  max_output_tokens: "maxOutputTokens",
} satisfies Partial<Record<FixedSetting, keyof ReplyPlan>>;

/** The settings that an update names, as paths below `session`. */
export function fixedSettings(settings: SessionUpdate): readonly string[] {
  return Object.entries(readers).flatMap(([path, read]) => (read(settings) === undefined ? [] : [path]));
}

/** The path of a fixed setting that is another one in `after`; the same again is no change. */
export function changedSetting(
  fixed: readonly string[],
  before: SessionConfig,
  after: SessionConfig,
): string | undefined {
  return fixed.find((path) => {
    const read = readers[path as FixedSetting];
    return read !== undefined && !isDeepStrictEqual(read(before), read(after));
  });
}

/** The path of a fixed setting that a response would be made without. */
export function changedPlan(
  fixed: readonly string[],
  session: ReplyPlan,
  asked: ReplyPlan,
): string | undefined {
  return fixed.find((path) => {
    const field = planned[path];
    return field !== undefined && !isDeepStrictEqual(session[field], asked[field]);
  });
}

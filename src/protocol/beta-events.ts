/**
 * The vendor's beta at the edge of a connection: its client events become today's before they are parsed, and today's
 * server events become the beta's. Pure.
 */
import { betaDetectionType, betaFormats, betaTranscriptionSessionOf, formats } from "./beta-transcription.ts";
import type { AssistantContent, Item } from "./items.ts";
import type { Response } from "./responses.ts";
import type { ServerEvent, ServerEventOf } from "./server-events.ts";
import type { SessionConfig, WireSession } from "./session-config.ts";

/** Fields that the beta has under another name, with the name of today, by the object that has them. */
const renamedFields = {
  session: {
    modalities: "output_modalities",
    voice: "audio.output.voice",
    speed: "audio.output.speed",
    input_audio_format: "audio.input.format",
    output_audio_format: "audio.output.format",
    input_audio_transcription: "audio.input.transcription",
    input_audio_noise_reduction: "audio.input.noise_reduction",
    turn_detection: "audio.input.turn_detection",
    max_response_output_tokens: "max_output_tokens",
  },
  response: {
    modalities: "output_modalities",
    voice: "audio.output.voice",
    output_audio_format: "audio.output.format",
    max_response_output_tokens: "max_output_tokens",
  },
} as const;
type Renamed = keyof typeof renamedFields;

/** Paths of the beta, such as `session.voice`, with those of today. */
export const betaPaths: ReadonlyMap<string, string> = new Map(
  Object.entries(renamedFields).flatMap(([holder, names]) =>
    Object.entries(names).map(([beta, today]) => [`${holder}.${beta}`, `${holder}.${today}`]),
  ),
);

type Fields = Record<string, unknown>;

/** Converts a client event of the beta, not yet checked. What the beta does not have, or has as it is today, stays as it is. */
export function fromBetaEvent(value: unknown): unknown {
  if (!isFields(value)) return value;
  const { type, session, response, item } = value;
  if (type === "session.update" && isFields(session))
    return { ...value, session: { type: "realtime", ...fieldsFromBeta("session", session) } };
  if (type === "response.create" && isFields(response))
    return { ...value, response: fieldsFromBeta("response", response) };
  if (type === "conversation.item.create") return { ...value, item: itemFromBeta(item) };
  return value;
}

/** Converts values of the beta; what they do not know stays, and is refused under the field's name. */
const valuesFromBeta: Readonly<Record<string, (value: unknown) => unknown>> = {
  modalities: (value) => (Array.isArray(value) && value.includes("audio") ? ["audio"] : value),
  input_audio_format: formatFromBeta,
  output_audio_format: formatFromBeta,
  turn_detection: (value) => (isFields(value) ? betaDetectionType(value) : value),
};

function fieldsFromBeta(holder: Renamed, given: Fields): Fields {
  const names: Readonly<Record<string, string>> = renamedFields[holder];
  const fields: Fields = {};
  for (const [name, value] of Object.entries(given)) if (!Object.hasOwn(names, name)) fields[name] = value;
  for (const [beta, today] of Object.entries(names))
    if (Object.hasOwn(given, beta)) place(fields, today, valuesFromBeta[beta]?.(given[beta]) ?? given[beta]);
  if (Array.isArray(fields.tools))
    fields.tools = fields.tools.map((tool) => (isFields(tool) ? { type: "function", ...tool } : tool));
  if (Array.isArray(fields.input)) fields.input = fields.input.map(itemFromBeta);
  return fields;
}

/** Sets the field at a path; where something else than an object stands in its way, that stays and is refused. */
function place(fields: Fields, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop()!;
  let holder = fields;
  for (const name of names) {
    holder[name] ??= {};
    const inner = holder[name];
    if (!isFields(inner)) return;
    holder = inner;
  }
  holder[last] = value;
}

function formatFromBeta(value: unknown): unknown {
  return typeof value === "string" && Object.hasOwn(formats, value)
    ? formats[value as keyof typeof formats]
    : value;
}

/** Content of assistants is named otherwise today. */
function itemFromBeta(item: unknown): unknown {
  if (!isFields(item) || item.role !== "assistant" || !Array.isArray(item.content)) return item;
  const content = item.content.map((part) =>
    isFields(part) && (part.type === "text" || part.type === "audio")
      ? { ...part, type: `output_${part.type}` }
      : part,
  );
  return { ...item, content };
}

const renamedEvents = {
  "response.output_text.delta": "response.text.delta",
  "response.output_text.done": "response.text.done",
  "response.output_audio.delta": "response.audio.delta",
  "response.output_audio.done": "response.audio.done",
  "response.output_audio_transcript.delta": "response.audio_transcript.delta",
  "response.output_audio_transcript.done": "response.audio_transcript.done",
} as const;

/** Converts a server event to the beta's; undefined: the beta has no such event. */
export function toBetaEvent(event: ServerEvent) {
  switch (event.type) {
    case "session.created":
    case "session.updated":
      return sessionEventToBeta(event);
    case "conversation.item.added":
      return { ...event, type: "conversation.item.created" as const, item: itemToBeta(event.item) };
    case "conversation.item.done":
      return undefined;
    case "conversation.item.created":
    case "conversation.item.retrieved":
    case "response.output_item.added":
    case "response.output_item.done":
      return { ...event, item: itemToBeta(event.item) };
    case "response.created":
    case "response.done":
      return { ...event, response: responseToBeta(event.response) };
    case "response.output_text.delta":
    case "response.output_text.done":
    case "response.output_audio.delta":
    case "response.output_audio.done":
    case "response.output_audio_transcript.delta":
    case "response.output_audio_transcript.done":
      return { ...event, type: renamedEvents[event.type] };
    case "error":
      return { ...event, error: errorToBeta(event.error) };
    default:
      return event;
  }
}

function sessionEventToBeta({
  type,
  event_id,
  session,
}: ServerEventOf<"session.created" | "session.updated">) {
  return session.type === "realtime"
    ? { type, event_id, session: sessionToBeta(session) }
    : { type: `transcription_${type}` as const, event_id, session: betaTranscriptionSessionOf(session) };
}

export function sessionToBeta(session: Extract<WireSession, { type: "realtime" }>) {
  const { id, object, expires_at, model, instructions, tools, tool_choice, audio } = session;
  return {
    id,
    object,
    expires_at,
    model,
    modalities: modalitiesToBeta(session.output_modalities),
    instructions,
    voice: audio.output.voice,
    speed: audio.output.speed,
    input_audio_format: betaFormats[audio.input.format.type],
    output_audio_format: betaFormats[audio.output.format.type],
    input_audio_transcription: audio.input.transcription ?? null,
    turn_detection: audio.input.turn_detection,
    tools,
    tool_choice,
    max_response_output_tokens: session.max_output_tokens,
  };
}

export function responseToBeta({ output_modalities, audio, output, ...response }: Response) {
  return {
    ...response,
    output: output.map(itemToBeta),
    modalities: modalitiesToBeta(output_modalities),
    voice: audio?.output.voice,
    output_audio_format: audio && betaFormats[audio.output.format.type],
  };
}

/** The beta names the transcript that comes with audio. */
function modalitiesToBeta([modality]: SessionConfig["output_modalities"]): ("text" | "audio")[] {
  return modality === "audio" ? ["text", "audio"] : ["text"];
}

export function itemToBeta(item: Item) {
  if (item.type !== "message" || item.role !== "assistant") return item;
  return { ...item, content: item.content.map(contentToBeta) };
}

function contentToBeta(part: AssistantContent) {
  return part.type === "output_text"
    ? { ...part, type: "text" as const }
    : { ...part, type: "audio" as const };
}

/** Names fields as the client knows them. */
function errorToBeta(error: ServerEventOf<"error">["error"]) {
  let { param, message } = error;
  for (const [beta, today] of betaPaths) {
    message = message.replaceAll(today, beta);
    if (param?.startsWith(today) && /^$|^[.[]/.test(param.slice(today.length)))
      param = beta + param.slice(today.length);
  }
  return { ...error, param, message };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

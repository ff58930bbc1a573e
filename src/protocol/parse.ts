/** Parses client events: JSON becomes an event, or an error that names the field. */
import type { z } from "zod";
import { base64ByteLength } from "./base64.ts";
import { type ClientEvent, type ClientEventType, clientEventSchemas } from "./client-events.ts";
import { explainIssue, valueAt } from "./explain-issue.ts";
import { id } from "./fields.ts";

/** Error codes of parsing, a subset of `errorCodes`. */
type ParseErrorCode =
  | "invalid_event"
  | "unknown_event_type"
  | "missing_field"
  | "unknown_field"
  | "invalid_value"
  | "invalid_audio";

interface ParseError {
  readonly ok: false;
  readonly code: ParseErrorCode;
  /** One sentence for people. */
  readonly message: string;
  /** Path of the field at fault, such as `item.content[0].text`. */
  readonly param?: string;
  /** The client's `event_id`, where it gave a readable one. */
  readonly eventId?: string;
}

export type ParsedClientEvent = { readonly ok: true; readonly event: ClientEvent } | ParseError;

const schemas = new Map<string, z.ZodType<ClientEvent>>(Object.entries(clientEventSchemas));

/** Every client event's type. */
export const clientEventTypes = Object.keys(clientEventSchemas) as readonly ClientEventType[];

/**
 * Reads one client event from parsed JSON; never throws. The session decides later whether the event can be followed.
 * Audio takes a fast path without copies: each connection sends fifty such events a second.
 */
export function parseClientEvent(value: unknown): ParsedClientEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { ok: false, code: "invalid_event", message: "An event is a JSON object with a `type`." };
  const fields = value as Record<string, unknown>;
  if (isPlainAppend(fields)) return checkAudio(fields);
  const eventId = readEventId(fields);
  const schema = typeof fields.type === "string" ? schemas.get(fields.type) : undefined;
  if (!schema) return { ...refuseType(fields.type), ...(eventId !== undefined && { eventId }) };
  const result = readWithoutNulls(schema, fields);
  if (result.success) {
    const event = result.data;
    return event.type === "input_audio_buffer.append" ? checkAudio(event) : { ok: true, event };
  }
  const explained = explainIssue(result.error.issues[0]!, fields);
  return { ok: false, ...explained, ...(eventId !== undefined && { eventId }) };
}

/** Limit of rounds of removing nulls: each finds those that the previous one uncovered. */
const mostNullRounds = 4;

/**
 * Reads a value, and where null is no value of an optional field, reads it as if the field were absent: several client
 * libraries write out every field that they have. A required field stays refused.
 */
function readWithoutNulls(schema: z.ZodType<ClientEvent>, value: Record<string, unknown>) {
  let bare: Record<string, unknown> | undefined;
  let result = schema.safeParse(value);
  for (let round = 0; !result.success && round < mostNullRounds; round++) {
    const read = bare ?? value;
    const nulls = result.error.issues.map(({ path }) => path).filter((path) => valueAt(read, path) === null);
    if (nulls.length === 0) break;
    bare ??= structuredClone(value);
    for (const path of nulls) removeField(bare, path);
    result = schema.safeParse(bare);
  }
  return result;
}

/** Removes a field of an object; entries of a list stay. */
function removeField(value: object, path: readonly PropertyKey[]): void {
  const holder = valueAt(value, path.slice(0, -1));
  const name = path.at(-1);
  if (typeof holder !== "object" || holder === null || Array.isArray(holder) || name === undefined) return;
  delete (holder as Record<PropertyKey, unknown>)[name];
}

type Append = Extract<ClientEvent, { type: "input_audio_buffer.append" }>;

/** Whether this is a valid audio event, checked without the schema. */
function isPlainAppend(fields: Record<string, unknown>): fields is Append {
  if (fields.type !== "input_audio_buffer.append" || typeof fields.audio !== "string") return false;
  for (const name in fields) {
    if (name === "type" || name === "audio") continue;
    if (name !== "event_id" || readEventId(fields) === undefined) return false;
  }
  return true;
}

function checkAudio(event: Append): ParsedClientEvent {
  if (base64ByteLength(event.audio) !== undefined) return { ok: true, event };
  return {
    ok: false,
    code: "invalid_audio",
    param: "audio",
    message: "`audio` is not base64: its length or its padding is wrong.",
    ...(event.event_id !== undefined && { eventId: event.event_id }),
  };
}

function readEventId(fields: Record<string, unknown>): string | undefined {
  return typeof fields.event_id === "string" && id.safeParse(fields.event_id).success
    ? fields.event_id
    : undefined;
}

function refuseType(type: unknown): ParseError {
  const param = "type";
  if (type === undefined)
    return { ok: false, code: "missing_field", param, message: "`type` is missing; it names the event." };
  if (typeof type !== "string")
    return { ok: false, code: "invalid_value", param, message: "`type` must be text; it names the event." };
  const shown = type.length > 80 ? `${type.slice(0, 80)}…` : type;
  return {
    ok: false,
    code: "unknown_event_type",
    param,
    message: `${JSON.stringify(shown)} is not a client event of this protocol.`,
  };
}

/** Step 2 of a turn: a text message becomes a client event, or the error that says what is wrong with it. */
import { base64ByteLength } from "../../protocol/base64.ts";
import { fromBetaEvent } from "../../protocol/beta-events.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import { parseClientEvent } from "../../protocol/parse.ts";
import { findHarm } from "../net/harmful-json.ts";

/** Content of an `error` event, before its type and nulls are filled in. */
export interface Fault {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
  readonly param?: string | undefined;
  readonly eventId?: string | undefined;
}

export type Incoming = { readonly ok: true; readonly event: ClientEvent } | Fault;

/** Returns the client's own id of the event, where it gave one. */
export function eventIdOf(read: Incoming): string | undefined {
  return read.ok ? read.event.event_id : read.eventId;
}

/**
 * Reads a text message. Never throws.
 * @param mostBytes limit of bytes beside the audio; a longer message is refused, as a rule unparsed, since structure
 * takes longer to parse than a string
 * @param beta whether the client speaks the vendor's beta
 */
export function readText(data: Buffer, mostBytes = Number.POSITIVE_INFINITY, beta = false): Incoming {
  if (data.length > mostBytes && bytesBesideAudio(data, mostBytes) > mostBytes) return tooLarge(mostBytes);
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    return {
      ok: false,
      code: "invalid_json",
      message: "A text message must be one JSON object; this is not JSON.",
    };
  }
  const harm = isAppend(value) ? undefined : findHarm(value);
  if (harm !== undefined) return { ok: false, code: "invalid_value", message: `The event ${harm}.` };
  const read = parseClientEvent(beta ? fromBetaEvent(value) : value);
  if (read.ok && data.length - audioLength(read.event) > mostBytes)
    return tooLarge(mostBytes, read.event.event_id);
  return read;
}

function tooLarge(mostBytes: number, eventId?: string): Fault {
  const message = `An event may have at most ${mostBytes} bytes beside its base64 audio (MAX_EVENT_BYTES).`;
  return { ok: false, code: "message_too_large", message, eventId };
}

/** Returns the length of the base64 audio in an event, characters. */
export function audioLength(event: ClientEvent): number {
  if (event.type === "input_audio_buffer.append") return event.audio.length;
  if (event.type !== "conversation.item.create" || event.item.type !== "message") return 0;
  let length = 0;
  for (const part of event.item.content) if (part.type === "input_audio") length += part.audio?.length ?? 0;
  return length;
}

const audioKey = Buffer.from('"audio"');
const [quote, colon] = [0x22, 0x3a];

/**
 * Counts the bytes of a JSON text outside the strings of `"audio"` fields, and stops once they exceed `most`. Anything
 * that is not plainly such a string counts.
 */
function bytesBesideAudio(data: Buffer, most: number): number {
  let beside = 0;
  let seen = 0;
  while (beside <= most) {
    const key = data.indexOf(audioKey, seen);
    if (key < 0) break;
    let at = key + audioKey.length;
    while (isSpace(data[at]) || data[at] === colon) at++;
    const end = data[at] === quote ? data.indexOf(quote, at + 1) : at;
    if (end < 0) break;
    beside += at - seen;
    seen = end;
  }
  return beside + data.length - seen;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Decodes the audio of an `input_audio_buffer.append`. Node's decoder skips invalid characters, so the length is compared. */
export function readBase64(audio: string, eventId: string | undefined): { ok: true; bytes: Buffer } | Fault {
  const bytes = Buffer.from(audio, "base64");
  if (bytes.length === base64ByteLength(audio)) return { ok: true, bytes };
  return { ok: false, code: "invalid_audio", message: "`audio` must be base64.", param: "audio", eventId };
}

/** Whether the event is plain audio, the only text of which is base64: exempt from the check, coming fifty times a second. */
function isAppend(value: unknown): boolean {
  const { type, audio } = (value ?? {}) as { type?: unknown; audio?: unknown };
  return type === "input_audio_buffer.append" && typeof audio === "string";
}

/** Step 2 of a turn: a text message becomes a client event, or the error that says what is wrong with it. */
import { type AudioFormat, bytesPerSample, sampleRate } from "../protocol/audio-format.ts";
import { base64ByteLength } from "../protocol/base64.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import { parseClientEvent } from "../protocol/parse.ts";
import { findHarm } from "./harmful-json.ts";

/** What stands in an `error` event, before its type and nulls are filled in. */
export interface Fault {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
  readonly param?: string | undefined;
  readonly eventId?: string | undefined;
}

export type Incoming = { readonly ok: true; readonly event: ClientEvent } | Fault;

/** The client's own id of the event, where it gave one. */
export function eventIdOf(read: Incoming): string | undefined {
  return read.ok ? read.event.event_id : read.eventId;
}

/** Reads a text message. Never throws. */
export function readText(data: Buffer): Incoming {
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
  return parseClientEvent(value);
}

/** The audio of an `input_audio_buffer.append`. Node's decoder skips what is not base64, so the length tells. */
export function readBase64(audio: string, eventId: string | undefined): { ok: true; bytes: Buffer } | Fault {
  const bytes = Buffer.from(audio, "base64");
  if (bytes.length === base64ByteLength(audio)) return { ok: true, bytes };
  return { ok: false, code: "invalid_audio", message: "`audio` must be base64.", param: "audio", eventId };
}

/** What the connection must know of the session's input format to weigh audio. */
export interface AudioWeight {
  readonly bytesPerSample: 1 | 2;
  readonly bytesPerMs: number;
}

/** Weighs a format. */
export function audioWeight(format: AudioFormat): AudioWeight {
  const size = bytesPerSample(format);
  return { bytesPerSample: size, bytesPerMs: (size * sampleRate(format)) / 1000 };
}

/** Audio as it should be: its text is all there is to it, and there are fifty of them a second. */
function isAppend(value: unknown): boolean {
  const { type, audio } = (value ?? {}) as { type?: unknown; audio?: unknown };
  return type === "input_audio_buffer.append" && typeof audio === "string";
}

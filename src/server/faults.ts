/** What the connection itself finds wrong, in words for people: the bodies of its `error` events. */
import { type CloseCode, closeCodes } from "../protocol/close-codes.ts";
import { type ProtocolError, protocolError } from "../protocol/errors.ts";
import type { Limits } from "./config.ts";
import type { Fault } from "./incoming.ts";

/** A fault before its type and nulls are filled in. */
export type Found = Omit<Fault, "ok">;

/** The body of an `error` event. */
export function errorBody({ code, message, param, eventId }: Found): ProtocolError {
  return protocolError(code, message, { param, eventId });
}

export const internalError: Found = {
  code: "internal_error",
  message: "Something went wrong on the server; this session ends.",
};

/** Ends that a session does not explain itself: the error that goes before the close. */
export const saidBeforeClose: ReadonlyMap<CloseCode, Found> = new Map([
  [closeCodes.internalError.code, internalError],
  [
    closeCodes.tryAgainLater.code,
    { code: "overloaded", message: "The server cannot keep up; this session ends." },
  ],
]);

export const binaryNeedsExtension: Found = {
  code: "extension_required",
  message: "Binary messages need the sub-protocol kuku.v1.",
};

export const tooManyBadMessages: Found = {
  code: "too_many_bad_messages",
  message: "Too many messages in a row could not be read.",
};

/** Half a sample. */
export function oddAudio(bytes: number, eventId: string | undefined): Found {
  const message = `Audio must be whole 16-bit samples, an even number of bytes; these are ${bytes}.`;
  return { code: "invalid_audio", message, param: "audio", eventId };
}

export function messageTooLarge({ maxMessageBytes }: Limits): Found {
  return { code: "message_too_large", message: `A message may have at most ${maxMessageBytes} bytes.` };
}

export function audioTooFast({ audioSpeedRatio, burstSeconds }: Limits, eventId: string | undefined): Found {
  const message = `Audio may come ${audioSpeedRatio} times faster than real time, beyond a burst of ${burstSeconds} s.`;
  return { code: "audio_rate_exceeded", message, param: "audio", eventId };
}

export function tooManyMessages(limits: Limits, eventId: string | undefined): Found {
  const message = `At most ${limits.audioMessagesPerSecond} audio messages and ${limits.eventsPerSecond} other events a second, and ${limits.textBytesPerSecond} bytes of text.`;
  return { code: "rate_limit_exceeded", message, eventId };
}

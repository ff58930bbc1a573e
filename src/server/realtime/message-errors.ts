/** Bodies of the `error` events that the connection itself sends. */
import { type CloseCode, closeCodes } from "../../protocol/close-codes.ts";
import { type ProtocolError, protocolError } from "../../protocol/errors.ts";
import type { Limits } from "../config/config.ts";
import type { Fault } from "./incoming-messages.ts";

/** A fault before its type and nulls are filled in. */
export type Found = Omit<Fault, "ok">;

/** Returns the body of an `error` event. */
export function errorBody({ code, message, param, eventId }: Found): ProtocolError {
  return protocolError(code, message, { param, eventId });
}

export const internalError: Found = {
  code: "internal_error",
  message: "Something went wrong on the server; this session ends.",
};

/** Errors sent before closes that the session does not explain itself. */
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

/** Audio that ends within a sample. */
export function oddAudio(bytes: number, eventId: string | undefined): Found {
  const message = `Audio must be whole 16-bit samples, an even number of bytes; these are ${bytes}.`;
  return { code: "invalid_audio", message, param: "audio", eventId };
}

/** Limit of pieces (frames and packets) of one message. */
export const mostMessagePieces = 16 * 1024;

export function messageTooLarge({ maxMessageBytes }: Limits, bytes?: number): Found {
  const message = `A message may have at most ${maxMessageBytes} bytes (MAX_MESSAGE_BYTES)`;
  return {
    code: "message_too_large",
    message: `${message}${bytes === undefined ? "." : `; this has ${bytes}.`}`,
  };
}

/** Returns the error sent before `ws` itself closes for a bad message; undefined: none. */
export function saidBeforeRefusal(code: CloseCode, limits: Limits): Found | undefined {
  if (code === closeCodes.messageTooBig.code) return messageTooLarge(limits);
  if (code !== closeCodes.policyViolation.code) return undefined;
  return { code: "message_too_large", message: `A message may come in at most ${mostMessagePieces} pieces.` };
}

export const tooMuchAtOnce: Found = {
  code: "overloaded",
  message: "Too many large messages are being received (MAX_RECEIVING_BYTES); this connection ends.",
};

export function audioTooFast({ audioSpeedRatio, burstSeconds }: Limits, eventId: string | undefined): Found {
  const message = `Audio may come ${audioSpeedRatio} times faster than real time (MAX_AUDIO_SPEED_RATIO), beyond a burst of ${burstSeconds} s (MAX_AUDIO_BURST_SECONDS).`;
  return { code: "audio_rate_exceeded", message, param: "audio", eventId };
}

export function tooManyMessages(limits: Limits, eventId: string | undefined): Found {
  const message = `At most ${limits.audioMessagesPerSecond} audio messages and ${limits.eventsPerSecond} other events a second, and ${limits.textBytesPerSecond} bytes of text.`;
  return { code: "rate_limit_exceeded", message, eventId };
}

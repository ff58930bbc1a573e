/** How a connection ended, in words for the person at it. */
import { closeCodes } from "../protocol/close-codes.ts";

export interface Closing {
  /** Close code; 1005 and 1006 are the platform's own for "none given" and "the line broke". */
  readonly code: number;
  readonly reason: string;
  /** What to tell the person. */
  readonly message: string;
  /** Whether connecting again makes sense: at once, after a while, or not. */
  readonly retry: "no" | "now" | "later";
}

const words: Record<number, string> = {
  [closeCodes.normal.code]: "The session has ended.",
  1005: "The session has ended.",
  1006: "The connection to the coach was lost.",
  [closeCodes.internalError.code]: "The coach ran into a fault and ended this session.",
  [closeCodes.serviceRestart.code]: "The coach is being restarted. Try again in a moment.",
  [closeCodes.tryAgainLater.code]: "The coach is overloaded. Try again in a moment.",
  [closeCodes.sessionExpired.code]: "This session has reached its longest duration.",
  [closeCodes.idleTimeout.code]: "The session was ended because nothing was said for a while.",
  [closeCodes.slowConsumer.code]:
    "The network was too slow for the coach's voice, and the session was ended.",
};

/** Reads a close code. */
export function readClosing(code: number, reason: string): Closing {
  const entry = Object.values(closeCodes).find((known) => known.code === code);
  const fallback = entry?.when ?? `The connection was closed (code ${code}).`;
  return { code, reason, message: words[code] ?? fallback, retry: entry?.retry ?? "now" };
}

/** Reads how a connection ended, in words for its user. */
import { closeCodes } from "../protocol/close-codes.ts";

export interface Closing {
  /** Close code; 1005 and 1006 are the platform's own for "none given" and "the line broke". */
  readonly code: number;
  readonly reason: string;
  /** A sentence for the user. */
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

/** The line or the server is gone, and not the session. */
const lostCodes: ReadonlySet<number> = new Set([
  1006,
  closeCodes.goingAway.code,
  closeCodes.internalError.code,
  closeCodes.serviceRestart.code,
  closeCodes.tryAgainLater.code,
]);

/** Whether a session may be there still, for a socket that comes back. */
export function isLost({ code }: Closing): boolean {
  return lostCodes.has(code);
}

const firstWaitMs = 200;
const longestWaitMs = 2_000;

/**
 * Delay before reconnection attempt `attempt` (from 0), ms: 200, doubling to 2 000, each less up to half of
 * it, so that not all clients of a server that was restarted come at once. `seed`: a secret of this session, which
 * is as good as dice.
 */
export function backOffMs(attempt: number, seed: string): number {
  const whole = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
  let hash = 2_166_136_261; // FNV-1a, 32 bits
  for (const letter of `${attempt}:${seed}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return whole * (1 - ((hash >>> 8) % 1000) / 2_000);
}

/** Reads a close code. */
export function readClosing(code: number, reason: string): Closing {
  const entry = Object.values(closeCodes).find((known) => known.code === code);
  const fallback = entry?.when ?? `The connection was closed (code ${code}).`;
  return { code, reason, message: words[code] ?? fallback, retry: entry?.retry ?? "now" };
}

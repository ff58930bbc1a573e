/** One step of the state machine while it is being worked out: the state so far and what is to be done. */
import type { NewId } from "../../lib/ids.ts";
import type { EarInput } from "../../pipeline/ears/ear-events.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import { errorCodes } from "../../protocol/errors.ts";
import type { Capabilities } from "../capabilities.ts";
import type { Effect, Outgoing } from "../effects.ts";
import type { SessionState } from "./state.ts";

/** Inputs of `transition` besides state and event; the same values give the same step. */
export interface Env {
  readonly newId: NewId;
  /** The clock's monotonic time, ms. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly wallTime: number;
  readonly capabilities: Capabilities;
  readonly limits: SessionLimits;
  readonly room: ClientRoom;
}

/** Bytes that a client may still hand in. */
interface ClientRoom {
  /** Of changes that wait to be stored. */
  readonly toStore: number;
  /** Of items in the live conversations of the session's user. */
  readonly ofUser: number;
}

export interface SessionLimits {
  /** Longest life of a session, ms. */
  readonly sessionMs: number;
  /** A session in which nothing is said or asked ends after this, ms. */
  readonly idleMs: number;
  /** Longest utterance, ms. */
  readonly utteranceMs: number;
  /** Audio that may wait for the ears, in samples: the largest message, and what comes before a sender has stopped. */
  readonly waitingSamples: number;
  /** Most items in a conversation. */
  readonly items: number;
  /** Largest item that a client hands in, bytes of its JSON without audio. */
  readonly itemBytes: number;
  /** Size of a conversation's items at which a client may add none. */
  readonly conversationBytes: number;
  /** Longest instructions of a session, and its tools, bytes each. */
  readonly instructionsBytes: number;
  /** Most out-of-band responses at once. */
  readonly outOfBandReplies: number;
}

/** The limits of protocol.md. */
export const defaultSessionLimits: SessionLimits = {
  sessionMs: 60 * 60_000,
  idleMs: 5 * 60_000,
  utteranceMs: 60_000,
  waitingSamples: 17 * 1024 * 1024,
  items: 2000,
  itemBytes: 32_768,
  conversationBytes: 2_097_152,
  instructionsBytes: 65_536,
  outOfBandReplies: 4,
};

export interface StepContext {
  readonly env: Env;
  state: SessionState;
  readonly effects: Effect[];
}

/** Changes some of the state. */
export function patch(context: StepContext, change: Partial<SessionState>): void {
  context.state = { ...context.state, ...change };
}

/** [TT11] The ears take their input in order and answer later; until then what the client says next is held. */
export function requestEars(context: StepContext, input: EarInput): void {
  patch(context, { pendingEarAnswers: context.state.pendingEarAnswers + 1 });
  context.effects.push({ type: "ear_input", input });
}

/** Sends an event. Events of `kuku.v1` reach only clients that speak it (see `EffectRunner.send`). */
export function send(context: StepContext, event: Outgoing): void {
  context.effects.push({ type: "send", event });
}

/** Notes settings that are accepted and not followed. */
export function logIgnored(context: StepContext, params: readonly string[]): void {
  if (params.length > 0) context.effects.push({ type: "log_ignored", params });
}

/** Answers a client's event with an `error`; the session goes on. */
export function sendError(
  context: StepContext,
  error: { code: ErrorCode; message: string; param?: string; eventId?: string | undefined },
): void {
  send(context, {
    type: "error",
    error: {
      type: errorCodes[error.code].type,
      code: error.code,
      message: error.message,
      param: error.param ?? null,
      event_id: error.eventId ?? null,
    },
  });
}

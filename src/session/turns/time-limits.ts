/** Rules [S4], [S5] and [S15]: the longest idle time and the longest duration of a session, announced ahead. Part of `transition`. */
import type { KukuEnding } from "../../protocol/kuku-events.ts";
import { endWithError } from "./ending.ts";
import type { SessionState } from "./state.ts";
import { type StepContext, send } from "./step-context.ts";

/** [S15] Longest time between the notice of a limit and the end by it, ms. */
const longestNoticeMs = 60_000;

/** Starts the timers of both limits. */
export function armLimits(context: StepContext): void {
  const ms = leftMs(context);
  const noticeMs = Math.max(0, ms - noticeOf(context.env.limits.sessionMs));
  context.effects.push(
    { type: "arm", timer: "expiry", ms },
    { type: "arm", timer: "expiry_notice", ms: noticeMs },
  );
  restartIdleTimer(context);
}

/**
 * [S4] Returns the time that the session may still live, ms; `expires_at` is in whole seconds, and may be rounded
 * down.
 */
function leftMs({ state, env }: StepContext): number {
  const { expires_at } = state.config;
  const { sessionMs } = env.limits;
  return expires_at === undefined ? sessionMs : Math.min(sessionMs, (expires_at + 1) * 1000 - env.wallTime);
}

/** [S15] Time before an end by a limit at which it is told, ms; a short limit leaves half of itself. */
const noticeOf = (limitMs: number) => Math.min(longestNoticeMs, limitMs / 2);

/** Something happened: the idle time starts over. */
export function restartIdleTimer(context: StepContext): void {
  armIdleTimer(context, context.env.limits.idleMs);
}

function armIdleTimer(context: StepContext, ms: number): void {
  const noticeMs = ms - noticeOf(context.env.limits.idleMs);
  context.effects.push(
    { type: "arm", timer: "idle", ms },
    { type: "arm", timer: "idle_notice", ms: noticeMs },
  );
}

/** True while somebody speaks or a reply is being made. */
export const isInTurn = ({ user, reply }: SessionState) => user.type === "speaking" || reply.type !== "none";

/** Time until the session counts as idle by its audio, ms: in push to talk that alone tells that somebody talks. */
function leftByAudioMs({ state, env }: StepContext, lastAudioAt: number | undefined): number {
  const spoken = state.config.audio.input.turn_detection === null ? lastAudioAt : undefined;
  return spoken === undefined ? 0 : spoken + env.limits.idleMs - env.now;
}

/** [S15] Tells of the end by the idle limit. */
export function announceIdle(context: StepContext, lastAudioAt: number | undefined): void {
  if (isInTurn(context.state)) return restartIdleTimer(context);
  const noticeMs = noticeOf(context.env.limits.idleMs);
  const leftMs = leftByAudioMs(context, lastAudioAt);
  if (leftMs > noticeMs) return armIdleTimer(context, leftMs);
  announceEnd(context, "session_idle", noticeMs);
}

function announceEnd(context: StepContext, code: KukuEnding["code"], ms: number): void {
  send(context, { type: "kuku.ending", code, ends_in_ms: Math.max(0, Math.round(ms)) });
}

/** [S5] Ends an idle session, never in the middle of a turn. */
export function idle(context: StepContext, lastAudioAt: number | undefined): void {
  if (isInTurn(context.state)) return restartIdleTimer(context);
  const leftMs = leftByAudioMs(context, lastAudioAt);
  if (leftMs > 0) return armIdleTimer(context, leftMs);
  const message = `Nothing was said for ${context.env.limits.idleMs / 60_000} minutes.`;
  endWithError(context, "session_idle", message, "idle", "idleTimeout");
}

/** [S15] Tells of the end by the longest duration. */
export function announceExpiry(context: StepContext): void {
  const ms = Math.min(noticeOf(context.env.limits.sessionMs), leftMs(context));
  announceEnd(context, "session_expired", ms);
}

/** [S4] */
export function expire(context: StepContext): void {
  const minutes = context.env.limits.sessionMs / 60_000;
  const message = `The session reached its longest duration of ${minutes} minutes.`;
  endWithError(context, "session_expired", message, "deadline", "sessionExpired");
}

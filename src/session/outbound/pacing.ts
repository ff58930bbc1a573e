/** Rules [P…]: how far ahead of the listener's speaker a reply is sent. Pure. */
import type { Playback } from "../turns/state.ts";

/** Audio a reporting client is kept ahead by, ms: enough for a jittery network, little enough to throw away. */
const maxAheadMs = 800;
/** A client that has not reported for so long has stopped doing so, ms. */
const reportSilenceMs = 2_000;

export interface SentAudio {
  readonly replyId: string;
  /** Audio of this reply sent so far, ms. */
  readonly audioMs: number;
  /** Time at which its first audio was sent (clock, ms). */
  readonly since: number;
}

/** Returns the time played by the speaker, ms: the latest report, and the time since while it plays. */
export function playedMs(playback: Playback, now: number): number {
  return playback.playedMs + (playback.state === "playing" ? now - playback.at : 0);
}

/**
 * Returns the wait before more is sent, ms; 0: now. `playback` is the client's latest report: without one, or once
 * they have stopped coming, audio goes out as it is made.
 */
export function paceMs(sent: SentAudio, playback: Playback | undefined, now: number): number {
  if (!playback) return 0;
  const own = playback.replyId === sent.replyId;
  if (own && playback.state === "ended") return 0;
  const paused = own && playback.state === "paused";
  if (!paused && now - Math.max(sent.since, playback.at) > reportSilenceMs) return 0;
  const played = own ? playedMs(playback, now) : 0;
  return Math.max(0, sent.audioMs - played - maxAheadMs);
}

/** Times of a reply's stages, told as `kuku.latency` and in the log. */
import type { KukuLatency } from "../../protocol/kuku-events.ts";
import type { TurnTimes } from "../turns/state.ts";

/** Clock times (ms) of a reply's moments; absent: did not happen. */
export interface ReplyTimes {
  firstTokenAt?: number;
  firstSentenceAt?: number;
  firstAudioAt?: number;
  /** Times of a preemptive reply: begun, first output ready, released. */
  preemptive?: { readonly begunAt: number; readyAt?: number; releasedAt?: number };
}

/** The figures of a turn, counted from its end; undefined for a reply that answers none. `now`: clock, ms. */
export function latencyEvent(
  replyId: string,
  turn: TurnTimes | undefined,
  times: ReplyTimes,
  now: number,
): Omit<KukuLatency, "event_id"> | undefined {
  if (!turn) return undefined;
  // What a preemptive reply had done before the turn ended cost no time after it.
  const since = (at: number | undefined) => (at === undefined ? undefined : Math.max(0, at - turn.endedAt));
  const figures = {
    endpoint_ms: turn.silenceMs,
    transcript_ms: since(turn.transcribedAt),
    first_token_ms: since(times.firstTokenAt),
    first_sentence_ms: since(times.firstSentenceAt),
    first_audio_ms: since(times.firstAudioAt),
    speculation_saved_ms: savedMs(times.preemptive, now),
  };
  const known = Object.entries(figures).flatMap(([name, ms]) =>
    ms === undefined ? [] : [[name, Math.round(ms * 10) / 10]],
  );
  return { type: "kuku.latency", response_id: replyId, item_id: turn.itemId, ...Object.fromEntries(known) };
}

/** Returns the time by which the preemptive reply brought the first output forward, ms. */
function savedMs(preemptive: ReplyTimes["preemptive"], now: number): number | undefined {
  if (preemptive?.releasedAt === undefined) return undefined;
  const readyAt = preemptive.readyAt ?? now;
  const without = preemptive.releasedAt + (readyAt - preemptive.begunAt);
  return without - Math.max(preemptive.releasedAt, readyAt);
}

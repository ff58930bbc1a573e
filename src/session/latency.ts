/** When a reply got where, told as `kuku.latency` and in the log. */
import type { KukuLatency } from "../protocol/kuku-events.ts";
import type { TurnTimes } from "./state.ts";

/** Clock times (ms) of a reply's moments; absent: did not happen. */
export interface ReplyTimes {
  firstTokenAt?: number;
  firstSentenceAt?: number;
  firstAudioAt?: number;
}

/** The figures of a turn, counted from the end of the user's turn; undefined for a reply that answers none. */
export function latencyEvent(
  replyId: string,
  turn: TurnTimes | undefined,
  times: ReplyTimes,
): Omit<KukuLatency, "event_id"> | undefined {
  if (!turn) return undefined;
  const since = (at: number | undefined) =>
    at === undefined ? undefined : Math.round((at - turn.endedAt) * 10) / 10;
  const figures = {
    transcript_ms: since(turn.transcribedAt),
    first_token_ms: since(times.firstTokenAt),
    first_sentence_ms: since(times.firstSentenceAt),
    first_audio_ms: since(times.firstAudioAt),
  };
  const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
  return { type: "kuku.latency", response_id: replyId, item_id: turn.itemId, ...known };
}

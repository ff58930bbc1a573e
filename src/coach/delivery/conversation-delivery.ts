import type { Delivery } from "../../ports/delivery.ts";
import { joinDelivery } from "./join-delivery.ts";
import { median } from "./median.ts";

/** A stretch of time, ms on any clock that both sides share. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** One utterance of the user: its audio and, where measured, its figures. */
export interface SpokenUtterance extends Stretch {
  readonly delivery?: Delivery;
}

/** A figure that cannot be computed is absent. */
export interface ConversationDelivery {
  /** The user's speech ÷ all speech, 0–100. Absent where nobody spoke. */
  readonly talkSharePercent?: number;
  /**
   * Median over the turns, ms: the coach's audio stops → the user's first voiced moment. Only of turns that follow the
   * coach; speech begun while the coach was heard has no gap.
   */
  readonly responseGapMs?: number;
  /** Delivery of all utterances that were measured. */
  readonly delivery?: Delivery;
}

/**
 * Figures of a conversation. `coachAudio`: what the listener's speaker played, in any order; stretches may touch or
 * overlap.
 */
export function conversationDelivery(
  utterances: readonly SpokenUtterance[],
  coachAudio: readonly Stretch[],
): ConversationDelivery {
  const spoken = utterances.map(voicedPart);
  const coach = merged(coachAudio);
  const userMs = length(merged(spoken));
  const allMs = userMs + length(coach);
  const gaps = responseGaps(merged(spoken), coach);
  const delivery = joinDelivery(utterances.flatMap((each) => each.delivery ?? []));
  return {
    ...(allMs > 0 && { talkSharePercent: Math.round((userMs * 1000) / allMs) / 10 }),
    ...(gaps.length > 0 && { responseGapMs: Math.round(median(gaps)) }),
    delivery,
  };
}

/** From first to last voiced moment, where that was measured; the audio before and after is silence. */
function voicedPart({ startMs, endMs, delivery }: SpokenUtterance): Stretch {
  if (!delivery) return { startMs, endMs };
  const from = startMs + (delivery.onsetMs ?? 0);
  return { startMs: from, endMs: Math.min(endMs, from + delivery.speechMs) };
}

/** In order, without overlaps. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (const next of stretches.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = out.at(-1);
    if (next.endMs <= next.startMs) continue;
    if (last && next.startMs <= last.endMs)
      out[out.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, next.endMs) };
    else out.push(next);
  }
  return out;
}

function length(stretches: readonly Stretch[]): number {
  return stretches.reduce((total, { startMs, endMs }) => total + endMs - startMs, 0);
}

/** Gaps before each first utterance behind the coach. */
function responseGaps(spoken: readonly Stretch[], coach: readonly Stretch[]): number[] {
  return spoken.flatMap(({ startMs }, k) => {
    const before = coach.findLast((each) => each.startMs < startMs);
    if (!before || before.endMs > startMs) return [];
    const earlier = spoken[k - 1];
    return earlier && earlier.endMs > before.endMs ? [] : [startMs - before.endMs];
  });
}

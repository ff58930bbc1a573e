/** Usage of a session: the server's meter is told of all that is used, and says when that is too much. */
import type { EarEvent } from "../pipeline/ears/ear-events.ts";
import type { UsageReport } from "../ports/usage.ts";

/** Unit of a quota. */
export type QuotaName = "audio" | "tokens" | "cost";

/** Level of one limit, as `rate_limits.updated` tells it. */
export interface LimitLevel {
  readonly name: "audio_seconds" | "tokens" | "cost";
  readonly limit: number;
  /** 0 or more. */
  readonly remaining: number;
  /** Time until it is full again, s. */
  readonly resetSeconds: number;
}

/** Meter of a session. No method waits or throws. */
export interface Meter {
  /** A request of an engine was used. */
  add(report: UsageReport): void;
  /** Adds speech of the user that was taken in, ms. */
  addSpeech(ms: number): void;
  /** A turn was answered. */
  addTurn(): void;
  /** The quota that is used up, if one is. */
  readonly spent: QuotaName | undefined;
  /** Calls back once, as soon as a quota is used up (never within this call). Returns the way to stop. */
  watch(onSpent: (quota: QuotaName) => void): () => void;
  /** Returns the levels of the limits in force; empty: none are. */
  levels(): readonly LimitLevel[];
}

/** Tells a meter of the speech that the ears took in, thrown away or not: a transcriber that streams was given it. */
export function speechMeter(meter: Meter): (event: EarEvent) => void {
  return (event) => {
    if (event.type === "committed") meter.addSpeech(event.endMs - event.startMs);
    else if (event.type === "cleared" && event.discardedMs) meter.addSpeech(event.discardedMs);
  };
}

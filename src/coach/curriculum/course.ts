/** How readings went over time: week by week, and session by session. Pure. */
import type { DrillKind } from "../drills/texts.ts";
import { sessionScore } from "./results.ts";
import type { PracticeReading } from "./review-log.ts";

const dayMs = 86_400_000;

/** The readings of a kind in one week. */
interface PracticeWeek {
  /** Wall clock, ms: its Monday, 00:00 UTC. */
  readonly from: number;
  readonly kind: DrillKind;
  readonly readings: number;
  /** Mean share of right words, 0–1. */
  readonly score: number;
}

/** Monday, 00:00 UTC, of the week of a time; 1 January 1970 was a Thursday. */
function weekOf(at: number): number {
  const days = Math.floor(at / dayMs);
  return (days - ((days + 3) % 7)) * dayMs;
}

/** Each kind's weeks that have readings, the oldest first. */
export function practiceWeeks(readings: readonly PracticeReading[]): PracticeWeek[] {
  const groups = Map.groupBy(readings, ({ at, kind }) => `${weekOf(at)} ${kind}`);
  return [...groups.values()]
    .map((all) => {
      const { at, kind } = all[0] as PracticeReading;
      const score = all.reduce((sum, reading) => sum + reading.score, 0) / all.length;
      return { from: weekOf(at), kind, readings: all.length, score: Math.round(score * 1000) / 1000 };
    })
    .sort((a, b) => a.from - b.from);
}

/** The score of each session with readings, the newest first. */
export function sessionScores(
  readings: readonly PracticeReading[],
): { readonly sessionId: string; readonly score: number }[] {
  const groups = Map.groupBy(readings, ({ sessionId }) => sessionId);
  return [...groups].map(([sessionId, all]) => ({ sessionId, score: sessionScore(all) ?? 0 })).reverse();
}

/** How well a learner does: the level that material is taken from, and the strength of each sound. Pure. */
import { type Exercise, exerciseKey } from "../drills/exercises.ts";
import type { PracticeReading } from "./review-log.ts";

/** 1 (easy) to 3. */
export type Level = 1 | 2 | 3;

/** Readings that count, the latest ones. */
const latestOfLevel = 6;
const latestOfSound = 5;
/** Readings of a level, and their mean share of right words, from which on the next level comes. */
const leastReadings = 3;
const mastered = 0.95;
/** A sound below it is weak. */
export const weakBelow = 0.95;

/** A sound, or a group of them, as the material names it, and how well it goes. */
export interface SoundStrength {
  readonly focus: string;
  readonly readings: number;
  /** Mean share of right words of the latest readings, 0–1. */
  readonly score: number;
}

/** The highest level whose easier neighbour is mastered; 1 until anything was read. */
export function levelOf(readings: readonly PracticeReading[], exercises: readonly Exercise[]): Level {
  const levels = new Map(exercises.map(({ kind, text, level }) => [exerciseKey(kind, text), level]));
  const masters = (level: Level) => {
    const own = readings.filter(({ kind, text }) => levels.get(exerciseKey(kind, text)) === level);
    const latest = own.slice(-latestOfLevel);
    return latest.length >= leastReadings && mean(latest) >= mastered;
  };
  if (masters(3) || masters(2)) return 3;
  return masters(1) ? 2 : 1;
}

/** How each sound goes that was read, the weakest first. */
export function soundStrengths(
  readings: readonly PracticeReading[],
  exercises: readonly Exercise[],
): SoundStrength[] {
  const focusOf = new Map(exercises.map(({ kind, text, focus }) => [exerciseKey(kind, text), focus]));
  const bySound = Map.groupBy(readings, ({ kind, text }) => focusOf.get(exerciseKey(kind, text)));
  return [...bySound]
    .flatMap(([focus, all]) =>
      focus === undefined ? [] : [{ focus, readings: all.length, score: mean(all.slice(-latestOfSound)) }],
    )
    .sort((a, b) => a.score - b.score);
}

function mean(readings: readonly PracticeReading[]): number {
  return readings.reduce((sum, { score }) => sum + score, 0) / readings.length;
}

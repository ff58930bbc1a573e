/**
 * Spaced repetition from the log of readings: what was read is replayed through FSRS, so that nothing but the readings
 * themselves is stored, and what is erased of them is forgotten here too. Pure.
 */
import { type Card, createEmptyCard, fsrs, type Grade, Rating } from "ts-fsrs";
import { exerciseKey } from "../drills/exercises.ts";
import type { DrillKind } from "../drills/texts.ts";
import { textWords } from "./text-words.ts";

/** A reading that was judged. */
export interface PracticeReading {
  readonly sessionId: string;
  readonly itemId: string;
  /** Wall clock, ms. */
  readonly at: number;
  /** BCP 47, of the text. */
  readonly language: string;
  readonly kind: DrillKind;
  /** The text that was asked for; of a minimal pair both words, "ship / sheep". */
  readonly text: string;
  /** Share of the words that were right, 0–1. */
  readonly score: number;
  /** Words that went wrong, in lower case. */
  readonly slips: readonly string[];
}

/** How a text or a word stands. */
export interface PracticeCard {
  readonly text: string;
  /** Wall clock, ms: when it is to come again. */
  readonly dueAt: number;
  readonly readings: number;
  /** Times it went wrong after it had been right. */
  readonly lapses: number;
  readonly firstScore: number;
  readonly bestScore: number;
  readonly lastScore: number;
  readonly lastAt: number;
}

export interface PracticeCards {
  /** By kind and text. */
  readonly exercises: ReadonlyMap<string, PracticeCard>;
  /** Words that went wrong at least once, by the word. */
  readonly words: ReadonlyMap<string, PracticeCard>;
}

/** Share of what is due that is expected to be remembered. */
const retention = 0.9;
/** Below it a reading is one to be repeated soon; every word right is `good`. */
const hardFrom = 0.75;

const scheduler = fsrs({ request_retention: retention, enable_fuzz: false, enable_short_term: false });

/** Replays readings, the oldest first; the first of a text in a session is its review, later ones are practice. */
export function replayReadings(readings: readonly PracticeReading[]): PracticeCards {
  const exercises = new Map<string, Reviewed>();
  const words = new Map<string, Reviewed>();
  const done = new Set<string>();
  const review = (
    all: Map<string, Reviewed>,
    key: string,
    text: string,
    reading: PracticeReading,
    score: number,
  ) => {
    const once = `${reading.sessionId} ${key}`;
    const before = all.get(key);
    const graded = done.has(once) ? undefined : gradeOf(score);
    done.add(once);
    all.set(key, reviewed(before, text, reading.at, score, graded));
  };
  for (const reading of readings.toSorted((a, b) => a.at - b.at)) {
    const { kind, text, score, slips } = reading;
    review(exercises, exerciseKey(kind, text), text, reading, score);
    const slipped = new Set(slips);
    for (const word of new Set([...textWords(text), ...slips]))
      if (slipped.has(word) || words.has(word)) review(words, word, word, reading, slipped.has(word) ? 0 : 1);
  }
  return { exercises: cardsOf(exercises), words: cardsOf(words) };
}

interface Reviewed extends PracticeCard {
  readonly card: Card;
}

function gradeOf(score: number): Grade {
  if (score >= 1) return Rating.Good;
  return score >= hardFrom ? Rating.Hard : Rating.Again;
}

function reviewed(
  before: Reviewed | undefined,
  text: string,
  at: number,
  score: number,
  grade: Grade | undefined,
): Reviewed {
  const old: Card = before?.card ?? createEmptyCard(new Date(at));
  const card: Card = grade === undefined ? old : scheduler.next(old, new Date(at), grade).card;
  return {
    text,
    card,
    dueAt: card.due.getTime(),
    lapses: card.lapses,
    readings: (before?.readings ?? 0) + 1,
    firstScore: before?.firstScore ?? score,
    bestScore: Math.max(before?.bestScore ?? 0, score),
    lastScore: score,
    lastAt: at,
  };
}

function cardsOf(all: ReadonlyMap<string, Reviewed>): Map<string, PracticeCard> {
  return new Map([...all].map(([key, { card: _, ...rest }]) => [key, rest]));
}

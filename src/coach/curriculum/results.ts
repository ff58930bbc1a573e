/** Results of one session's readings, beside those of the session before. Pure. */
import { exerciseKey, exercisesOf } from "../drills/exercises.ts";
import { type DrillKind, drillKinds } from "../drills/texts.ts";
import { type SoundStrength, soundStrengths } from "./levels.ts";
import type { PracticeReading } from "./review-log.ts";
import { textWords } from "./text-words.ts";

interface ExerciseResult {
  readonly kind: DrillKind;
  readonly text: string;
  readonly readings: number;
  /** Shares of right words, 0–1. */
  readonly first: number;
  readonly best: number;
  readonly last: number;
  readonly itemIds: string[];
}

interface WordResult {
  readonly word: string;
  readonly slips: number;
  /** Right when it was last read. */
  readonly mended: boolean;
  /** The item of its last slip. */
  readonly itemId: string;
}

export interface SessionResults {
  readonly readings: number;
  /** Mean of the exercises' first readings, and of their best ones; absent without readings. */
  readonly score?: number;
  readonly bestScore?: number;
  readonly previous?: { readonly sessionId: string; readonly score: number };
  readonly change?: number;
  readonly exercises: ExerciseResult[];
  readonly words: WordResult[];
  readonly sounds: SoundStrength[];
}

/** `own`: the session's readings, the oldest first; `before`: those of earlier sessions in the same language. */
export function sessionResults(
  own: readonly PracticeReading[],
  before: readonly PracticeReading[],
): SessionResults {
  const exercises = exerciseResults(own);
  const score = sessionScore(own);
  const bestScore = mean(exercises.map(({ best }) => best));
  const last = before.findLast(({ sessionId }) => sessionId !== own[0]?.sessionId);
  const previousScore = last && sessionScore(before.filter((each) => each.sessionId === last.sessionId));
  const material = drillKinds.flatMap((kind) => exercisesOf(own[0]?.language ?? "en-US", kind));
  return {
    readings: own.length,
    score,
    bestScore,
    ...(last &&
      previousScore !== undefined && { previous: { sessionId: last.sessionId, score: previousScore } }),
    ...(score !== undefined && previousScore !== undefined && { change: rounded(score - previousScore) }),
    exercises,
    words: wordResults(own),
    sounds: soundStrengths(own, material).map((sound) => ({ ...sound, score: rounded(sound.score) })),
  };
}

/** A session's score: the mean of the exercises' first readings; undefined without readings. */
export function sessionScore(readings: readonly PracticeReading[]): number | undefined {
  return mean(exerciseResults(readings).map(({ first }) => first));
}

function exerciseResults(readings: readonly PracticeReading[]): ExerciseResult[] {
  const byText = Map.groupBy(readings, ({ kind, text }) => exerciseKey(kind, text));
  return [...byText.values()].map((all) => {
    const [first, last] = [all[0] as PracticeReading, all.at(-1) as PracticeReading];
    return {
      kind: first.kind,
      text: first.text,
      readings: all.length,
      first: rounded(first.score),
      best: rounded(Math.max(...all.map(({ score }) => score))),
      last: rounded(last.score),
      itemIds: all.map(({ itemId }) => itemId),
    };
  });
}

/** The words that are still wrong first, then those that went wrong most often. */
function wordResults(readings: readonly PracticeReading[]): WordResult[] {
  const words = new Map<string, WordResult>();
  for (const { slips, text, itemId } of readings) {
    const wrong = new Set(slips);
    for (const word of wrong)
      words.set(word, { word, slips: (words.get(word)?.slips ?? 0) + 1, mended: false, itemId });
    for (const word of new Set(textWords(text))) {
      const before = words.get(word);
      if (before && !wrong.has(word)) words.set(word, { ...before, mended: true });
    }
  }
  return [...words.values()].sort((a, b) => Number(a.mended) - Number(b.mended) || b.slips - a.slips);
}

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return rounded(values.reduce((sum, value) => sum + value, 0) / values.length);
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** Composes a round of practice: what is due, what is weak, and something new. Pure. */
import { type Exercise, exerciseKey, exercisesOf } from "../drills/exercises.ts";
import type { DrillKind } from "../drills/texts.ts";
import { type Level, levelOf, soundStrengths, weakBelow } from "./levels.ts";
import { type PracticeCard, type PracticeCards, type PracticeReading, replayReadings } from "./review-log.ts";
import { textWords } from "./text-words.ts";

/** Why an exercise is in a round. `placement`: of a first round, which finds the level. */
type RoundReason = "due" | "weak" | "new" | "placement" | "again";

interface RoundItem extends Exercise {
  readonly reason: RoundReason;
  /** A due word that it holds, where that is why. */
  readonly word?: string;
  /** Of its last reading, 0–1. */
  readonly lastScore?: number;
}

export interface RoundOptions {
  /** BCP 47. */
  readonly language: string;
  readonly kind: DrillKind;
  /** Exercises, at most. */
  readonly size: number;
  /** Wall clock, ms. */
  readonly now: number;
  /** Left out: the learner's own. */
  readonly level?: number;
  /** A sound of the material. */
  readonly focus?: string;
}

export interface Round {
  readonly level: Level;
  readonly items: readonly RoundItem[];
}

/** The most that is due, and with it what is weak, of a round; the rest is new where there is something new. */
const mostDue = 0.6;
const mostKnown = 0.8;

/** The round that suits these readings, all of one learner and language, the oldest first. */
export function composeRound(all: readonly PracticeReading[], options: RoundOptions): Round {
  const { language, kind, size, now } = options;
  const exercises = exercisesOf(language, kind).filter(
    ({ level, focus }) =>
      (options.level === undefined || level === options.level) &&
      (options.focus === undefined || focus === options.focus),
  );
  const readings = all.filter((reading) => reading.kind === kind);
  const level = levelOf(readings, exercisesOf(language, kind));
  const first = readings.length === 0 && options.level === undefined && options.focus === undefined;
  if (first) return { level, items: placementRound(exercises, size) };
  const picked = new Picked(size);
  const cards = replayReadings(readings);
  const cardOf = (exercise: Exercise) => cards.exercises.get(exerciseKey(kind, exercise.text));
  const known = exercises.filter((exercise) => cardOf(exercise) !== undefined);
  const fresh = newOnes(exercises, readings, cards, level, kind);
  picked.add(dueOnes(known, exercises, cards, kind, now), Math.ceil(size * mostDue));
  picked.add(weakOnes(known, fresh, readings, cards, kind), Math.ceil(size * mostKnown));
  picked.add(
    fresh.map((exercise) => ({ ...exercise, reason: "new" })),
    size,
  );
  // Once everything was read: what was not read for longest.
  const longest = known.toSorted((a, b) => (cardOf(a)?.lastAt ?? 0) - (cardOf(b)?.lastAt ?? 0));
  picked.add(
    longest.map((exercise) => ({ ...exercise, reason: "again" })),
    size,
  );
  const withScores = picked.items.map((item) => {
    const lastScore = cardOf(item)?.lastScore;
    return lastScore === undefined ? item : { ...item, lastScore };
  });
  return { level, items: withScores };
}

class Picked {
  readonly #size: number;
  readonly #items = new Map<string, RoundItem>();

  constructor(size: number) {
    this.#size = size;
  }

  get items(): readonly RoundItem[] {
    return [...this.#items.values()];
  }

  /** Takes what is not there yet, until there are `upTo`. */
  add(more: readonly RoundItem[], upTo: number): void {
    for (const item of more) {
      if (this.#items.size >= Math.min(upTo, this.#size)) return;
      if (!this.#items.has(item.id)) this.#items.set(item.id, item);
    }
  }
}

/** Some of each level, of as many sounds as can be. */
function placementRound(exercises: readonly Exercise[], size: number): RoundItem[] {
  const levels = [...new Set(exercises.map(({ level }) => level))].sort();
  const share = Math.ceil(size / Math.max(1, levels.length));
  const picked = levels.flatMap((level) =>
    spread(
      exercises.filter((each) => each.level === level),
      share,
    ),
  );
  return picked.slice(0, size).map((exercise) => ({ ...exercise, reason: "placement" }));
}

/** Picks `count` exercises, each sound once before any comes twice. */
function spread(exercises: readonly Exercise[], count: number): Exercise[] {
  const seen = new Map<string, number>();
  return exercises
    .map((exercise) => {
      const before = seen.get(exercise.focus) ?? 0;
      seen.set(exercise.focus, before + 1);
      return { exercise, before };
    })
    .sort((a, b) => a.before - b.before)
    .slice(0, count)
    .map(({ exercise }) => exercise);
}

/** The longest due first; a due word brings the exercise with it that was read least. */
function dueOnes(
  known: readonly Exercise[],
  exercises: readonly Exercise[],
  cards: PracticeCards,
  kind: DrillKind,
  now: number,
): RoundItem[] {
  const readings = (exercise: Exercise) =>
    cards.exercises.get(exerciseKey(kind, exercise.text))?.readings ?? 0;
  const due: { readonly dueAt: number; readonly item: RoundItem }[] = [];
  for (const exercise of known) {
    const card = cards.exercises.get(exerciseKey(kind, exercise.text)) as PracticeCard;
    if (card.dueAt <= now) due.push({ dueAt: card.dueAt, item: { ...exercise, reason: "due" } });
  }
  for (const [word, { dueAt }] of cards.words) {
    if (dueAt > now) continue;
    const [holder] = exercises
      .filter(({ text }) => textWords(text).includes(word))
      .sort((a, b) => readings(a) - readings(b));
    if (holder) due.push({ dueAt, item: { ...holder, reason: "due", word } });
  }
  return due.sort((a, b) => a.dueAt - b.dueAt).map(({ item }) => item);
}

/** Exercises that went wrong when they were last read, and those that practise the weak sounds. */
function weakOnes(
  known: readonly Exercise[],
  fresh: readonly Exercise[],
  readings: readonly PracticeReading[],
  cards: PracticeCards,
  kind: DrillKind,
): RoundItem[] {
  const score = (exercise: Exercise) => cards.exercises.get(exerciseKey(kind, exercise.text))?.lastScore ?? 1;
  const wrong = known.filter((exercise) => score(exercise) < 1).sort((a, b) => score(a) - score(b));
  const strengths = soundStrengths(readings, [...known, ...fresh]);
  const weak = strengths.filter((sound) => sound.score < weakBelow).map(({ focus }) => focus);
  // Something new of a weak sound before the same sentence once more.
  const sounds = weak.flatMap((focus) => [
    ...fresh.filter((exercise) => exercise.focus === focus).slice(0, 2),
    ...known.filter((exercise) => exercise.focus === focus),
  ]);
  const mixed = wrong.flatMap((exercise, at) => [exercise, ...(sounds[at] ? [sounds[at]] : [])]);
  return [...mixed, ...sounds].map((exercise) => ({ ...exercise, reason: "weak" }));
}

/** Exercises never read: of the learner's level, then of the easier ones, then of the harder; weak sounds first. */
function newOnes(
  exercises: readonly Exercise[],
  readings: readonly PracticeReading[],
  cards: PracticeCards,
  level: Level,
  kind: DrillKind,
): Exercise[] {
  const order = new Map(soundStrengths(readings, exercises).map(({ focus, score }) => [focus, score]));
  const distance = (exercise: Exercise) =>
    exercise.level <= level ? level - exercise.level : 10 + exercise.level;
  return exercises
    .filter(({ text }) => !cards.exercises.has(exerciseKey(kind, text)))
    .map((exercise) => ({ exercise, strength: order.get(exercise.focus) ?? weakBelow }))
    .sort((a, b) => distance(a.exercise) - distance(b.exercise) || a.strength - b.strength)
    .map(({ exercise }) => exercise);
}

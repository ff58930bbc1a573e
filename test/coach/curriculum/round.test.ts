/** Rounds of practice: composed of what is due, weak and new; and what that is worth to simulated learners. */
import { describe, expect, test } from "vitest";
import { levelOf, soundStrengths } from "../../../src/coach/curriculum/levels.ts";
import { type PracticeReading, replayReadings } from "../../../src/coach/curriculum/review-log.ts";
import { composeRound } from "../../../src/coach/curriculum/round.ts";
import { textWords } from "../../../src/coach/curriculum/text-words.ts";
import { exercisesOf } from "../../../src/coach/drills/exercises.ts";
import { findTexts, itemAt } from "../../../src/coach/drills/texts.ts";

const language = "en-US";
const dayMs = 86_400_000;
const sentences = exercisesOf(language, "sentence");
const options = { language, kind: "sentence", size: 10, now: 0 } as const;
const at = (level: number) => sentences.filter((each) => each.level === level);

const read = (text: string, day: number, slips: readonly string[] = [], session = day): PracticeReading => ({
  sessionId: `session_${session}`,
  itemId: `item_${text}`,
  at: day * dayMs,
  language,
  kind: "sentence",
  text,
  score: 1 - slips.length / textWords(text).length,
  slips,
});

describe("[CU1] what was read comes back", () => {
  const [one, two] = sentences as [(typeof sentences)[0], (typeof sentences)[0]];

  test("what was right later and later, what was wrong soon", () => {
    const due = (...readings: PracticeReading[]) => {
      const { exercises } = replayReadings(readings);
      return ((exercises.get(`sentence ${one.text}`)?.dueAt ?? 0) - (readings.at(-1)?.at ?? 0)) / dayMs;
    };
    const [word = ""] = textWords(one.text);
    const once = due(read(one.text, 0));
    const twice = due(read(one.text, 0), read(one.text, once));
    expect(once).toBeGreaterThanOrEqual(1);
    expect(twice).toBeGreaterThan(2 * once);
    expect(due(read(one.text, 0), read(one.text, once, [word, word, word]))).toBeLessThan(twice / 2);
  });

  test("a word that slipped is due too, and is brought by a sentence that holds it", () => {
    const word = textWords(one.text).find((each) => each.length > 4) as string;
    const readings = [read(one.text, 0, [word]), read(two.text, 0)];
    expect([...replayReadings(readings).words.keys()]).toEqual([word]);
    const { items } = composeRound(readings, { ...options, now: 40 * dayMs });
    expect(items.some(({ word: due }) => due === word)).toBe(true);
    const mended = replayReadings([...readings, read(one.text, 1)]).words.get(word);
    expect(mended).toMatchObject({ firstScore: 0, bestScore: 1, lastScore: 1 });
  });

  test("the first reading of a session is the review; further tries are practice", () => {
    const [word = ""] = textWords(one.text);
    const first = replayReadings([read(one.text, 0, [word, word])]).exercises.get(`sentence ${one.text}`);
    const tries = replayReadings([
      read(one.text, 0, [word, word]),
      { ...read(one.text, 0), at: 1000 },
    ]).exercises.get(`sentence ${one.text}`);
    expect(tries?.dueAt).toBe(first?.dueAt);
    expect(tries).toMatchObject({ readings: 2, bestScore: 1 });
  });

  test("the order in which readings are stored changes nothing", () => {
    const readings = [0, 1, 2, 5].flatMap((day) => [read(one.text, day), read(two.text, day, ["x"])]);
    expect(replayReadings(readings.toReversed())).toEqual(replayReadings(readings));
  });
});

describe("[CU2] a round", () => {
  test("is a placement before anything was read: every level, and as many sounds as can be", () => {
    const { items, level } = composeRound([], options);
    expect(level).toBe(1);
    expect(items).toHaveLength(10);
    expect(new Set(items.map((item) => item.level))).toEqual(new Set([1, 2, 3]));
    expect(new Set(items.map(({ focus }) => focus)).size).toBeGreaterThanOrEqual(8);
    expect(items.every(({ reason }) => reason === "placement")).toBe(true);
  });

  test("of someone who reads well goes on at a higher level, of someone who does not at the first", () => {
    const placed = composeRound([], options).items;
    const well = placed.map(({ text }) => read(text, 0));
    expect(levelOf(well, sentences)).toBe(3);
    const poorly = placed.map(({ text }) => read(text, 0, textWords(text).slice(0, 3)));
    expect(levelOf(poorly, sentences)).toBe(1);
    const newLevels = (readings: PracticeReading[]) =>
      composeRound(readings, { ...options, now: 3_600_000 })
        .items.filter(({ reason }) => reason === "new")
        .map((item) => item.level);
    expect(newLevels(well).slice(0, 6)).toEqual([3, 3, 3, 3, 3, 3]);
    expect(Math.max(...newLevels(poorly))).toBe(1);
  });

  test("is due, weak and new, in this order and none of them alone", () => {
    const readings = at(1)
      .slice(0, 9)
      .map(({ text }, index) => read(text, 0, index < 4 ? textWords(text).slice(0, 1) : []));
    const reasons = composeRound(readings, { ...options, now: 30 * dayMs }).items.map(({ reason }) => reason);
    expect(reasons).toHaveLength(10);
    expect(new Set(reasons)).toEqual(new Set(["due", "weak", "new"]));
    expect(reasons.filter((reason) => reason === "due").length).toBeLessThanOrEqual(6);
    expect(reasons.filter((reason) => reason === "new").length).toBeGreaterThanOrEqual(2);
    expect(reasons).toEqual(
      reasons.toSorted((a, b) => "dwn".indexOf(a[0] ?? "") - "dwn".indexOf(b[0] ?? "")),
    );
  });

  test("brings the weak sounds before others", () => {
    const readings = at(1).map(({ text, focus }) =>
      read(text, 0, focus === "th" ? textWords(text).slice(0, 2) : []),
    );
    expect(soundStrengths(readings, sentences)[0]?.focus).toBe("th");
    const { items } = composeRound(readings, { ...options, now: 3_600_000 });
    expect(
      items.filter(({ focus, reason }) => focus === "th" && reason === "weak").length,
    ).toBeGreaterThanOrEqual(2);
  });

  test("is full and has nothing twice, of any kind and language, however much was read", () => {
    for (const tongue of ["en-US", "fr-FR", "de-DE"])
      for (const kind of ["sentence", "minimal_pairs", "pacing"] as const) {
        const all = exercisesOf(tongue, kind);
        const readings = all.map(({ text }) => ({ ...read(text, 1), kind, language: tongue }));
        for (const some of [[], readings.slice(0, 3), readings]) {
          const { items } = composeRound(some, { language: tongue, kind, size: 8, now: 2 * dayMs });
          expect(items).toHaveLength(Math.min(8, all.length));
          expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        }
      }
  });
});

/** A learner whose sounds come right with practice and fade without; each starts weak in some of them. */
class Learner {
  readonly skill = new Map<string, number>();
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    for (const { focus } of sentences) this.skill.set(focus, this.#chance() < 0.3 ? 0.3 : 0.93);
  }

  get done(): boolean {
    return [...this.skill.values()].every((skill) => skill >= 0.85);
  }

  /** One reading: a word slips where the sound does not come; practice brings it on. */
  read(text: string, focus: string, day: number): PracticeReading {
    const skill = this.skill.get(focus) ?? 0;
    const slips = textWords(text)
      .slice(0, 3)
      .filter(() => this.#chance() > skill);
    this.skill.set(focus, skill + (1 - skill) * 0.18);
    return read(text, day, [...new Set(slips)]);
  }

  /** A day goes by. */
  sleep(): void {
    for (const [focus, skill] of this.skill)
      if (skill > 0.3) this.skill.set(focus, skill - (1 - skill) * 0.02);
  }

  #chance(): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) >>> 0;
    return this.#seed / 2 ** 32;
  }
}

describe("[CU3] simulated learners", () => {
  const most = 600;
  const focusOf = new Map(sentences.map(({ text, focus }) => [text, focus]));

  function readingsUntilDone(
    seed: number,
    next: (readings: readonly PracticeReading[], day: number) => string[],
  ): number {
    const learner = new Learner(seed);
    const readings: PracticeReading[] = [];
    for (let day = 0; readings.length < most; day++, learner.sleep())
      for (const text of next(readings, day)) {
        if (learner.done) return readings.length;
        readings.push(learner.read(text, focusOf.get(text) ?? "", day));
      }
    return most;
  }

  test("reach the same target in fewer readings than in the fixed order", () => {
    const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
    const composed = (readings: readonly PracticeReading[], day: number) =>
      composeRound(readings, { ...options, now: day * dayMs }).items.map(({ text }) => text);
    const fixed = (readings: readonly PracticeReading[]) =>
      Array.from(
        { length: 10 },
        (_, index) => itemAt(findTexts(language).sentences, 0, readings.length + index).text,
      );
    const results = seeds.map((seed) => ({
      composed: readingsUntilDone(seed, composed),
      fixed: readingsUntilDone(seed, fixed),
    }));
    const total = (of: "composed" | "fixed") => results.reduce((sum, each) => sum + each[of], 0);
    expect(
      results.filter((each) => each.composed < each.fixed).length,
      JSON.stringify(results),
    ).toBeGreaterThan(20);
    expect(total("composed") / total("fixed"), JSON.stringify(results)).toBeLessThan(0.7);
  });
});

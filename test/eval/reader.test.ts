import { expect, test } from "vitest";
import { markReading, rates } from "../../eval/reader/marking.ts";
import { type ErrorKind, errors, planReading } from "../../eval/reader/readings.ts";
import { sentences } from "../../eval/reader/sentences.ts";
import type { ReadWord } from "../../src/ports/reading.ts";

const plans = sentences.flatMap((sentence, index) =>
  Array.from({ length: 4 }, (_, voice) => planReading(sentence, index, voice)),
);

test("at least 200 readings, every other one with an error, each kind in each half", () => {
  expect(plans.length).toBeGreaterThanOrEqual(200);
  expect(plans.filter(({ kind }) => kind === "none").length).toBe(plans.length / 2);
  for (const half of ["tuning", "judging"])
    expect(new Set(plans.filter((plan) => plan.sentence.half === half).map(({ kind }) => kind))).toEqual(
      new Set(errors),
    );
});

test("what is said differs from the text by its one error", () => {
  for (const { kind, said, sentence } of plans) {
    const more = said.split(" ").length - sentence.words.length;
    expect(more).toBe(kind === "omission" ? -1 : kind === "insertion" ? 1 : 0);
    expect(said === sentence.text).toBe(kind === "none");
  }
});

const verdicts = (...all: ReadWord["verdict"][]): ReadWord[] => all.map((verdict) => ({ verdict }));
const mark = (kind: ErrorKind, place: number | undefined, told: ReadWord[] | undefined) => {
  const plan = plans[0] as (typeof plans)[number];
  return markReading({ ...plan, kind, ...(place !== undefined && { place }) }, told);
};

test("a flag at the error finds it, any other is false", () => {
  const found = mark("substitution", 1, verdicts("correct", "substituted", "correct"));
  expect(found).toMatchObject({ told: "substituted", falseFlags: 0 });
  const beside = mark("substitution", 1, verdicts("correct", "correct", "omitted"));
  expect(beside).toMatchObject({ told: "unnoticed", falseFlags: 1 });
  const added = mark("insertion", 1, verdicts("correct", "inserted", "correct", "correct"));
  expect(added).toMatchObject({ told: "inserted", falseFlags: 0 });
  expect(mark("none", undefined, verdicts("correct", "inserted", "omitted")).falseFlags).toBe(2);
  expect(mark("one_phone", 1, undefined).told).toBe("not understood");
  const { precision, recall } = rates([found, beside, added]);
  expect([precision, recall]).toEqual([2 / 3, 2 / 3]);
});

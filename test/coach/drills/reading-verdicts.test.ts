import { describe, expect, test } from "vitest";
import { worstWord } from "../../../src/coach/drills/reading-verdicts.ts";
import type { ReadWord } from "../../../src/ports/reading.ts";

describe("the word to work on", () => {
  const worst = (words: ReadWord[]) => worstWord({ text: "", words, accuracy: 0 });
  const correct: ReadWord = { verdict: "correct", expected: "the", heard: "the", score: 0.01 };

  test("is none when all were right", () => expect(worst([correct])).toBeUndefined());

  test("is a word said as another, before one left out, before one added", () => {
    const inserted: ReadWord = { verdict: "inserted", heard: "um", score: 0 };
    const omitted: ReadWord = { verdict: "omitted", expected: "brown" };
    const swapped: ReadWord = { verdict: "substituted", expected: "fox", heard: "box", score: 0.9 };
    expect(worst([correct, inserted, omitted, swapped])).toBe(swapped);
    expect(worst([inserted, omitted])).toBe(omitted);
    expect(worst([inserted, correct])).toBe(inserted);
  });

  test("is the one with the lowest score, of equals the first", () => {
    const a: ReadWord = { verdict: "substituted", expected: "a", score: 0.4 };
    const b: ReadWord = { verdict: "substituted", expected: "b", score: 0.2 };
    const c: ReadWord = { verdict: "substituted", expected: "c", score: 0.2 };
    expect(worst([a, b, c])).toBe(b);
  });
});

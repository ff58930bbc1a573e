import { expect, test } from "vitest";
import type { Reading } from "../../../src/ports/reading.ts";
import { storedContour } from "../../../src/session/persistence/stored-contour.ts";

const contour = {
  startMs: 0,
  stepMs: 50,
  pitchHz: [120, null],
  levelDbfs: [-20, -60],
  pauses: [],
  hesitations: [],
};
const reading = (heard: string): Reading => ({
  text: "fox",
  accuracy: 0,
  words: [
    {
      verdict: "substituted",
      expected: "fox",
      heard,
      score: 0.4,
      startMs: 10,
      endMs: 90,
      phones: [{ phone: "F", score: 0.4, startMs: 10, endMs: 30 }],
    },
  ],
});

test("words are kept where the transcriber says when they were, to the millisecond, and not without end", () => {
  const words = Array.from({ length: 2000 }, (_, k) => ({
    text: "word",
    startMs: k + 0.4,
    endMs: k + 0.6,
  }));
  const kept = storedContour(contour, { text: "word", understood: true, words }, undefined);
  expect(kept.words).toHaveLength(500);
  expect(kept.words?.[1]).toEqual({ text: "word", startMs: 1, endMs: 2 });
  expect(storedContour(contour, { text: "word", understood: true }, undefined)).toEqual(contour);
});

test("a reading is kept without its phones: the transcriber's own before the coach's", () => {
  const own = { text: "box", understood: true, reading: reading("box") };
  expect(storedContour(contour, own, reading("locks")).reading).toEqual({
    text: "fox",
    accuracy: 0,
    words: [{ verdict: "substituted", expected: "fox", heard: "box", score: 0.4, startMs: 10, endMs: 90 }],
  });
  const judged = storedContour(contour, { text: "locks", understood: true }, reading("locks"));
  expect(judged.reading?.words[0]?.heard).toBe("locks");
});

import { expect, test } from "vitest";
import {
  confidences,
  rateWords,
} from "../../../../../src/providers/embedded/recogniser/free-speech/word-confidence.ts";

const word = (posterior: number) => ({
  word: 0,
  start: 0,
  end: 10,
  posterior,
});
const rate = (...posteriors: number[]) => confidences(posteriors.map(word));

test("[FS2] a word with many rivals is less sure, and so are the words beside it", () => {
  const [clear] = rate(0.99, 0.99, 0.99);
  const [beside, unclear] = rate(0.99, 0.2, 0.99);
  expect(unclear).toBeLessThan(0.9);
  expect(beside).toBeLessThan(clear!);
  expect(beside).toBeGreaterThan(unclear!);
});

test("[FS2] in an utterance of which little is clear, nothing is certain", () => {
  const words = [0.2, 0.3, 0.9, 0.1, 0.2, 0.4].map(word);
  expect(rateWords(words, () => "word", 10).every(({ doubtful }) => doubtful)).toBe(true);
});

test("[FS2] clear words are certain, with their times in milliseconds", () => {
  expect(rateWords([word(0.999), word(0.999)], () => "yes", 10)[0]).toEqual({
    text: "yes",
    startMs: 0,
    endMs: 100,
    confidence: expect.closeTo(0.998, 2),
  });
});

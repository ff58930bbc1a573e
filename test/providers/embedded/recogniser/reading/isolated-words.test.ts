import { expect, test } from "vitest";
import { dropIsolatedWords } from "../../../../../src/providers/embedded/recogniser/reading/isolated-words.ts";

const kept = (read: string, scores: readonly number[], phones = scores.map(() => 4)) =>
  dropIsolatedWords(
    [...read].map((letter) => letter === "r"),
    new Map(scores.map((score, place) => [place, score])),
    phones,
  )
    .map((is) => (is ? "r" : "-"))
    .join("");

test("words that fit well stay, wherever they stand", () => {
  expect(kept("rr-r-rr", [0.9, 0.9, 0, 0.9, 0, 0.9, 0.9])).toBe("rr-r-rr");
});

test("a doubtful word between gaps was not read; between words it was", () => {
  expect(kept("r-r-rr", [0.9, 0, 0.6, 0, 0.9, 0.9])).toBe("r---rr");
  expect(kept("rrrr", [0.9, 0.6, 0.3, 0.9])).toBe("rrrr");
});

test("bad words fall one after another from the edge of a gap", () => {
  expect(kept("rrrr--", [0.9, 0.9, 0.4, 0.3, 0, 0])).toBe("rr----");
});

test("a text of one word is no island", () => {
  expect(kept("r", [0.5])).toBe("r");
});

test("a short word by itself behind the end of a reading was not read, however well it fits", () => {
  const scores = [0.9, 0.9, 0, 0.95, 0, 0];
  expect(kept("rr-r--", scores, [4, 4, 4, 2, 4, 4])).toBe("rr----");
  expect(kept("rr-r--", scores, [4, 4, 4, 3, 4, 4])).toBe("rr-r--");
  expect(kept("rr-r-r", [...scores.slice(0, 5), 0.95], [4, 4, 4, 2, 4, 4])).toBe("rr-r-r");
});

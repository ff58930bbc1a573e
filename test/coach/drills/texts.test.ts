import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findTexts, itemAt } from "../../../src/coach/drills/texts.ts";
import { textLanguages } from "./text-languages.ts";

const sentenceAt = (language: string, seed: number, position: number) =>
  itemAt(findTexts(language).sentences, seed, position);

test("English opens with the fox", () => {
  expect(sentenceAt("en-US", 0, 0).text).toBe("The quick brown fox jumps over the lazy dog.");
});

describe.each(textLanguages)("the sentences of %s", (language) => {
  const { sentences } = findTexts(language);

  test("are two dozen, different, and short enough to read in one go", () => {
    expect(sentences.length).toBeGreaterThanOrEqual(24);
    expect(new Set(sentences.map(({ text }) => text)).size).toBe(sentences.length);
    for (const { text } of sentences) {
      expect(text).toMatch(/^\p{Lu}.*\.$/u);
      expect(text.split(" ").length).toBeLessThanOrEqual(16);
    }
  });

  test("[DR9] come once each in any order, easier ones first, then over again", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const round = sentences.map((_, position) => sentenceAt(language, seed, position));
        expect(new Set(round).size).toBe(sentences.length);
        expect(round[0]).toBe(sentences[0]);
        expect(round.map(({ level }) => level)).toEqual(round.map(({ level }) => level).sort());
        expect(sentenceAt(language, seed, sentences.length + 3)).toBe(round[3]);
      }),
      { seed: 1, numRuns: 30 },
    );
  });
});

test("[DR9] seed 0 keeps the list's order, another seed has its own", () => {
  const texts = (seed: number) => Array.from({ length: 34 }, (_, at) => sentenceAt("en-US", seed, at).text);
  expect(texts(0)).toEqual(findTexts("en-US").sentences.map(({ text }) => text));
  expect(texts(7)).not.toEqual(texts(0));
  expect(texts(7)).toEqual(texts(7));
  expect(texts(8)).not.toEqual(texts(7));
});

test("a language without sentences takes its sister's, else English", () => {
  expect(findTexts("fr-CA").language).toBe("fr-FR");
  expect(findTexts("FR").language).toBe("fr-FR");
  expect(findTexts("de-DE").language).toBe("en-US");
});

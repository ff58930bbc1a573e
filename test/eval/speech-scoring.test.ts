import { expect, test } from "vitest";
import { plainWords, score } from "../../eval/speech/scoring.ts";

const compared = (said: string, heard: string) => score(plainWords(said), plainWords(heard));

test("errors are counted by kind, and each word heard is right or not", () => {
  expect(compared("one two three four five six", "one nine two three four sick")).toMatchObject({
    words: 6,
    substituted: 1,
    inserted: 1,
    deleted: 1,
  });
  expect(compared("go forward ten meters", "go forward two ten meter").right).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
});

test("case, punctuation and spellings of one word are no errors", () => {
  expect(compared("Mister Smith, it’s okay.", "mr smith it's ok")).toMatchObject({
    substituted: 0,
    inserted: 0,
    deleted: 0,
  });
});

test("nothing heard is all left out", () => {
  expect(compared("one two", "")).toMatchObject({ deleted: 2, right: [] });
});

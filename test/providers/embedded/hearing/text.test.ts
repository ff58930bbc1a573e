import { describe, expect, test } from "vitest";
import { numberWords, textWords } from "../../../../src/providers/embedded/hearing/text.ts";

const spoken = (text: string, language: "en" | "fr" = "en") =>
  textWords(text, language).map((word) => word.spoken.join(" "));
const written = (text: string) => textWords(text, "en").map((word) => word.written);

describe("the words of a text", () => {
  test("are reported as written, without the punctuation around them", () => {
    expect(written("“It’s 25 o'clock,” said Mr. O’Neil — twice!")).toEqual([
      "It’s",
      "25",
      "o'clock",
      "said",
      "Mr",
      "O’Neil",
      "twice",
    ]);
  });

  test("are spoken in lower case, compounds as their parts, typographic apostrophes as plain ones", () => {
    expect(spoken("It’s a Well-Known café")).toEqual(["it's", "a", "well known", "café"]);
  });

  test.each([
    ["0", "zero"],
    ["13", "thirteen"],
    ["21", "twenty one"],
    ["105", "one hundred five"],
    ["1984", "nineteen eighty four"],
    ["2024", "two thousand twenty four"],
    ["007", "zero zero seven"],
  ])("the number %s is read %s", (digits, words) => {
    expect(numberWords(digits, "en").join(" ")).toBe(words);
  });

  test.each([
    ["21", "vingt et un"],
    ["71", "soixante et onze"],
    ["80", "quatre vingt"],
    ["91", "quatre vingt onze"],
    ["1200", "mille deux cent"],
  ])("in French %s is read %s", (digits, words) => {
    expect(numberWords(digits, "fr").join(" ")).toBe(words);
  });

  test("text without a word has none", () => {
    for (const text of ["", " \n", "— … !?"]) expect(textWords(text, "en")).toEqual([]);
  });
});

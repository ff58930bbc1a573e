import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWell } from "../../../src/coach/drills/reading-verdicts.ts";
import { judgeWords } from "../../../src/pipeline/text-normalization/judge-words.ts";

const fox = "The quick brown fox jumps over the lazy dog.";
const told = (heard: string, text = fox) =>
  judgeWords(text, heard)
    .words.filter(({ verdict }) => verdict !== "correct")
    .map((word) => `${word.verdict} ${word.expected ?? "-"} ${word.heard ?? "-"}`);

describe("verdicts from words alone", () => {
  test("a right reading, whatever its case and punctuation", () => {
    expect(told("the quick, brown fox... jumps over the LAZY dog")).toEqual([]);
    expect(told("j’aime l'eau", "J'aime l’eau !")).toEqual([]);
    expect(judgeWords(fox, fox).accuracy).toBe(1);
  });

  test("words said as others, left out and added", () => {
    expect(told("The quick brown box jumps over the crazy log")).toEqual([
      "substituted fox box",
      "substituted lazy crazy",
      "substituted dog log",
    ]);
    expect(told("The quick fox jumps over the dog")).toEqual(["omitted brown -", "omitted lazy -"]);
    expect(told("The quick quick brown fox jumps over the lazy dog")).toEqual(["inserted - quick"]);
  });

  test("a word stands for the one it is spelt like", () => {
    expect(told("The quick box jumps over the lazy dog")).toEqual(["omitted brown -", "substituted fox box"]);
  });

  test("law: every word of the text and every word heard is accounted for once, in order", () => {
    const words = fc.array(fc.constantFrom("the", "fox", "box", "dog", "lazy", "l'eau"), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (text, heard) => {
        const reading = judgeWords(text.join(" "), heard.join(" "));
        const of = (field: "expected" | "heard") => reading.words.flatMap((word) => word[field] ?? []);
        expect(of("expected")).toEqual(text);
        expect(of("heard")).toEqual(heard);
        expect(reading.accuracy).toBeGreaterThanOrEqual(0);
        expect(reading.accuracy).toBeLessThanOrEqual(1);
        expect(readWell(reading)).toBe(text.length > 0 && text.join() === heard.join());
      }),
      { seed: 1 },
    );
  });

  describe("[DR15] of what is not written as it is said", () => {
    test.each([
      ["50% of people agree.", "Fifty percent of people agree."],
      ["Fifty percent of people agree.", "50% of people agree."],
      ["Bread & butter", "bread and butter"],
      ["It is 20° outside.", "it is twenty degrees outside"],
      ["It costs $25.", "It costs twenty-five dollars."],
      ["It costs $25.50.", "it costs twenty five fifty"],
      ["It costs twenty-five dollars and fifty cents.", "It costs $25.50."],
      ["We walked 2.5 miles.", "we walked two and a half miles"],
      ["We walked two and a half miles.", "We walked 2.5 miles."],
      ["Call 555-1234.", "call five five five one two three four"],
      ["Call 555-1234.", "Call 555 1234."],
      ["Born in 1984.", "born in one thousand nine hundred and eighty-four"],
      ["A café at 5:30 pm.", "a cafe at half past five p.m."],
      ["Send me an e-mail.", "Send me an email."],
    ])("%s read as %s is right", (text, heard) => expect(told(heard, text)).toEqual([]));

    test.each([
      ["50 % des gens sont d'accord.", "cinquante pour cent des gens sont d’accord"],
      ["Il coûte 25,50 €.", "il coûte vingt-cinq euros cinquante"],
      ["Il a 80 ans.", "il a quatre-vingts ans"],
      ["À 14h30, le 1er mai.", "à quatorze heures trente le premier mai"],
    ])("in French, %s read as %s", (text, heard) => {
      expect(readWell(judgeWords(text, heard, "fr-FR"))).toBe(true);
    });

    test("slips are told of the token as it is written", () => {
      expect(told("15% of people agree", "50% of people agree")).toEqual(["substituted 50% 15%"]);
      expect(told("fifteen percent of people agree", "50% of people agree")).toEqual([
        "substituted 50% fifteen percent",
      ]);
      expect(told("of people agree", "50% of people agree")).toEqual(["omitted 50% -"]);
      expect(told("five five five one two nine four", "555-1234")).toEqual([
        "substituted 555-1234 five five five one two nine four",
      ]);
    });
  });
});

import { describe, expect, it } from "vitest";
import { excerpt, readQuery, searchableWords } from "../../src/store/queries/words.ts";

describe("words for search", () => {
  it("are folded and found in any language", () => {
    expect(searchableWords("L'École d'été: STRASSE, ﬁne! 東京に")).toBe("l ecole d ete strasse fine 東京 に");
    expect(searchableWords("हिन्दी สวัสดี")).toContain("हिन्दी");
  });

  it("of an item are limited in length and number", () => {
    expect(searchableWords("x".repeat(5000))).toHaveLength(200);
    expect(searchableWords("ab ".repeat(100_000)).length).toBeLessThan(101_000);
  });

  it("of a query keep quotes, minus and or, and nothing else that means something", () => {
    expect(readQuery('"hello, World" -bad or don\'t & | ! <-> :*').query).toBe(
      '"hello world" -"bad" or "don t"',
    );
    expect(readQuery("or or a or").query).toBe('"a"');
    expect(readQuery('-"x y" z').wanted).toEqual(new Set(["z"]));
  });

  it("of a query are limited", () => {
    expect(readQuery("a ".repeat(200)).query.split(" ")).toHaveLength(32);
  });
});

describe("an excerpt", () => {
  it("is the whole of a short text", () => {
    expect(excerpt("Just this.", new Set(["this"]))).toBe("Just this.");
  });

  it("is cut between words around the first one found", () => {
    const text = `${"before ".repeat(100)}NEEDLE ${"after ".repeat(100)}`;
    const found = excerpt(text, new Set(["needle"]));
    expect(found).toMatch(/^…before [a-z ]*NEEDLE [a-z ]*after…$/);
    expect(found.length).toBeLessThanOrEqual(162);
  });

  it("begins at the start where nothing is found, and ends with the text where it is found there", () => {
    const text = `${"word ".repeat(100)}last.`;
    expect(excerpt(text, new Set(["absent"]))).toMatch(/^word .*word…$/);
    expect(excerpt(text, new Set(["last"]))).toMatch(/^…word .*last\.$/);
  });
});

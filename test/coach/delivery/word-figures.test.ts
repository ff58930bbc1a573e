import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { measureWords, withWords } from "../../../src/coach/delivery/word-figures.ts";
import type { Transcript } from "../../../src/ports/transcriber.ts";

const said = (text: string, over: Partial<Transcript> = {}): Transcript => ({
  text,
  understood: true,
  verbatim: true,
  ...over,
});
const words = (text: string, language = "en-US") => measureWords(said(text), language, 60_000);

describe("[DM8] speech rate", () => {
  const fox = "The quick brown fox jumps over the lazy dog.";

  test("words by the minute, from the voiced span where the words have no times", () => {
    expect(measureWords(said(fox), "en-US", 3000)).toMatchObject({ wordCount: 9, wordsPerMinute: 180 });
    expect(withWords({ speechMs: 4500, pauseCount: 1 }, said(fox), "en-US")).toMatchObject({
      speechMs: 4500,
      pauseCount: 1,
      wordsPerMinute: 120,
    });
  });

  test("from the first word to the last where they have", () => {
    const timed = [
      { text: "The", startMs: 500, endMs: 700 },
      { text: "dog.", startMs: 2000, endMs: 2900 },
    ];
    expect(measureWords(said(fox, { words: timed }), "en-US", 9000).wordsPerMinute).toBe(225);
  });

  test("absent of too few words, of no time, and of words that were not understood", () => {
    expect(measureWords(said("Hello there."), "en-US", 900)).not.toHaveProperty("wordsPerMinute");
    expect(measureWords(said(fox), "en-US")).not.toHaveProperty("wordsPerMinute");
    expect(measureWords(said("", {}), "en-US", 900)).toEqual({});
    expect(measureWords(said(fox, { understood: false }), "en-US", 3000)).toEqual({});
  });

  test.each([
    ["Don't tell me it's well-known…", "en-US", 5],
    ["Aujourd'hui l’eau est froide", "fr-FR", 4],
    ["你好世界", "zh-CN", 2],
    ["Это очень важно", "ru-RU", 3],
  ])("%s: words as the language has them", (text, language, count) => {
    expect(words(text, language).wordCount).toBe(count);
  });
});

describe("[DM9] fillers, hedges and repetitions", () => {
  test.each([
    ["Um, so I, uh, went there.", 2],
    ["Ummm uhh I don't know er yes.", 3],
    ["It was, you know, rather late, I mean, very late.", 2],
    ["Do you know what I mean that way? You know him.", 0],
    ["It was, like, huge. I like it. People like her are rare.", 1],
    ["So, we left. Well, they stayed. Right. So we left early.", 2],
    ["And um like uh we went.", 3],
    ["Actually, it works. It actually works.", 1],
    ["The umbrella is her hammer.", 0],
  ])("%s has %i fillers", (text, count) => {
    expect(words(text).fillerCount).toBe(count);
  });

  test.each([
    ["fr-FR", "Euh, du coup je suis, genre, parti. Tu sais que je viens, hein.", 4],
    ["fr-FR", "C'est bon, il a bien mangé quoi.", 0],
    ["de-DE", "Ähm, das ist halt so. Also, ich komme. Ich komme also.", 3],
    ["es-ES", "Eh, o sea, este libro es bueno. Pues, vamos.", 3],
  ])("in %s: %s", (language, text, count) => {
    expect(words(text, language).fillerCount).toBe(count);
  });

  test.each([
    ["Maybe I think it might work.", 3],
    ["I was thinking about it. I think about it daily.", 0],
    ["It's kind of hard, a little bit strange, what kind of day is that?", 2],
    ["I'm not sure. I don't know.", 2],
  ])("%s has %i hedges", (text, count) => {
    expect(words(text).hedgeCount).toBe(count);
  });

  test.each([
    ["fr-FR", "Je pense que c'est peut-être un peu tard. Je pense à toi.", 3],
    ["de-DE", "Vielleicht, ich glaube, ein bisschen später. Ich glaube an dich.", 3],
    ["es-ES", "Creo que tal vez, no sé. Creo en ti.", 3],
  ])("in %s: %s", (language, text, count) => {
    expect(words(text, language).hedgeCount).toBe(count);
  });

  test.each([
    ["I I think we we can.", 2],
    ["I, um, I think so.", 1],
    ["I I I think so.", 2],
    ["and then and then we left", 1],
    ["I want to I want to go", 1],
    ["Very, very good. Yes, yes. I said no. No problem.", 0],
    ["Call 5 5 1 1 please", 0],
    ["We left. Left alone, he wept.", 0],
  ])("%s has %i repetitions", (text, count) => {
    expect(words(text).repetitionCount).toBe(count);
  });

  test("as shares: fillers in percent and by the minute, the others by 100 words", () => {
    const text = "Um I think we we can go now um if you all like it too you maybe see my dog";
    expect(measureWords(said(text), "en-US", 10_000)).toEqual({
      wordCount: 20,
      wordsPerMinute: 120,
      fillerCount: 2,
      fillersPerMinute: 12,
      fillerPercent: 10,
      hedgeCount: 2,
      hedgesPer100Words: 10,
      repetitionCount: 1,
      repetitionsPer100Words: 5,
    });
    const short = words("Um, maybe not.");
    expect(short).toMatchObject({ fillerCount: 1, hedgeCount: 1 });
    for (const key of ["fillerPercent", "hedgesPer100Words", "repetitionsPer100Words"])
      expect(short).not.toHaveProperty(key);
  });

  test("absent where the transcriber drops them, and in a language without lists", () => {
    const tidied = measureWords(said("I think we can go.", { verbatim: false }), "en-US", 3000);
    expect(tidied).toEqual({ wordCount: 5, wordsPerMinute: 100, hedgeCount: 1 });
    const unknown = measureWords(said("Vielen dank kanske jag tror det"), "sv-SE", 3000);
    expect(Object.keys(unknown)).toEqual(["wordCount", "wordsPerMinute"]);
  });

  test("counts never exceed the words, whatever is said", () => {
    const piece = fc.constantFrom(
      ..."um you know like I I i mean maybe kind of , . … very so Right".split(" "),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        const found = words(pieces.join(" "));
        const { wordCount = 0, fillerCount = 0, hedgeCount = 0, repetitionCount = 0 } = found;
        expect(fillerCount + hedgeCount).toBeLessThanOrEqual(wordCount);
        expect(repetitionCount).toBeLessThanOrEqual(wordCount);
      }),
      { numRuns: 200 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isReadable, segments, spokenTokens } from "../../../src/pipeline/text-normalization/spoken-words.ts";
import { isReadable as isReadableOnTheWire } from "../../../src/protocol/readable-text.ts";

const languages = ["en", "fr", undefined] as const;
const written = (text: string, language: "en" | "fr" | undefined = "en") =>
  spokenTokens(text, language).map((token) => token.written);
const readings = (text: string, language: "en" | "fr" = "en") =>
  spokenTokens(text, language).map((token) => token.readings.map((words) => words.join(" ")));

/** Texts with much in them that is not a plain word. */
const signs = fc.constantFrom(
  ..."$€£%°&@#/.,:;-–—+=<>()[]'’|½№²🙂 \u00a0\n".split(""),
  "é",
  "\u0301",
  "\u3164",
);
const pieces = fc.oneof(
  fc.nat(9_999_999).map(String),
  fc.constantFrom(
    "km",
    "Dr.",
    "St",
    "pm",
    "a.m.",
    "No",
    "XIV",
    "NASA",
    "http://",
    "www.",
    ".com",
    "May",
    "h",
    "n°",
    "k",
  ),
  signs,
  fc.string({ unit: "grapheme", maxLength: 4 }),
);
const texts = fc.array(pieces, { maxLength: 14 }).map((all) => all.join(""));

describe("[DR15] the tokens of a text", () => {
  test("are reported as written, without the punctuation around them", () => {
    expect(written("“It’s 25 o'clock,” said Mr. O’Neil — twice! (50%)")).toEqual([
      ...["It’s", "25", "o'clock", "said", "Mr", "O’Neil", "twice", "50%"],
    ]);
    expect(written("Call (555) 123-4567 at 5:30 p.m., or $5 million.")).toEqual([
      ...["Call", "(555) 123-4567", "at", "5:30 p.m", "or", "$5 million"],
    ]);
    expect(written("Well – “yes”, it's 9 o'clock — no?", undefined)).toEqual([
      ...["Well", "yes", "it's", "9", "o'clock", "no"],
    ]);
  });

  test("are read in small letters, compounds as their parts, typographic apostrophes as plain ones", () => {
    expect(readings("It’s a Well-Known café")).toEqual([["it's"], ["a"], ["well known"], ["cafe"]]);
    expect(readings("L’Été", "fr")).toEqual([["l'été"]]);
  });

  test.each([
    ["50%", "fifty percent", "fifty per cent"],
    ["20°", "twenty degrees"],
    ["25 °C", "twenty five degrees celsius", "twenty five degrees"],
    ["$25", "twenty five dollars"],
    ["$1", "one dollar", "a dollar"],
    ["$25.50", "twenty five dollars and fifty cents", "twenty five dollars fifty", "twenty five fifty"],
    ["$0.99", "ninety nine cents"],
    ["$2.5M", "two point five million dollars"],
    ["£10", "ten pounds"],
    ["2.5", "two point five", "two and a half"],
    ["0.75", "zero point seven five", "three quarters", "point seven five"],
    ["3.14", "three point one four", "three point fourteen"],
    ["0", "zero"],
    ["105", "one hundred five", "one hundred and five", "a hundred and five", "one oh five"],
    ["1984", "nineteen eighty four", "one thousand nine hundred and eighty four"],
    ["1905", "nineteen oh five"],
    ["2024", "two thousand twenty four", "two thousand and twenty four", "twenty twenty four"],
    ["1500", "one thousand five hundred", "fifteen hundred"],
    ["007", "zero zero seven", "double oh seven"],
    ["1,000,000", "one million", "a million"],
    ["-5", "minus five", "negative five"],
    ["1/2", "one half", "a half", "half", "one over two"],
    ["2½", "two and a half", "two point five"],
    ["24/7", "twenty four over seven", "twenty four seven"],
    ["10-20", "ten to twenty", "ten twenty"],
    ["10–20%", "ten to twenty percent"],
    ["555-1234", "five five five one two three four", "five fifty five twelve thirty four"],
    ["(555) 123-4567", "five five five one two three four five six seven"],
    ["3rd", "third"],
    ["1990s", "nineteen nineties"],
    ["5:30", "five thirty", "half past five"],
    ["5:00", "five o'clock", "five"],
    ["6:45 pm", "six forty five p m", "quarter to seven p m"],
    ["5pm", "five p m"],
    ["2024-05-03", "may third two thousand twenty four", "the third of may twenty twenty four"],
    ["5km", "five kilometers"],
    ["90 km/h", "ninety kilometers per hour"],
    ["Dr.", "doctor"],
    ["e.g.", "for example", "e g"],
    ["etc.", "et cetera"],
    ["No. 5", "number five"],
    ["#1", "number one", "hashtag one"],
    ["AT&T", "a t and t"],
    ["FBI", "f b i"],
    ["NASA", "nasa", "n a s a"],
    ["and/or", "and or", "and slash or"],
    ["COVID-19", "covid nineteen"],
    ["jane.doe@example.com", "jane dot doe at example dot com"],
    ["www.example.com", "example dot com", "w w w dot example dot com"],
    ["https://example.com/help", "example dot com", "example dot com slash help"],
    ["1.2.3", "one point two point three", "one dot two dot three"],
  ])("%s is read %s", (text, usual, ...others) => {
    const [ways = [], ...more] = readings(text);
    expect(more).toEqual([]);
    expect(ways[0]).toBe(usual);
    expect(ways).toEqual(expect.arrayContaining(others));
  });

  test.each([
    ["50 %", "cinquante pour cent"],
    ["25,50 €", "vingt cinq euros et cinquante centimes", "vingt cinq euros cinquante"],
    ["2,5", "deux virgule cinq", "deux et demi"],
    ["3,05", "trois virgule zéro cinq"],
    ["21", "vingt et un", "vingt et une"],
    ["71", "soixante et onze", "septante et un"],
    ["80", "quatre vingt"],
    ["91", "quatre vingt onze"],
    ["1 000 000", "un million"],
    ["1984", "mille neuf cent quatre vingt quatre", "dix neuf cent quatre vingt quatre"],
    ["14h30", "quatorze heures trente", "quatorze heures et demie"],
    ["1er", "premier"],
    ["2e", "deuxième", "second"],
    ["XXIe", "vingt et unième"],
    ["06 12 34 56 78", "zéro six douze trente quatre cinquante six soixante dix huit"],
    ["n° 5", "numéro cinq"],
    ["Mme", "madame"],
    ["20 °C", "vingt degrés celsius"],
    ["jean@exemple.fr", "jean arobase exemple point f r"],
  ])("in French %s is read %s", (text, usual, ...others) => {
    const [ways = [], ...more] = readings(text, "fr");
    expect(more).toEqual([]);
    expect(ways[0]).toBe(usual);
    expect(ways).toEqual(expect.arrayContaining(others));
  });

  test.each([
    ["&", "A & B", "and"],
    ["=", "2 + 2 = 4", "equals"],
    ["St", "St. Paul is old.", "saint"],
    ["St", "He lives on Main St.", "street"],
    ["II", "World War II", "two"],
    ["5", "on May 5, 2024", "fifth"],
    ["no", "I said no.", "no"],
    ["3 in", "3 in a row", "three in"],
  ])("%s in %j is read %s", (token, text, usual) => {
    const found = spokenTokens(text, "en").find((each) => each.written === token);
    expect(found?.readings[0]?.join(" ")).toBe(usual);
  });

  test("punctuation, emoji and blanks are none", () => {
    for (const text of ["", " \n", "— … !?", "🙂🙂", "- / | *", "\u3164\u00ad"])
      for (const language of languages) expect(spokenTokens(text, language)).toEqual([]);
  });

  test("law: any text is taken apart without loss, into tokens of words", () => {
    fc.assert(
      fc.property(
        fc.oneof(texts, fc.string({ unit: "binary" })),
        fc.constantFrom(...languages),
        (text, language) => {
          const found = segments(text, language);
          expect(found.map(({ raw }) => raw).join("")).toBe(text.normalize("NFC"));
          for (const { token } of found) {
            if (!token) continue;
            expect(token.written).not.toBe("");
            expect(token.readings.length).toBeGreaterThan(0);
            for (const words of token.readings) {
              expect(words.length).toBeGreaterThan(0);
              for (const word of words) expect(word).toMatch(/^\S+$/);
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test("law: of English and French only words are left, no figure and no sign", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom("en" as const, "fr" as const), (text, language) => {
        for (const { readings: ways } of spokenTokens(text, language))
          for (const word of ways.flat())
            expect(word).toMatch(/^[^\d\s\p{P}\p{S}]*(?:'[^\d\s\p{P}\p{S}]*)*$/u);
      }),
      { numRuns: 400 },
    );
  });

  test("law: a reading is read as it stands", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom("en" as const, "fr" as const), (text, language) => {
        for (const { readings: ways } of spokenTokens(text, language)) {
          const usual = (ways[0] as readonly string[]).filter((word) => /^[a-zà-ÿ]{2,}$/.test(word));
          const again = spokenTokens(usual.join(" "), language).flatMap(({ readings: [way = []] }) => way);
          if (usual.every((word) => !/^(mr|mrs|vs|etc|dept|govt|mme|mmes|mlle|svp|tél|www)$/.test(word)))
            expect(again).toEqual(usual);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("law: plain words are read as they are written", () => {
    const word = fc.stringMatching(/^[bcdfglmnprst][aeiou][bdfgmn]{1,2}[aeiou]?$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.constantFrom(...languages), (words, language) => {
        const tokens = spokenTokens(words.join(" "), language);
        expect(tokens.map((token) => token.readings)).toEqual(words.map((each) => [[each]]));
      }),
    );
  });
});

describe("[DR16] what can be read aloud", () => {
  test.each(["   ", "🙂🙂", "%&$", "…", "\u3164", "\u2800", "—", ""])("%j cannot", (text) =>
    expect(isReadable(text)).toBe(false),
  );
  test.each(["a", "5", "½", "🙂 yes", "你好", "x²"])("%j can", (text) => expect(isReadable(text)).toBe(true));

  test("law: it has tokens, and the wire says the same", () => {
    fc.assert(
      fc.property(
        fc.oneof(texts, fc.string({ unit: "binary" })),
        fc.constantFrom(...languages),
        (text, language) => {
          expect(isReadableOnTheWire(text)).toBe(isReadable(text));
          if (isReadable(text)) expect(spokenTokens(text, language)).not.toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });
});

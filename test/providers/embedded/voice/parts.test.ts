import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pauseAfter } from "../../../../src/providers/embedded/voice/pauses.ts";
import { safeText } from "../../../../src/providers/embedded/voice/safe-text.ts";
import { spokenForm } from "../../../../src/providers/embedded/voice/spoken-form.ts";
import { stretchTime } from "../../../../src/providers/embedded/voice/time-stretch.ts";
import { findLanguage, voices } from "../../../../src/providers/embedded/voice/voices.ts";
import { timeChunks } from "../../../../src/providers/embedded/voice/word-times.ts";

describe("safeText", () => {
  test.each([
    ["<speak><break time='9s'/>Hi</speak>", "speak break time='9s'/ Hi /speak"],
    ["[[h@'loU]] you", "h@'loU you"],
    ["one\0two\u0001three", "one two three"],
    ["Tom & Jerry &lt;b&gt; AT&T", "Tom & Jerry & lt;b& gt; AT&T"],
    ["a\ud800b", "a b"],
    ["🎉", "🎉"],
    [" \n\t", ""],
    ["(((...", ""],
  ])("%j becomes %j", (text, expected) => {
    expect(safeText(text)).toBe(expected);
  });

  test("law: nothing the engine would obey is left", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safeText(text)).not.toMatch(/[<>\p{Cc}]|\[\[|&#?\w+;/u);
      }),
    );
  });
});

describe("spokenForm", () => {
  const of = (text: string, language = "en-US") => {
    const { text: spoken, words } = spokenForm(text, language);
    const letters = [...spoken];
    return words.map((word) => [word.text, letters.slice(word.start, word.end).join("")]);
  };

  test("[DR15] written words are told as they are written, and spoken as they are read", () => {
    expect(of("It costs $25.50, or 5 %.")).toEqual([
      ["It", "It"],
      ["costs", "costs"],
      ["$25.50,", "twenty five dollars and fifty cents,"],
      ["or", "or"],
      ["5 %.", "five percent."],
    ]);
    expect(of("À 14h30 !", "fr-FR")).toEqual([
      ["À", "À"],
      ["14h30", "quatorze heures trente"],
    ]);
  });

  test("a language whose rules are not known is left to the engine", () => {
    expect(of("Es kostet 25 €.", "de-DE")).toEqual([
      ["Es", "Es"],
      ["kostet", "kostet"],
      ["25", "25"],
      ["€.", "€."],
    ]);
  });

  test("law: what the engine gets is safe, and every word's place is inside it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("en", "fr", "de"), (text, language) => {
        const { text: spoken, words } = spokenForm(text, language);
        expect(spoken).not.toMatch(/[<>\p{Cc}]|\[\[|&#?\w+;/u);
        expect(words.at(-1)?.end ?? 0).toBe([...spoken].length);
      }),
    );
  });
});

describe("pauseAfter", () => {
  test.each([
    ["Done.", 350],
    ['Done?"', 350],
    ["（好。）", 350],
    ["Well,", 175],
    ["A heading", 200],
  ])("%s is followed by a pause of %i ms", (text, ms) => {
    expect(pauseAfter(text)).toBe(ms);
  });
});

describe("findLanguage", () => {
  const spoken = [
    { identifier: "gmw/en", tags: ["en-gb", "en"] },
    { identifier: "gmw/en-GB-x-rp", tags: ["en-gb-x-rp", "en-gb", "en"] },
    { identifier: "gmw/en-US", tags: ["en-us", "en"] },
    { identifier: "roa/fr", tags: ["fr-fr", "fr"] },
    { identifier: "roa/fr-CH", tags: ["fr-ch", "fr"] },
    { identifier: "sit/cmn", tags: ["cmn", "zh-cmn"] },
    { identifier: "gmw/de", tags: ["de"] },
  ];
  test.each([
    ["en-US", "gmw/en-US"],
    ["en", "gmw/en-US"],
    ["en-GB", "gmw/en-GB-x-rp"],
    ["fr", "roa/fr"],
    ["fr-CH", "roa/fr-CH"],
    ["fr-CA", "roa/fr"],
    ["de-AT", "gmw/de"],
    ["zh-Hans-CN", "sit/cmn"],
    ["tlh", undefined],
  ])("%s is spoken as %s", (tag, expected) => {
    expect(findLanguage(tag, spoken)).toBe(expected);
  });

  test("every voice's name is its own", () => {
    expect(new Set(voices.map((voice) => voice.name)).size).toBe(voices.length);
  });
});

describe("timeChunks", () => {
  const word = (position: number, ms: number) => ({
    type: "word",
    text_position: position,
    audio_position: ms,
  });
  const pause = (ms: number) => ({ type: "phoneme", text_position: 1, audio_position: ms, id: "" });
  const pcm = () => new Int16Array(1600); // 100 ms at 16 kHz

  test("a chunk waits until the words that start in it have ended", () => {
    const timer = timeChunks(spokenForm("One two", "de").words, 16_000);
    timer.addEvents([word(1, 20)]);
    timer.add(pcm());
    expect(timer.ready()).toEqual([]);
    timer.addEvents([word(5, 150)]);
    timer.add(pcm());
    expect(timer.ready().map((chunk) => chunk.words)).toEqual([[{ text: "One", startMs: 20, endMs: 150 }]]);
    timer.addEvents([pause(260)]);
    timer.add(pcm());
    expect(timer.flush().map((chunk) => chunk.words)).toEqual([
      [{ text: "two", startMs: 150, endMs: 260 }],
      undefined,
    ]);
  });

  test("words that the engine speaks as one share its time", () => {
    const timer = timeChunks(spokenForm("one at a time —", "de").words, 16_000);
    timer.addEvents([word(1, 0), word(5, 20), pause(80), word(10, 90)]);
    timer.add(pcm());
    expect(timer.flush()[0]?.words).toEqual([
      { text: "one", startMs: 0, endMs: 20 },
      { text: "at", startMs: 20, endMs: 60 },
      { text: "a", startMs: 60, endMs: 80 },
      { text: "time", startMs: 90, endMs: 100 },
    ]);
  });

  test("positions are counted in code points, and the parts of a number are one word", () => {
    const timer = timeChunks(spokenForm("é🎉 1,234 ok", "de").words, 16_000);
    timer.addEvents([word(1, 0), word(2, 10), word(4, 30), word(4, 40), word(6, 50), word(10, 80)]);
    timer.add(pcm());
    expect(timer.flush()[0]?.words?.map((each) => each.text)).toEqual(["é🎉", "1,234", "ok"]);
  });

  test("stretched audio has stretched words", () => {
    const timer = timeChunks(spokenForm("One two", "de").words, 16_000, 2);
    timer.addEvents([word(1, 0), word(5, 40), pause(90)]);
    timer.add(pcm());
    timer.add(pcm());
    expect(timer.flush()[0]?.words).toEqual([
      { text: "One", startMs: 0, endMs: 80 },
      { text: "two", startMs: 80, endMs: 180 },
    ]);
  });
});

describe("stretchTime", () => {
  const rate = 22_050;
  const tone = (seconds: number) =>
    Int16Array.from({ length: rate * seconds }, (_, i) => 8000 * Math.sin((2 * Math.PI * 200 * i) / rate));
  const crossings = (pcm: Int16Array) =>
    pcm.reduce((count, sample, i) => count + (i > 0 && sample >= 0 && (pcm[i - 1] as number) < 0 ? 1 : 0), 0);

  test.each([1, 1.3, 2])("%s times as long, at the same pitch and loudness", (factor) => {
    const slow = stretchTime(tone(1), factor, rate);
    expect(slow.length).toBe(Math.round(rate * factor));
    expect(Math.abs(crossings(slow) / factor - 200)).toBeLessThan(4);
    const loud = slow.reduce((sum, sample) => sum + sample * sample, 0) / slow.length;
    expect(Math.sqrt(loud)).toBeGreaterThan(5000);
  });

  test("too short to stretch is padded", () => {
    expect(stretchTime(new Int16Array(10).fill(5), 2, rate)).toHaveLength(20);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWholeClause } from "../../../eval/coach/quotes.ts";
import { commitmentsIn, timeIn } from "../../../src/coach/nlu/commitments.ts";
import { contentWords, sameWord } from "../../../src/coach/nlu/content-words.ts";
import { readEndingAnswer } from "../../../src/coach/nlu/ending.ts";
import { evidenceOf } from "../../../src/coach/nlu/evidence.ts";

const found = (text: string, language = "en-US") =>
  commitmentsIn(text, language).map(({ text: deed, when }) => (when === undefined ? [deed] : [deed, when]));

describe("commitments", () => {
  test.each([
    ["I will call my sister Anna tomorrow at ten.", [["call my sister Anna", "tomorrow at ten"]]],
    ["I'm going to write the plan by Friday, because my boss wants it.", [["write the plan", "by Friday"]]],
    ["Tomorrow, I'll talk to her.", [["talk to her", "Tomorrow"]]],
    ["I'm going to the gym on Monday morning", [["go to the gym", "on Monday morning"]]],
    [
      "I'll send the report and I'll book a room next week.",
      [["send the report"], ["book a room", "next week"]],
    ],
    ["I've decided to sleep more.", [["sleep more"]]],
    ["I'll try to run every morning", [["try to run", "every morning"]]],
    [
      "I will put my phone in the kitchen at eight from Monday",
      [["put my phone in the kitchen", "at eight from Monday"]],
    ],
    ["I'll write a follow-up by noon on Friday.", [["write a follow-up", "by noon on Friday"]]],
    ["I'll call Tim on Monday about the raise", [["call Tim on Monday about the raise", "on Monday"]]],
  ])("%s", (text, intentions) => {
    expect(found(text)).toEqual(intentions);
  });

  test.each([
    "I will be late.",
    "I don't know what I'll do.",
    "If she asks, I might go.",
    "If she asks I will say yes.",
    "I will probably do it.",
    "I won't call her.",
    "I'm afraid I will lose it.",
    "She says I will regret it.",
    "I could call my sister tomorrow.",
    "I called my sister yesterday.",
    "If he does it again, I'll throw his plates out.",
    "She's busy. Then I'll ask my wife.",
  ])("none: %s", (text) => {
    expect(found(text)).toEqual([]);
  });

  test.each([
    ["Je vais appeler ma sœur Anna demain matin.", [["appeler ma sœur Anna", "demain matin"]]],
    ["J'appellerai Paul d'ici vendredi.", [["J'appellerai Paul", "d'ici vendredi"]]],
    ["J'irai à la piscine mardi midi.", [["J'irai à la piscine", "mardi midi"]]],
    ["Si je perds mon travail, je ferai du sport.", []],
    ["J'ai décidé de courir tous les matins.", [["courir", "tous les matins"]]],
    ["je vais bien", []],
    ["Je ne vais pas l'appeler.", []],
    ["Je serai en retard.", []],
    ["Je pourrais appeler ma sœur.", []],
  ])("in French: %s", (text, intentions) => {
    expect(found(text, "fr-FR")).toEqual(intentions);
  });

  test("[FL13] a deed and its time are words that were said in a row, and none ends in the air", () => {
    const part = (words: string[]) => fc.constantFrom(...words);
    const deeds = part([
      "call Anna",
      "put my phone in the kitchen",
      "turn the lamp off",
      "log in",
      "write a follow-up",
    ]);
    const times = part([
      "",
      "at eight",
      "from Monday",
      "at eight from Monday",
      "by Friday",
      "tomorrow at half past nine",
      "every evening",
      "until ten on Sunday",
      "starting next week",
      "in the morning",
    ]);
    const leads = part(["I will", "I'm going to", "Tomorrow I'll", "On Monday, I'll"]);
    fc.assert(
      fc.property(
        leads,
        deeds,
        times,
        part(["", " about the raise", " with Tim"]),
        (lead, deed, time, rest) => {
          const text = `Well, ${lead} ${deed} ${time}${rest}, I think.`.replace(/ +/g, " ");
          for (const { text: named, when = "", said } of commitmentsIn(text, "en-US")) {
            expect(text).toContain(named);
            expect(text).toContain(when);
            expect(isWholeClause(said, [text]), `${said} of ${text}`).toBe(true);
            expect(named).not.toMatch(/ (?:at|from|by|on|until|in the|starting|every|about|with)$/);
          }
        },
      ),
      { seed: 1, numRuns: 400 },
    );
  });

  test("a time is told in its own words, and anything can be listened to", () => {
    expect(timeIn("Well, on Monday after lunch", "en")).toBe("on Monday after lunch");
    expect(timeIn("It looks at a plan", "en")).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("en", "fr-CA", "de", "x"), (text, language) => {
        commitmentsIn(text, language);
        readEndingAnswer(text, language);
      }),
      { seed: 1 },
    );
  });
});

describe("what the user's words bear out", () => {
  const proven = (text: string, turns: string[], when?: string, language = "en-US") =>
    evidenceOf(turns, language).confirm({ text, ...(when !== undefined && { when }) });

  test("[FL7] what they said they will do, in other forms of the same words", () => {
    const turns = ["I'm calling my sister tomorrow, I promise."];
    expect(proven("Call my sister", turns, "tomorrow")).toEqual({ text: "Call my sister", when: "tomorrow" });
    expect(proven("Call my sister", turns, "on Monday")).toEqual({ text: "Call my sister" });
    expect(proven("Go to the gym", ["I'll go.", "To the gym."])).toBeDefined();
    expect(proven("Appeler ma sœur", ["Je l'appellerai demain, ma sœur."], "demain", "fr-FR")).toEqual({
      text: "Appeler ma sœur",
      when: "demain",
    });
    expect(proven("Not check email after six", ["I will not check my email after 6."])).toBeDefined();
  });

  test("[FL7] not what they did not say, denied, only considered, or took back", () => {
    expect(proven("Quit my job", ["I'll call my sister."])).toBeUndefined();
    expect(proven("Call my sister", [])).toBeUndefined();
    expect(proven("It", ["It is."])).toBeUndefined();
    expect(proven("Call my sister", ["I won't call my sister."])).toBeUndefined();
    expect(proven("Call my sister", ["I haven't called my sister."])).toBeUndefined();
    expect(
      proven("Call my sister", ["I will call my sister.", "No, I won't call my sister."]),
    ).toBeUndefined();
    expect(proven("Call my sister", ["I could call my sister."])).toBeUndefined();
    expect(proven("Call my sister", ["I could call my sister.", "I will write to Tim."])).toBeUndefined();
    expect(proven("Call my sister", ["I could call my sister.", "Yes, I'll do that."])).toBeDefined();
    expect(
      proven("Call my sister", ["I will call my sister.", "I haven't called my sister in years."]),
    ).toBeDefined();
  });

  test("words are compared by their beginnings, numbers by their value, scripts without spaces word by word", () => {
    expect(contentWords("I'll meet the two managers at five", "en")).toEqual(["meet", "2", "managers", "5"]);
    expect(sameWord("call", "calling")).toBe(true);
    expect(sameWord("write", "writing")).toBe(true);
    expect(sameWord("car", "carpet")).toBe(false);
    expect(sameWord("sister", "system")).toBe(false);
    expect(contentWords("明天给妈妈打电话", "zh-CN")).toContain("妈妈");
  });

  test("quotes are whole words of one turn", () => {
    expect(evidenceOf(["Well: my partner, is annoyed!"], "en").quotes("my partner is annoyed")).toBe(true);
    expect(evidenceOf(["My partner."], "en").quotes("part")).toBe(false);
    expect(evidenceOf(["My partner.", "I sleep."], "en").quotes("partner. I sleep")).toBe(false);
    expect(evidenceOf(["My partner."], "en").quotes("")).toBe(false);
  });
});

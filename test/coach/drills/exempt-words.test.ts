/** Words of a reading that are wrong and no slip, from words alone and from verdicts with times. */
import { describe, expect, test } from "vitest";
import { advanceDrill, openDrill } from "../../../src/coach/drills/drill.ts";
import { exemptWords } from "../../../src/coach/drills/exempt-words.ts";
import { practiceReading } from "../../../src/coach/drills/practice-reading.ts";
import { composeReply } from "../../../src/coach/rule-based/compose-reply.ts";
import { judgeWords } from "../../../src/pipeline/text-normalization/judge-words.ts";
import type { Reading, ReadWord } from "../../../src/ports/reading.ts";

const fox = "The quick brown fox jumps over the lazy dog.";
const open = () => openDrill({ language: "en-US", text: fox });

function read(heard: string) {
  const state = open();
  const step = advanceDrill(state, { transcript: { text: heard, understood: true } });
  const words = step.result.reading?.words ?? [];
  return {
    ...step,
    exempt: words.flatMap((word) => (word.exempt ? [`${word.expected ?? word.heard} ${word.exempt}`] : [])),
    says: composeReply({ brief: step.brief, items: [], language: "en-US" }),
    kept: practiceReading(
      { flow: "drill", drill: state } as Parameters<typeof practiceReading>[0],
      step.result,
    ),
  };
}

describe("[DR22] ums and words said again", () => {
  test.each([
    ["The quick um brown fox jumps over the lazy dog", ["um filled_pause"]],
    ["The quick the quick brown fox jumps over the lazy dog", ["the repetition", "quick repetition"]],
    ["The quick brown box the quick brown fox jumps over the lazy dog", 4],
    ["The quick brown fox jumps um over over the lazy dog", ["um filled_pause", "over repetition"]],
  ])("%s: read well", (heard, exempt) => {
    const step = read(heard);
    expect(step.result.outcome).toBe("read_well");
    if (typeof exempt === "number") expect(step.exempt).toHaveLength(exempt);
    else expect(step.exempt).toEqual(exempt);
    expect(step.state.tally).toMatchObject({ words: 9, right: 9, slips: {} });
    expect(step.kept?.slips).toEqual([]);
  });

  test("a word that was added is a slip", () => {
    const step = read("The very quick brown fox jumps over the lazy dog");
    expect(step.exempt).toEqual([]);
    expect(step.result.outcome).toBe("slipped");
    expect(step.says).toContain("I heard very on top.");
  });

  const inserted: ReadWord = { verdict: "inserted", startMs: 500, endMs: 1000 };
  const reading: Reading = {
    text: "one two",
    words: [{ verdict: "correct", expected: "one" }, inserted, { verdict: "correct", expected: "two" }],
    accuracy: 1,
  };
  test.each([
    ["an um at the place of an added word", { startMs: 560, endMs: 950 }, "filled_pause"],
    ["an um somewhere else", { startMs: 1200, endMs: 1600 }, undefined],
  ] as const)("%s, by its sound", (_, at, exempt) => {
    const contour = { hesitations: [{ kind: "filled_pause" as const, ...at }] };
    expect(exemptWords(reading, { contour }).words[1]?.exempt).toBe(exempt);
  });
});

describe("[DR23] a reading that ends before its text", () => {
  const step = read("The quick brown box jumps");

  test("what was not read counts neither as asked for nor as wrong", () => {
    expect(step.exempt).toEqual(["over unread", "the unread", "lazy unread", "dog unread"]);
    expect(step.state.tally).toMatchObject({ words: 5, right: 4 });
    expect(Object.keys(step.state.tally.slips)).toEqual(["fox"]);
    expect(step.kept).toMatchObject({ slips: ["fox"] });
  });

  test("is told, and the same sentence asked for again", () => {
    expect(step.result).toMatchObject({ outcome: "slipped", next: fox, focus: { expected: "fox" } });
    expect(step.says).toContain('You stopped after "jumps"');
    expect(step.says).not.toContain("I didn't hear");
    const right = read("The quick brown fox jumps");
    expect(right.result.outcome).toBe("slipped");
    expect(right.result.focus).toBeUndefined();
    expect(right.says).toContain('You stopped after "jumps"');
  });

  test("a scrap of sound that was laid on a later word is none of the text's", () => {
    const scrap: ReadWord = {
      verdict: "substituted",
      expected: "four",
      heard: "for",
      startMs: 900,
      endMs: 930,
    };
    const left = ["two", "three"].map((expected): ReadWord => ({ verdict: "omitted", expected }));
    const words: ReadWord[] = [{ verdict: "correct", expected: "one" }, ...left, scrap];
    const judged = exemptWords({ text: "one two three four", words, accuracy: 0.25 }, {}).words;
    expect(judged.map(({ exempt }) => exempt)).toEqual([undefined, "unread", "unread", "unread"]);
  });

  test("a last word left out is a slip", () => {
    const { exempt, says } = read("The quick brown fox jumps over the lazy");
    expect(exempt).toEqual([]);
    expect(says).toContain("I didn't hear dog.");
  });

  test("nothing of it is told of words left out in the middle", () => {
    expect(exemptWords(judgeWords(fox, "the quick brown dog"), {}).words.some(({ exempt }) => exempt)).toBe(
      false,
    );
  });
});

import { expect, test } from "vitest";
import { joinTurns } from "../../../src/coach/flow/coach-turn.ts";
import type { Reading, WordVerdict } from "../../../src/ports/reading.ts";

const reading = (...verdicts: WordVerdict[]): Reading => ({
  text: "one two three",
  words: verdicts.map((verdict, at) => ({
    verdict,
    expected: ["one", "two", "three"][at] as string,
    startMs: 0,
  })),
  accuracy: 0,
});

test("one turn is itself", () => {
  const turn = { transcript: { text: "hello", understood: true } };
  expect(joinTurns([turn])).toBe(turn);
});

test("a sentence read in two goes counts each word as it was read best", () => {
  const joined = joinTurns([
    { transcript: { text: "one", understood: true, reading: reading("correct", "omitted", "omitted") } },
    {
      transcript: {
        text: "tow three",
        understood: true,
        reading: reading("omitted", "substituted", "correct"),
      },
    },
  ]);
  expect(joined.transcript?.text).toBe("one tow three");
  expect(joined.transcript?.reading?.words.map((word) => word.verdict)).toEqual([
    "correct",
    "substituted",
    "correct",
  ]);
  expect(joined.transcript?.reading?.accuracy).toBeCloseTo(2 / 3);
});

test("delivery adds up, the pause between the pieces included; what is unknown stays absent", () => {
  const joined = joinTurns([
    {
      transcript: { text: "", understood: false },
      delivery: { speechMs: 1000, pauseCount: 1, longestPauseMs: 400 },
    },
    {
      transcript: { text: "", understood: false },
      delivery: { speechMs: 3000, pauseCount: 0, syllablesPerSecond: 4 },
    },
  ]);
  expect(joined.delivery).toEqual({
    speechMs: 4000,
    pauseCount: 2,
    pausesPerMinute: 30,
    longestPauseMs: 400,
    syllablesPerSecond: 4,
  });
});

test("typed words are understood, whatever was spoken beside them; the item is the last one", () => {
  const joined = joinTurns([
    { transcript: { text: "", understood: false }, itemId: "item_1" },
    { text: "I mean my job.", itemId: "item_2" },
  ]);
  expect(joined).toEqual({ text: "I mean my job.", itemId: "item_2" });
});

test("[TT15] doubtful words stay so in a turn that came in pieces", () => {
  const sure = { text: "tell", startMs: 0, endMs: 200, confidence: 0.97 };
  const unsure = { text: "Maurine", startMs: 100, endMs: 600, confidence: 0.3, doubtful: true };
  const joined = joinTurns([
    { transcript: { text: "tell", understood: true, words: [sure] } },
    { transcript: { text: "Maurine", understood: true, words: [unsure] } },
  ]);
  expect(joined.transcript?.words).toEqual([sure, unsure]);
});

test("[DR17] where a piece of a reading cannot be judged, none of it is", () => {
  const judged = {
    transcript: { text: "three", understood: true, reading: reading("omitted", "omitted", "correct") },
  };
  const noisy = { transcript: { text: "", understood: false, unjudgeable: "noise" as const } };
  for (const turns of [
    [judged, noisy],
    [noisy, judged],
  ])
    expect(joinTurns(turns).transcript).toEqual({ text: "", understood: false, unjudgeable: "noise" });
});

import { expect, test } from "vitest";
import { drillText, taskText } from "../../src/client/drill-words.ts";
import type { DrillTask } from "../../src/protocol/kuku-events.ts";

const pairs: DrillTask = { kind: "minimal_pairs", words: ["ship", "sheep"] };
const rate = { kind: "pacing", unit: "words_per_minute", value: 120, tolerance: 20 } as const;
const pause = { kind: "pacing", unit: "pause_seconds", value: 0.6, tolerance: 0.2 } as const;

test("what is asked for", () => {
  expect(taskText("A sentence.", undefined)).toBe("Read this aloud");
  expect(taskText("ship", pairs)).toBe("Say this word, not “sheep”");
  expect(taskText("sheep", pairs)).toBe("Say this word, not “ship”");
  expect(taskText("So.", rate)).toBe("Read it at 120 words a minute (± 20)");
  expect(taskText("So … it is.", pause)).toBe("Read it, with a pause of 0.6 s (± 0.2) at the dots");
});

const pair = { said: 2, right: 1, finished: false };
test.each([
  [
    { ...pair, heard: "ship", clarity: 0.8 },
    "read_well",
    "Heard “ship”, clearly. 1 of 2 right with this pair.",
  ],
  [
    { ...pair, heard: "sheep", clarity: 0.5 },
    "slipped",
    "Heard “sheep” instead, fairly clearly. 1 of 2 right with this pair.",
  ],
  [
    { ...pair, heard: "ship", clarity: 0.1 },
    "read_well",
    "Heard “ship”, only just. 1 of 2 right with this pair.",
  ],
  [
    { ...pair, heard: "ship", clarity: 0 },
    "read_well",
    "Close: it could have been either. It counts as “ship”. 1 of 2 right with this pair.",
  ],
  [{ ...pair, heard: "ship", finished: true }, "read_well", "Heard “ship”. 1 of 2 right; this pair is done."],
] as const)("a pair: %o, %s", (told, outcome, text) => {
  expect(drillText({ task: pairs, pair: told, outcome })).toBe(text);
});

test.each([
  [rate, { measured: 121, verdict: "on_target" }, "121 words a minute: as asked."],
  [rate, { measured: 98, verdict: "below" }, "98 words a minute: slower than asked (120 ± 20)."],
  [rate, { measured: 150, verdict: "above" }, "150 words a minute: faster than asked (120 ± 20)."],
  [pause, { measured: 0.2, verdict: "below" }, "A pause of 0.2 s: shorter than asked (0.6 ± 0.2)."],
  [pause, { measured: 1.1, verdict: "above" }, "A pause of 1.1 s: longer than asked (0.6 ± 0.2)."],
] as const)("a pace: %o, %o", (task, pace, text) => {
  expect(drillText({ task, pace, outcome: "read_well" })).toBe(text);
});

test("nothing is said of what is not known", () => {
  expect(drillText({ outcome: "read_well" })).toBeUndefined();
  expect(drillText({ task: rate, outcome: "slipped" })).toBeUndefined();
});

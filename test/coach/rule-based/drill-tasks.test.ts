import { describe, expect, test } from "vitest";
import { composeReply } from "../../../src/coach/rule-based/compose-reply.ts";
import type { Brief } from "../../../src/ports/brief.ts";
import type { PaceResult, PaceTarget, PairResult } from "../../../src/ports/reading.ts";

type Drill = Extract<Brief, { kind: "drill" }>;

const say = (brief: Brief, language = "en-US") => composeReply({ brief, items: [], language });
const task = { kind: "minimal_pairs", words: ["ship", "sheep"] } as const;
const pairTurn = (pair: Partial<PairResult>, more: Partial<Drill> = {}): Drill => ({
  kind: "drill",
  sentence: "ship",
  outcome: "read_well",
  round: 1,
  task,
  next: "sheep",
  nextTask: task,
  pair: {
    words: task.words,
    asked: "ship",
    heard: "ship",
    said: 1,
    right: 1,
    finished: false,
    way: "keep the vowel short",
    ...pair,
  },
  ...more,
});

describe("minimal pairs", () => {
  test("the pair is named when it is begun, and the word asked for last", () => {
    const greeting = say({ kind: "greeting", persona: "reader", sentence: "ship", task });
    expect(greeting).toMatch(/ship and sheep.*ship$/);
  });

  test("which was heard, how far apart they were, and the next word", () => {
    const clear = say(pairTurn({ clarity: 0.95 }));
    const close = say(pairTurn({ clarity: 0 }));
    expect(clear).toMatch(/ship, well apart from sheep.* sheep$/);
    expect(close).toMatch(/close to sheep/);
    expect(clear).not.toBe(close);
    expect(say(pairTurn({}))).toMatch(/^I heard ship\./);
  });

  test("after the other word: a way to say it, and the same word again", () => {
    const slip = { outcome: "slipped", next: "ship", tries: 1 } as const;
    const reply = say(pairTurn({ heard: "sheep", right: 0, clarity: 0.6 }, slip));
    expect(reply).toMatch(/sheep rather than ship.*keep the vowel short.* ship$/);
    const given = say(pairTurn({ heard: "sheep", right: 0 }, { outcome: "slipped", tries: 3 }));
    expect(given).not.toContain("keep the vowel short");
  });

  test("at its end the pair's score, then the next pair by name", () => {
    const nextTask = { kind: "minimal_pairs", words: ["live", "leave"] } as const;
    const reply = say(pairTurn({ said: 5, right: 4, finished: true }, { next: "live", nextTask }));
    expect(reply).toMatch(/4 of 5.*live and leave.* live$/);
  });

  test("neither of the two", () => {
    const { pair: _, ...turn } = pairTurn({}, { outcome: "not_heard", next: "ship", missed: 1 });
    expect(say(turn)).toMatch(/as ship or as sheep.* ship$/);
  });
});

describe("pacing", () => {
  const wpm: PaceTarget = { unit: "words_per_minute", value: 130, tolerance: 20 };
  const sentence = "Read me well.";
  const paceTurn = (pace: Omit<PaceResult, "target">, target = wpm, more: Partial<Drill> = {}): Drill => ({
    kind: "drill",
    sentence,
    outcome: pace.verdict === "on_target" ? "read_well" : "slipped",
    task: { kind: "pacing", target },
    pace: { target, ...pace },
    next: sentence,
    nextTask: { kind: "pacing", target },
    tries: 1,
    ...more,
  });

  test("what to aim at, then the sentence", () => {
    const reply = say({
      kind: "greeting",
      persona: "reader",
      sentence,
      task: { kind: "pacing", target: wpm },
    });
    expect(reply).toMatch(/130 words a minute.*Read me well\.$/);
  });

  test("the figure, what was asked for, one thing to try", () => {
    const quick = say(paceTurn({ measured: 171, verdict: "above" }));
    expect(quick).toMatch(/171 words a minute; 130 .*thing to try.*Read me well\.$/);
    const slow = say(paceTurn({ measured: 80, verdict: "below" }));
    expect(slow).toMatch(/80 words a minute/);
    expect(slow.match(/One thing to try[^.]*/)?.[0]).not.toBe(quick.match(/One thing to try[^.]*/)?.[0]);
    const good = say(paceTurn({ measured: 128, verdict: "on_target" }));
    expect(good).toMatch(/128 .*on target/);
    expect(good).not.toContain("thing to try");
  });

  test("pauses in seconds, in French with a comma", () => {
    const pause: PaceTarget = { unit: "pause_seconds", value: 0.6, tolerance: 0.2 };
    expect(say(paceTurn({ measured: 0, verdict: "below" }, pause))).toMatch(/no pause; 0\.6 was asked for/);
    expect(say(paceTurn({ measured: 0.3, verdict: "below" }, pause), "fr-FR")).toMatch(/0,3 .*0,6/);
  });
});

test("a command names the pair again, and a stopped drill asks for nothing", () => {
  const { pair: _, ...turn } = pairTurn({}, { outcome: "command", command: "repeat", next: "ship" });
  expect(say(turn)).toMatch(/ship and sheep.* ship$/);
  const { next: __, nextTask: ___, ...stopped } = turn;
  expect(say({ ...stopped, command: "stop" })).not.toContain("sheep");
});

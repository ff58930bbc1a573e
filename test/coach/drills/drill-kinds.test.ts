import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advanceDrill,
  changeDrill,
  type DrillState,
  maxTries,
  openDrill,
  translateDrill,
} from "../../../src/coach/drills/drill.ts";
import { drillExpectation, drillSentence, drillTask } from "../../../src/coach/drills/drill-position.ts";
import { type DrillRequest, refuseDrill } from "../../../src/coach/drills/drill-requests.ts";
import { exercisesOf } from "../../../src/coach/drills/exercises.ts";
import { findMaterial } from "../../../src/coach/drills/texts.ts";
import type { CoachTurn } from "../../../src/coach/flow/coach-turn.ts";
import { judgeWords } from "../../../src/pipeline/text-normalization/judge-words.ts";
import { spokenTokens } from "../../../src/pipeline/text-normalization/spoken-words.ts";
import type { Command } from "../../../src/ports/brief.ts";
import type { Delivery } from "../../../src/ports/delivery.ts";
import type { Reading } from "../../../src/ports/reading.ts";
import { textLanguages } from "./text-languages.ts";

const open = (request: DrillRequest) => openDrill({ language: "en-US", ...request });
const say = (command: Command): CoachTurn => ({ transcript: { text: command, understood: true, command } });
const heard = (text: string, said: string, clarity?: number, delivery?: Delivery): CoachTurn => {
  const reading: Reading = { ...judgeWords(text, said), ...(clarity !== undefined && { clarity }) };
  return { transcript: { text: said, understood: true, reading }, ...(delivery && { delivery }) };
};

describe("[DR11] what a client may ask for", () => {
  test("sentences of a level and a sound, and no others", () => {
    let state = open({ level: 3, focus: "th" });
    const texts = new Set<string>();
    for (let i = 0; i < 6; i++) {
      texts.add(drillSentence(state));
      state = advanceDrill(state, heard(drillSentence(state), drillSentence(state))).state;
    }
    const fitting = findMaterial("en-US", "sentence").filter((it) => it.level === 3 && it.focus === "th");
    expect(texts).toEqual(new Set(fitting.map(({ text }) => text)));
  });

  test("one sound of a pair of sounds, and the pair in any order", () => {
    for (const focus of ["r", "l/r", "R/L"]) expect(refuseDrill("en-US", { focus })).toBeUndefined();
    expect(drillTask(open({ kind: "minimal_pairs", focus: "l" }))).toEqual({
      kind: "minimal_pairs",
      words: ["rice", "lice"],
    });
  });

  test.each([
    ["focus", "en-US", { focus: "u/ou" }, "r/l"],
    ["focus", "fr-FR", { kind: "minimal_pairs", focus: "th" }, "ou/u"],
    ["level", "en-US", { kind: "minimal_pairs", focus: "th/f", level: 3 }, "2"],
    ["text", "en-US", { kind: "minimal_pairs", text: "Hello." }, "own list"],
    ["level", "en-US", { text: "Hello.", level: 2 }, "leave one"],
  ] as const)("refused: %s (%s, %o)", (field, language, request, says) => {
    const refusal = refuseDrill(language, request);
    expect(refusal?.field).toBe(field);
    expect(refusal?.message).toContain(says);
  });

  test("each request says it anew; what was practised still counts", () => {
    const first = open({ kind: "minimal_pairs", focus: "i/ee" });
    const said = advanceDrill(first, heard("ship", "ship")).state;
    const paced = changeDrill(said, { kind: "pacing" });
    expect(drillTask(paced)).toMatchObject({ kind: "pacing" });
    expect(paced).toMatchObject({ round: 1, tally: said.tally });
    expect(drillTask(changeDrill(paced, { level: 2 }))).toBeUndefined();
    expect(drillSentence(changeDrill(said, { text: "My own words." }))).toBe("My own words.");
    expect(drillTask(changeDrill(said, { text: "My own words." }))).toBeUndefined();
  });

  test("in another language the kind stays; a sound that is not there is dropped", () => {
    const french = translateDrill(open({ kind: "minimal_pairs", focus: "i/ee" }), "fr-FR");
    expect(drillTask(french)).toEqual({ kind: "minimal_pairs", words: ["dessous", "dessus"] });
    expect(drillTask(translateDrill(open({ kind: "minimal_pairs", focus: "r/l" }), "fr-FR"))).toMatchObject({
      words: ["rire", "lire"],
    });
  });

  test("words of the list are each in one pair alone, so that no two asks in a row are the same", () => {
    for (const language of textLanguages) {
      const words = findMaterial(language, "minimal_pairs").flatMap((pair) => pair.words);
      expect(new Set(words).size).toBe(words.length);
      for (const word of words)
        expect(spokenTokens(word, undefined).map(({ written }) => written)).toEqual([word]);
    }
  });
});

describe("[DR12] minimal pairs", () => {
  const pairs = open({ kind: "minimal_pairs" });

  test("one word is asked for, its rival alone is listened for beside it", () => {
    expect(drillExpectation(pairs)).toEqual({ kind: "reading", text: "ship", rival: "sheep" });
    expect(drillTask(pairs)).toEqual({ kind: "minimal_pairs", words: ["ship", "sheep"] });
  });

  test("heard as asked: the next word, and how far from the other it was", () => {
    const { brief, result, expectation } = advanceDrill(pairs, heard("ship", "ship", 0.9));
    expect(brief).toMatchObject({
      outcome: "read_well",
      next: "sheep",
      task: { words: ["ship", "sheep"] },
      pair: { asked: "ship", heard: "ship", clarity: 0.9, said: 1, right: 1, finished: false },
    });
    expect(result.pair).toEqual(brief.pair);
    expect(expectation).toMatchObject({ text: "sheep", rival: "ship" });
  });

  test("heard as the other: again with a way to say it, three times at most", () => {
    const slip = heard("ship", "sheep", 0.5);
    const first = advanceDrill(pairs, slip);
    expect(first.brief).toMatchObject({ outcome: "slipped", tries: 1, next: "ship" });
    expect(first.brief.pair).toMatchObject({ heard: "sheep", said: 1, right: 0 });
    expect(first.brief.pair?.way).toMatch(/short/);
    const second = advanceDrill(first.state, slip);
    expect(second.brief.next).toBe("ship");
    const last = advanceDrill(second.state, slip);
    expect(last.brief).toMatchObject({ tries: maxTries, next: "sheep", pair: { said: 3, right: 0 } });
  });

  test("neither, or both: not heard, and nothing is counted", () => {
    for (const said of ["chip", "ship sheep", ""]) {
      const { brief, state } = advanceDrill(pairs, heard("ship", said));
      expect(brief).toMatchObject({ outcome: "not_heard", next: "ship" });
      expect(brief.pair).toBeUndefined();
      expect(state.tally).toEqual(pairs.tally);
    }
  });

  test("words without verdicts do as well", () => {
    const turn: CoachTurn = { transcript: { text: "Sheep.", understood: true } };
    expect(advanceDrill(pairs, turn).brief).toMatchObject({ outcome: "slipped", pair: { heard: "sheep" } });
  });
});

describe("[DR13] the rounds of a pair", () => {
  const sayAll = (state: DrillState, count: number) => {
    const asked: string[] = [];
    let step = advanceDrill(state, say("repeat"));
    for (let i = 0; i < count; i++) {
      const word = drillSentence(step.state);
      asked.push(word);
      step = advanceDrill(step.state, heard(word, word));
    }
    return { asked, step };
  };

  test("each word twice, then the score and the next pair", () => {
    const { asked, step } = sayAll(open({ kind: "minimal_pairs" }), 4);
    expect(asked).toEqual(["ship", "sheep", "sheep", "ship"]);
    expect(step.brief).toMatchObject({
      pair: { said: 4, right: 4, finished: true },
      nextTask: { words: ["live", "leave"] },
    });
    expect(step.state.tally.pairs).toEqual({ "ship / sheep": { said: 4, right: 4 } });
    expect(sayAll(step.state, 1).step.brief.pair).toMatchObject({ said: 1, right: 1, finished: false });
  });

  test("another order, or its mirror image, by the seed", () => {
    const orders = Array.from({ length: 12 }, (_, seed) => {
      const { asked } = sayAll(openDrill({ language: "en-US", kind: "minimal_pairs", seed: seed + 1 }), 4);
      const [a, b] = [...new Set(asked)];
      expect(asked).toEqual([a, b, b, a]);
      return a;
    });
    expect(new Set(orders)).toEqual(new Set(["ship", "sheep"]));
  });

  test("next skips the whole pair, repeat none of it", () => {
    const { step } = sayAll(open({ kind: "minimal_pairs" }), 1);
    expect(advanceDrill(step.state, say("repeat")).brief.next).toBe("sheep");
    expect(advanceDrill(step.state, say("next")).brief).toMatchObject({
      next: "live",
      nextTask: { words: ["live", "leave"] },
    });
  });
});

describe("[DR14] pacing", () => {
  const rate = (wordsPerMinute: number): Delivery => ({ speechMs: 4000, pauseCount: 0, wordsPerMinute });
  const paced = open({ kind: "pacing", focus: "rate", level: 1 });
  const text = drillSentence(paced);

  test("on target: the next sentence; off it: the same again, with the figure", () => {
    expect(drillTask(paced)).toMatchObject({
      target: { unit: "words_per_minute", value: 120, tolerance: 20 },
    });
    const good = advanceDrill(paced, heard(text, text, undefined, rate(138)));
    expect(good.brief).toMatchObject({ outcome: "read_well", pace: { measured: 138, verdict: "on_target" } });
    expect(good.brief.next).not.toBe(text);
    const quick = advanceDrill(paced, heard(text, text, undefined, rate(171)));
    expect(quick.brief).toMatchObject({
      outcome: "slipped",
      next: text,
      tries: 1,
      pace: { measured: 171, verdict: "above" },
    });
    expect(quick.state.tally.paced).toEqual({ said: 1, right: 0 });
    const slow = advanceDrill(paced, heard(text, text, undefined, rate(80)));
    expect(slow.brief.pace?.verdict).toBe("below");
  });

  test("a slip does not spoil the pace, another sentence does", () => {
    const one = text.replace("morning", "evening");
    expect(advanceDrill(paced, heard(text, one, undefined, rate(120))).brief.outcome).toBe("read_well");
    const half = text.split(/[ …]+/).slice(0, 5).join(" ");
    const { brief } = advanceDrill(paced, heard(text, half, undefined, rate(120)));
    expect(brief.outcome).toBe("slipped");
    // [DR23] What was not read is no slip.
    expect(brief.focus).toBeUndefined();
    expect(brief.pace).toBeUndefined();
  });

  test("without a figure the words decide", () => {
    const { brief } = advanceDrill(paced, heard(text, text));
    expect(brief.outcome).toBe("read_well");
    expect(brief.pace).toBeUndefined();
  });

  test("a pause is measured at its mark", () => {
    const state = open({ kind: "pacing", text: "Stop here | then go." });
    expect(drillSentence(state)).toBe("Stop here … then go.");
    const words = [
      ["Stop", 0, 300],
      ["here", 300, 700],
      ["then", 1300, 1500],
      ["go", 2600, 2900],
    ] as const;
    const reading: Reading = {
      text: drillSentence(state),
      words: words.map(([word, startMs, endMs]) => ({
        verdict: "correct",
        expected: word,
        heard: word,
        startMs,
        endMs,
      })),
      accuracy: 1,
    };
    const delivery: Delivery = { speechMs: 2900, pauseCount: 2, longestPauseMs: 1100 };
    const turn: CoachTurn = { transcript: { text: "", understood: true, reading }, delivery };
    expect(advanceDrill(state, turn).brief.pace).toMatchObject({ measured: 0.6, verdict: "on_target" });
    const untimed = heard(drillSentence(state), "stop here then go", undefined, delivery);
    expect(advanceDrill(state, untimed).brief.pace).toMatchObject({ measured: 1.1, verdict: "above" });
    const none = heard(drillSentence(state), "stop here then go", undefined, {
      speechMs: 900,
      pauseCount: 0,
    });
    expect(advanceDrill(state, none).brief.pace).toMatchObject({ measured: 0, verdict: "below" });
  });

  test("syllables a second, to a tenth", () => {
    const state = open({ kind: "pacing", level: 2, focus: "rate" });
    const spoken = (figure: number): Delivery => ({ speechMs: 1, pauseCount: 0, syllablesPerSecond: figure });
    let at = state;
    while (drillTask(at)?.kind === "pacing" && !JSON.stringify(drillTask(at)).includes("syllables"))
      at = advanceDrill(at, say("next")).state;
    const asked = drillSentence(at);
    expect(advanceDrill(at, heard(asked, asked, undefined, spoken(4.04))).brief.pace).toMatchObject({
      measured: 4,
      verdict: "on_target",
    });
  });
});

test("law: a drill of any kind goes on, whatever is heard, and survives JSON", () => {
  const kind = fc.constantFrom("minimal_pairs", "pacing") as fc.Arbitrary<"minimal_pairs" | "pacing">;
  const turn = fc.oneof(
    fc.constantFrom<Command>("yes", "no", "next", "repeat", "wrap_up", "stop").map(say),
    fc.constantFrom("asked", "rival", "other", "").map((said) => ({ said })),
  );
  fc.assert(
    fc.property(kind, fc.integer(), fc.array(turn, { maxLength: 30 }), (of, seed, turns) => {
      let state = openDrill({ language: "fr-FR", kind: of, seed });
      for (const each of turns) {
        const { text, rival = "" } = drillExpectation(state);
        const words = { asked: text, rival, other: "tout autre chose", "": "" };
        const step = advanceDrill(
          state,
          "said" in each ? heard(text, words[each.said as keyof typeof words]) : each,
        );
        expect(JSON.parse(JSON.stringify(step.state))).toEqual(step.state);
        expect(step.brief.next).toBe(step.state.stopped ? undefined : drillSentence(step.state));
        expect(step.brief.nextTask).toEqual(step.state.stopped ? undefined : drillTask(step.state));
        state = step.state;
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

describe("[DR18] a round", () => {
  const ids = (kind: DrillRequest["kind"] & {}, count: number) =>
    exercisesOf("en-US", kind)
      .slice(3, 3 + count)
      .reverse();

  test("asks for its exercises in their order, counts them, and ends", () => {
    const items = ids("sentence", 3);
    let state = open({ round: items.map(({ id }) => id) });
    const results = items.map(({ text }) => {
      expect(drillSentence(state)).toBe(text);
      const step = advanceDrill(state, heard(text, text));
      state = step.state;
      return step;
    });
    expect(results.map(({ result }) => result.progress)).toEqual([
      { done: 1, of: 3, finished: false },
      { done: 2, of: 3, finished: false },
      { done: 3, of: 3, finished: true },
    ]);
    expect(results.at(-1)?.result.next).toBeUndefined();
    expect(results.at(-1)?.brief).toMatchObject({ progress: { finished: true } });
    expect(advanceDrill(state, say("stop")).result.progress?.finished).toBe(false);
    const again = advanceDrill(state, say("next"));
    expect(again.result.next).toBe(items[0]?.text);
    expect(again.result.progress).toEqual({ done: 0, of: 3, finished: false });
  });

  test("ends by skipping, giving up and not being heard, too; pairs count as one", () => {
    const items = ids("minimal_pairs", 2);
    let state = open({ kind: "minimal_pairs", round: items.map(({ id }) => id) });
    const [a, b] = (items[0]?.text ?? "").split(" / ");
    expect(drillTask(state)).toEqual({ kind: "minimal_pairs", words: [a, b] });
    const skipped = advanceDrill(state, say("next"));
    expect(skipped.result.progress).toEqual({ done: 1, of: 2, finished: false });
    state = skipped.state;
    const unheard = { transcript: { text: "", understood: false } };
    state = advanceDrill(state, unheard).state;
    expect(advanceDrill(state, unheard).result).toMatchObject({
      progress: { done: 2, of: 2, finished: true },
    });
  });

  test.each([
    [{ round: ["sentence-00000000"] }, /No sentence drill in en-US has an exercise "sentence-00000000"/],
    [{ kind: "pacing", round: ids("sentence", 1).map(({ id }) => id) }, /No pacing drill/],
    [{ level: 1, round: ids("sentence", 1).map(({ id }) => id) }, /leave level out/],
    [{ text: "My own.", round: ids("sentence", 1).map(({ id }) => id) }, /leave text out/],
  ] as const)("is refused by its field: %o", (request, says) => {
    const refusal = refuseDrill("en-US", request);
    expect(refusal?.field).toBe("round");
    expect(refusal?.message).toMatch(says);
  });

  test("is left with another request, and with another language", () => {
    const state = open({ round: ids("sentence", 2).map(({ id }) => id) });
    for (const left of [
      changeDrill(state, { level: 2 }),
      changeDrill(state, { text: "My own." }),
      translateDrill(state, "fr-FR"),
    ])
      expect(left.roundItems).toBeUndefined();
  });
});

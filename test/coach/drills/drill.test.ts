import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advanceDrill,
  changeDrill,
  type DrillState,
  maxTries,
  openDrill,
} from "../../../src/coach/drills/drill.ts";
import { drillExpectation, drillSentence } from "../../../src/coach/drills/drill-position.ts";
import { findTexts } from "../../../src/coach/drills/texts.ts";
import type { CoachTurn } from "../../../src/coach/flow/coach-turn.ts";
import { judgeWords } from "../../../src/pipeline/text-normalization/judge-words.ts";
import type { Command } from "../../../src/ports/brief.ts";

const [fox, second, third] = findTexts("en-US").sentences.map(({ text }) => text) as [string, string, string];
const open = (text?: string) => openDrill({ language: "en-US", ...(text !== undefined && { text }) });
/** An utterance judged by the transcriber. */
const read = (text: string, heard: string): CoachTurn => ({
  transcript: { text: heard, understood: true, reading: judgeWords(text, heard) },
});
const mumble: CoachTurn = { transcript: { text: "", understood: false } };
const say = (command: Command): CoachTurn => ({ transcript: { text: command, understood: true, command } });

/** Takes turns one after the other and gives the last step. */
function play(state: DrillState, ...turns: CoachTurn[]) {
  let last = advanceDrill(state, turns[0] as CoachTurn);
  for (const turn of turns.slice(1)) last = advanceDrill(last.state, turn);
  return last;
}

describe("[DR1] what is read", () => {
  test("opens with the first sentence of the list", () => {
    expect(drillExpectation(open())).toEqual({ kind: "reading", text: fox });
  });

  test("a text of the user's own replaces the list, from the start or on the way", () => {
    expect(drillSentence(open("  My own words.  "))).toBe("My own words.");
    const changed = changeDrill(play(open(), read(fox, "the box")).state, { text: "My own words." });
    expect(drillSentence(changed)).toBe("My own words.");
    expect(advanceDrill(changed, read("My own words.", "my old words")).brief.tries).toBe(1);
    expect(drillSentence(changeDrill(changed, { text: " " }))).toBe(fox);
  });
});

test("[DR2] read well: the next sentence", () => {
  const { brief, result, expectation } = play(open(), read(fox, fox));
  expect(brief).toMatchObject({ outcome: "read_well", sentence: fox, next: second });
  expect(brief.focus).toBeUndefined();
  expect(result).toMatchObject({
    outcome: "read_well",
    sentence: fox,
    next: second,
    reading: { accuracy: 1 },
  });
  expect(expectation).toEqual({ kind: "reading", text: second });
});

test("[DR2] read well: an own text is offered again", () => {
  const { brief } = play(open("My own words."), read("My own words.", "my own words"));
  expect(brief).toMatchObject({ outcome: "read_well", next: "My own words.", ownText: true });
});

test("[DR3] slipped: the worst word, and the same sentence again", () => {
  const { brief, result, expectation } = play(open(), read(fox, "The quick brown box jumps over the dog"));
  expect(brief).toMatchObject({
    outcome: "slipped",
    sentence: fox,
    next: fox,
    tries: 1,
    focus: { verdict: "substituted", expected: "fox", heard: "box" },
  });
  expect(result.focus).toEqual(brief.focus);
  expect(expectation.text).toBe(fox);
});

test("[DR4] after three slips the drill moves on, and counts anew", () => {
  const slip = read(fox, "The quick brown box jumps over the lazy dog");
  const slips = Array.from({ length: maxTries }, () => slip);
  expect(play(open(), ...slips.slice(1)).brief.next).toBe(fox);
  const moved = play(open(), ...slips);
  expect(moved.brief).toMatchObject({ outcome: "slipped", sentence: fox, next: second, tries: maxTries });
  expect(advanceDrill(moved.state, read(second, second.slice(0, -8))).brief).toMatchObject({
    next: second,
    tries: 1,
  });
});

describe("[DR5] not heard", () => {
  test("asks again, and is no try", () => {
    const slip = read(fox, "The quick brown box jumps over the lazy dog");
    const { brief } = play(open(), slip, mumble, slip, mumble, mumble);
    expect(play(open(), mumble).brief).toMatchObject({ outcome: "not_heard", sentence: fox, next: fox });
    expect(play(open(), slip, mumble, slip).brief).toMatchObject({ tries: 2, next: fox });
    expect(brief.missed).toBe(2);
    expect(play(open(), slip, mumble, slip).brief.missed).toBeUndefined();
  });

  test("twice in a row: the sentence is skipped, and told so; the next is asked for as if it were the first", () => {
    const skipped = play(open(), mumble, mumble);
    expect(skipped.brief).toMatchObject({ outcome: "not_heard", sentence: fox, next: second, missed: 2 });
    expect(skipped.result).toMatchObject({ sentence: fox, next: second });
    expect(skipped.expectation.text).toBe(second);
    expect(advanceDrill(skipped.state, mumble).brief).toMatchObject({ next: second, missed: 1 });
    const slip = read(fox, "The quick brown box jumps over the lazy dog");
    expect(play(open(), mumble, slip, mumble).brief.next).toBe(fox);
  });

  test("an own text that cannot be heard is asked for no more, and can still be read", () => {
    const own = "My own words are here.";
    const aside = play(open(own), mumble, mumble);
    expect(aside.brief).toMatchObject({ outcome: "not_heard", sentence: own, missed: 2 });
    expect(aside.result.next).toBeUndefined();
    expect(aside.expectation.text).toBe(own);
    const later = advanceDrill(aside.state, mumble);
    expect(later.brief.missed).toBeUndefined();
    expect(advanceDrill(later.state, read(own, own)).brief).toMatchObject({
      outcome: "read_well",
      next: own,
    });
    expect(advanceDrill(aside.state, say("repeat")).brief.next).toBe(own);
  });

  test("what was typed skips nothing", () => {
    const typed = { text: "What shall I do?" };
    expect(play(open(), typed, typed, typed).brief).toMatchObject({ outcome: "not_heard", next: fox });
  });

  test("law: no sentence is asked for more than twice in a row without a reading of it", () => {
    fc.assert(
      fc.property(fc.integer(), fc.option(fc.constant("My own words."), { nil: undefined }), (seed, text) => {
        let state = openDrill({ language: "en-US", seed, ...(text && { text }) });
        for (let turns = 0; turns < 12; turns += 2) {
          const before = drillSentence(state);
          const first = advanceDrill(state, mumble);
          const secondly = advanceDrill(first.state, mumble);
          expect(secondly.result.next).not.toBe(before);
          state = secondly.state;
        }
      }),
      { numRuns: 30 },
    );
  });

  test("nor is something else than the sentence a reading of it", () => {
    const { brief } = play(open(), read(fox, "I would like to order the soup"));
    expect(brief).toMatchObject({ outcome: "not_heard", next: fox });
  });

  test("a single wrong word of a one-word text is a slip all the same", () => {
    expect(play(open("Fox!"), read("Fox!", "box")).brief.outcome).toBe("slipped");
  });
});

describe("[DR17] a reading that cannot be judged", () => {
  const noisy: CoachTurn = { transcript: { text: "", understood: false, unjudgeable: "noise" } };

  test("is asked for again with the reason, and accuses no word", () => {
    const { brief, result } = play(open(), noisy);
    expect(brief).toMatchObject({ outcome: "not_heard", unjudgeable: "noise", next: fox });
    expect(result).toMatchObject({ outcome: "not_heard", unjudgeable: "noise", next: fox });
    expect(result.reading).toBeUndefined();
  });

  test("counts as nothing: no try, not missed, nothing skipped however often it comes", () => {
    const slip = read(fox, "The quick brown box jumps over the lazy dog");
    expect(play(open(), noisy, noisy, noisy).brief).toMatchObject({ next: fox });
    expect(play(open(), slip, noisy, slip).brief).toMatchObject({ tries: 2, next: fox });
    expect(play(open(), mumble, noisy, mumble).brief).toMatchObject({ missed: 2, next: second });
    expect(play(open(), noisy, read(fox, fox)).state.tally).toMatchObject({ readings: 1, readWell: 1 });
  });

  test("once stopped nothing is asked for", () => {
    expect(play(open(), say("stop"), noisy).brief.next).toBeUndefined();
  });
});

describe("[DR6] commands", () => {
  test.each([
    ["next", "next", second],
    ["repeat", "repeat", fox],
    ["yes", "repeat", fox],
    ["no", "next", second],
    ["stop", "stop", undefined],
    ["wrap_up", "stop", undefined],
  ] as const)("%s means %s", (said, meant, next) => {
    const { brief, result } = play(open(), say(said));
    expect(brief).toMatchObject({ outcome: "command", command: meant, sentence: fox });
    expect(brief.next).toBe(next);
    expect(result).toMatchObject({ outcome: "command", command: said });
  });

  test("no ends an own text, and next offers it again", () => {
    expect(play(open("My own words."), say("no")).brief).toMatchObject({ command: "stop" });
    expect(play(open("My own words."), say("next")).brief.next).toBe("My own words.");
  });

  test("[FL16] one that may have been misheard is none", () => {
    const word = { text: "stop", startMs: 0, endMs: 300 };
    const heard = (doubtful?: true): CoachTurn => ({
      transcript: { text: "stop", understood: true, words: [{ ...word, ...(doubtful && { doubtful }) }] },
    });
    expect(play(open(), heard()).brief).toMatchObject({ outcome: "command", command: "stop" });
    expect(play(open(), heard(true)).brief).not.toMatchObject({ outcome: "command" });
  });

  test("a text that is itself a command word can be read", () => {
    const turn = {
      transcript: { ...read("Stop!", "stop").transcript, command: "stop" as const },
    } as CoachTurn;
    expect(play(open("Stop!"), turn).brief.outcome).toBe("read_well");
  });
});

describe("[DR7] after stop", () => {
  const stopped = play(open(), say("stop")).state;

  test("nothing is asked for, and noise changes nothing", () => {
    expect(play(stopped, mumble).brief.next).toBeUndefined();
    expect(play(stopped, say("no")).brief.next).toBeUndefined();
  });

  test("reading on, next, repeat or yes take it up again", () => {
    expect(drillExpectation(stopped).text).toBe(fox);
    expect(play(stopped, read(fox, fox)).brief.next).toBe(second);
    expect(play(stopped, say("next")).brief.next).toBe(second);
    expect(play(stopped, say("repeat"), read(fox, fox), mumble).brief.next).toBe(second);
    expect(play(stopped, say("yes")).brief.next).toBe(fox);
  });
});

test("[DR8] a typed message is a command or no reading", () => {
  expect(play(open(), { text: "Next, please!" }).brief).toMatchObject({ command: "next", next: second });
  expect(play(open(), { text: fox }).brief).toMatchObject({ outcome: "not_heard", next: fox });
  const french = openDrill({ language: "fr-FR" });
  expect(advanceDrill(french, { text: "Répète." }).brief).toMatchObject({ command: "repeat" });
});

test("[DR10] words without verdicts are judged here", () => {
  const heard = (text: string): CoachTurn => ({ transcript: { text, understood: true } });
  expect(play(open(), heard("the quick brown fox jumps over the lazy dog")).brief.outcome).toBe("read_well");
  expect(play(open(), heard("the quick brown fox jumps over a lazy dog")).brief).toMatchObject({
    outcome: "slipped",
    focus: { expected: "the", heard: "a" },
  });
  expect(play(open(), heard("next")).brief).toMatchObject({ outcome: "command", next: second });
});

test("law: whatever is heard, the drill goes on; its state survives JSON and is never changed in place", () => {
  const turn = fc.oneof(
    fc.constantFrom<Command>("yes", "no", "next", "repeat", "wrap_up", "stop").map(say),
    fc.constant(mumble),
    fc.string().map((text): CoachTurn => ({ text })),
    fc.lorem().map((text): CoachTurn => ({ transcript: { text, understood: true } })),
    fc.constantFrom(fox, second, third).map((text) => read(text, text)),
    fc.constant<CoachTurn>({}),
  );
  fc.assert(
    fc.property(fc.option(fc.lorem({ maxCount: 4 })), fc.array(turn, { maxLength: 40 }), (text, turns) => {
      let state = openDrill({ language: "en-US", ...(text !== null && { text }) });
      turns.forEach((heard, index) => {
        const before = JSON.stringify(state);
        const step = advanceDrill(state, heard);
        expect(JSON.stringify(state)).toBe(before);
        expect(JSON.parse(JSON.stringify(step.state))).toEqual(step.state);
        expect(step.state.round).toBe(index + 1);
        expect(step.state.tries).toBeLessThan(maxTries);
        expect(step.brief.next).toBe(step.state.stopped ? undefined : step.expectation.text);
        expect(step.brief.sentence).toBe(drillSentence(state));
        state = step.state;
      });
    }),
    { seed: 1 },
  );
});

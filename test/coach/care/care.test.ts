/** Leaving coaching for a turn, and coming back to it, whatever the flow. */
import { describe, expect, test } from "vitest";
import { careReply } from "../../../src/coach/care/care-replies.ts";
import { helpLines } from "../../../src/coach/care/help-lines.ts";
import { advanceCoach, applyAssessment, type CoachState, openCoach } from "../../../src/coach/coach.ts";
import type { Assessment } from "../../../src/coach/flow/assessment.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import { kuku, reader, talkOf, talkWith, tell, voice } from "../flow/conversations.ts";

const sign = "I want to die.";
const says = (step: { brief: { kind: string } }) => ("says" in step.brief ? (step.brief.says as string) : "");
const blank: Assessment = {
  stage: "topic",
  topic: undefined,
  goal: undefined,
  facts: [],
  options: [],
  actions: [],
};

describe("a coaching conversation", () => {
  test("[CA1] is left for the turn: nothing of it moves, and nothing of it is asked", () => {
    const before = tell(talkWith(), "My work is too much.", "I want to have free evenings.").state;
    const step = advanceCoach(before, { text: sign, itemId: "item_9" }, { now: 1000 });
    expect(step).toMatchObject({ care: "self_harm", brief: { kind: "care" } });
    expect(talkOf(step.state)).toEqual(talkOf(before));
    expect([step.stage, step.wrapUp, step.ends]).toEqual([undefined, undefined, undefined]);
    expect(step.state.flagged).toEqual({ kind: "self_harm", at: 1000, step: "asked", answered: 1 });
    expect(says(step)).toMatch(/not a counsellor/);
    expect(says(step)).not.toMatch(/goal|evening|outcome/i);
    expect(says(step).split("?").length - 1).toBe(1);
  });

  test("[CA3] goes on where it was, when the user wants to go on or simply talks on", () => {
    const cared = tell(talkWith(), "My work is too much.", sign).state;
    const asked = tell(cared, "Go on, please.");
    expect(asked.brief).toMatchObject({ kind: "coaching", wrapUp: { do: "go_on" }, round: 1 });
    expect(asked.state.flagged).toMatchObject({ kind: "self_harm", step: "settled" });
    const talked = tell(cared, "My boss wants everything at once.");
    expect(talked.brief).toMatchObject({ kind: "coaching", round: 2 });
    expect(talked.state.flagged).toMatchObject({ step: "settled" });
  });

  test.each(["Stop.", "I'd like to stop here", "Let's stop for now."])("[CA3] ends on %j", (answer) => {
    const step = tell(talkWith(), "My work is too much.", sign, answer);
    expect(step).toMatchObject({ ends: true, wrapUp: { state: "confirmed" }, brief: { kind: "care" } });
    expect(says(step)).toContain("Take care of yourself");
    expect(says(step)).not.toContain("?");
  });

  test("[CA3] ends on nothing else", () => {
    for (const answer of ["Yes.", "No.", "I don't know.", voice])
      expect(tell(talkWith(), sign, answer).ends).toBeUndefined();
  });

  test("a second sign is answered again, in fewer words", () => {
    const first = tell(talkWith(), sign);
    const second = tell(first.state, "I really want to kill myself.");
    expect(says(second)).not.toBe(says(first));
    expect(says(second).length).toBeLessThan(says(first).length);
    expect(says(second)).toContain("9 8 8");
  });

  test("what was said in need is not quoted in the report", () => {
    const items = [{ role: "user", text: `${sign} I realized that nobody would miss me.` }] as const;
    const { text, quotes } = reportByRules(tell(talkWith(), "My work is too much.", sign).state, items);
    expect(`${text} ${quotes.join(" ")}`).not.toMatch(/want to die|nobody would miss/);
  });

  test("[CA7] what may have been said in speech that was not understood is answered, and without words there is no sign", () => {
    const step = advanceCoach(talkWith(), { transcript: { text: sign, understood: false } });
    expect(step.brief).toMatchObject({
      kind: "care",
      says: expect.stringContaining("not sure that I heard"),
    });
    const wordless = advanceCoach(talkWith(), { transcript: { text: "", understood: false } });
    expect(wordless.brief.kind).toBe("coaching");
  });
});

describe("a model's assessment", () => {
  test("[CA5] may raise a sign that no rule knows; the next turn is answered by it", () => {
    const told = tell(talkWith(), "I bought the rope and I know the tree.").state;
    const raised = applyAssessment(told, { ...blank, care: "self_harm" }, { round: 1, now: 5 });
    expect(raised.flagged).toEqual({ kind: "self_harm", at: 5, step: "raised", answered: 0 });
    expect(tell(raised, "It's on the hill.").brief.kind).toBe("care");
    // It comes late for the flow, but not for this.
    const late = applyAssessment(tell(told, "Anyway.").state, { ...blank, care: "abuse" }, { round: 1 });
    expect(late.flagged).toMatchObject({ kind: "abuse", step: "raised" });
  });

  test("[CA5] never silences one, and raises none twice", () => {
    const cared = tell(talkWith(), "My work.", sign, "Go on.").state;
    for (const care of [null, undefined, "self_harm", "someone_else"] as const) {
      const after = applyAssessment(cared, { ...blank, care }, { round: 1 });
      expect(after.flagged).toEqual(cared.flagged);
    }
  });
});

describe("a drill", () => {
  const open = (text?: string): CoachState =>
    openCoach(reader, { language: "en-US", ...(text !== undefined && { text }) });
  const heard = (text: string) => ({ transcript: { text, understood: true } });

  test("[CA1] is left too, and goes on with its sentence", () => {
    const step = advanceCoach(open(), heard("I want to kill myself"));
    expect(step).toMatchObject({ care: "self_harm", brief: { kind: "care" } });
    expect(tell(step.state, "Go on").brief).toMatchObject({ kind: "drill", command: "repeat" });
    const stopped = tell(step.state, "Stop");
    expect(stopped.brief.kind).toBe("care");
    expect(tell(stopped.state, voice).brief).not.toHaveProperty("next");
  });

  test("[CA2] does not take what it gave to read for the reader's own words", () => {
    const text = "To be, or not to be. I want to die, to sleep.";
    expect(advanceCoach(open(text), heard("to be or not to be i want to die to sleep")).brief.kind).toBe(
      "drill",
    );
  });
});

describe("where help is found", () => {
  test("[CA6] by the region of the language's tag, and by nothing else", () => {
    expect(helpLines("en-US", "self_harm")).toMatchObject({ line: { number: "988" }, emergency: "911" });
    expect(helpLines("en-GB", "self_harm")).toMatchObject({ line: { number: "116 123" }, emergency: "999" });
    expect(helpLines("en-IE", "violence").line?.number).toBe("116 123");
    expect(helpLines("fr-FR", "someone_else").line?.number).toBe("3114");
    expect(helpLines("fr-FR", "abuse").line?.number).toBe("3919");
    expect(helpLines("zh-Hant-US", "self_harm").line?.number).toBe("988");
    expect(helpLines("it-IT", "self_harm")).toEqual({ emergency: "112" });
    for (const tag of ["en", "fr", "ja-JP", "no language", ""])
      expect(helpLines(tag, "self_harm"), tag).toEqual({});
  });

  test("[CA6] a voice reads numbers figure by figure, in the conversation's language", () => {
    expect(careReply("self_harm", "en-GB")).toContain("1 1 6, 1 2 3");
    expect(careReply("self_harm", "fr-FR")).toMatch(/3 1 1 4.*\?$/);
    expect(careReply("self_harm", "en")).toContain("your local emergency number");
    expect(careReply("self_harm", "fr")).toContain("numéro d'urgence de votre pays");
    expect(careReply("abuse", kuku.language)).toContain("not your fault");
  });
});

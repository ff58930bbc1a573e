/** Words that may have been misheard: asked about before they count, never quoted, in doubt for care. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quotesIn } from "../../../eval/coach/quotes.ts";
import { advanceCoach, type CoachState } from "../../../src/coach/coach.ts";
import { type CoachTurn, joinTurns } from "../../../src/coach/flow/coach-turn.ts";
import { certaintyOf } from "../../../src/coach/nlu/certain-words.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import { composeReply } from "../../../src/coach/rule-based/compose-reply.ts";
import type { PromptItem } from "../../../src/ports/prompt.ts";
import { afterRounds, coachingBrief, talkOf, talkWith, tell } from "./conversations.ts";

/** A spoken turn; words in [brackets] are doubtful. */
function spoken(marked: string): CoachTurn {
  const words = marked.split(/\s+/).map((word, at) => ({
    text: word.replace(/[[\].,!?]/g, ""),
    startMs: at * 300,
    endMs: at * 300 + 250,
    ...(word.includes("[") && { doubtful: true }),
  }));
  const text = marked.replace(/[[\]]/g, "");
  return { transcript: { text, understood: true, words }, itemId: "item_said" };
}

const late = () => tell(afterRounds(11), "My work is too much.").state;
const reply = (step: ReturnType<typeof tell>, language = "en-US") =>
  composeReply({ brief: step.brief, items: [{ role: "user", text: "x" }], language });

describe("[FL16] a commitment with a doubtful word", () => {
  test("is asked about, and kept on a yes, with the item it was said in", () => {
    const asked = tell(late(), spoken("I will call [Anna] on Monday."));
    expect(talkOf(asked.state).actions).toEqual([]);
    expect(coachingBrief(asked).confirm).toEqual({ do: "ask", words: "I will call Anna on Monday." });
    expect(reply(asked)).toMatch(/Did you say "I will call Anna on Monday\."\?$/);
    const yes = tell(asked.state, spoken("Yes."));
    expect(talkOf(yes.state).actions).toEqual([
      {
        text: "call Anna",
        when: "on Monday",
        said: "I will call Anna on Monday.",
        itemId: "item_said",
      },
    ]);
    expect(reply(yes)).toContain('"I will call Anna on Monday"');
  });

  test("is dropped on a no, which asks to say or type it again", () => {
    const asked = tell(late(), spoken("I will call [Anna] on Monday."));
    const no = tell(asked.state, { transcript: { text: "no", understood: true, command: "no" } });
    expect(talkOf(no.state).actions).toEqual([]);
    expect(reply(no)).toMatch(/say it again, or type it\?$/);
    expect(talkOf(tell(no.state, "I will call Hannah on Monday.").state).actions).toMatchObject([
      { text: "call Hannah", when: "on Monday" },
    ]);
  });

  test("is given up where something else is said, or the end is asked for", () => {
    const asked = tell(late(), spoken("I will call [Anna] on Monday."));
    const other = tell(asked.state, "I could also write to her.");
    expect(talkOf(other.state)).toMatchObject({ actions: [] });
    expect(talkOf(other.state).unconfirmed).toBeUndefined();
    const ending = tell(asked.state, "Let's wrap up.");
    expect(coachingBrief(ending)).toMatchObject({ wrapUp: { do: "propose" } });
    expect(coachingBrief(ending).confirm).toBeUndefined();
  });

  test("in French too", () => {
    const state = tell(afterRounds(11, talkWith({ language: "fr-FR" })), "Mon travail est trop lourd.").state;
    const asked = tell(state, spoken("Je vais appeler [Anne] lundi."));
    expect(reply(asked, "fr-FR")).toMatch(/Avez-vous dit « Je vais appeler Anne lundi\. » \?$/);
    expect(talkOf(tell(asked.state, "Oui.").state).actions).toMatchObject([{ text: "appeler Anne" }]);
  });

  test("has all of its turn asked about, the first first", () => {
    const step = tell(late(), spoken("I will call Tim tomorrow. I will write to [Anna] on Friday."));
    expect(talkOf(step.state).actions).toEqual([]);
    expect(coachingBrief(step).confirm).toMatchObject({ words: "I will call Tim tomorrow." });
  });
});

describe("[FL16] doubtful words", () => {
  test("are no topic, goal or fact, and the coach does not pretend to know them", () => {
    const step = tell(talkWith(), spoken("My [bus] is never on time."));
    expect(talkOf(step.state)).toMatchObject({ said: [], facts: [] });
    expect(talkOf(step.state).topic).toBeUndefined();
    expect(coachingBrief(step)).toMatchObject({ doubtful: true, understood: true });
    expect(reply(step)).toMatch(/^(?:I caught only some|Not every word|I heard you, but)/);
    const mixed = tell(talkWith(), spoken("My boss is never there. He [golfs] all day."));
    expect(talkOf(mixed.state).topic).toBe("My boss is never there.");
    expect(talkOf(mixed.state).facts).toEqual([]);
  });

  test("do not end a conversation, nor take a commitment back", () => {
    const proposed = tell(late(), "Let's wrap up.").state;
    expect(tell(proposed, spoken("Yes [please].")).ends).toBeUndefined();
    const kept = tell(late(), "I will call Tim tomorrow.").state;
    expect(talkOf(tell(kept, spoken("I [won't] call Tim.")).state).actions).toHaveLength(1);
  });

  test("stay doubtful in a turn that goes on, spoken or typed", () => {
    const joined = joinTurns([spoken("My [bus] is late."), spoken("I want to sleep.")]);
    expect(talkOf(tell(talkWith(), joined).state).said.map(({ text }) => text)).toEqual(["I want to sleep."]);
    const typed = joinTurns([spoken("My [bus] is late."), { text: "I want to sleep." }]);
    expect(talkOf(tell(talkWith(), typed).state).said.map(({ text }) => text)).toEqual(["I want to sleep."]);
  });

  test("make their clause doubtful and no other", () => {
    const { text = "", words = [] } = spoken("I like tea, but I [hate] coffee, and so on").transcript ?? {};
    expect(certaintyOf({ text, words }, "en")).toEqual({ certain: "I like tea. and so on", doubtful: true });
    expect(certaintyOf({ text }, "en")).toEqual({ certain: text, doubtful: false });
  });

  test("stand in no quote of a reply, no report and no action, whatever is said", () => {
    const clause = fc.constantFrom(
      "I will call ZED on Monday",
      "my ZED wants it",
      "I want to sleep",
      "I could ask Tim",
      "right now I work with ZED",
      "I realise that ZED is tired",
      "I will rest tonight",
      "I've tried ZED",
    );
    const turn = fc.array(fc.tuple(clause, fc.constantFrom(". ", ", ", " but ")), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (turns) => {
        let state: CoachState = talkWith();
        const items: PromptItem[] = [];
        for (const parts of turns) {
          const marked = parts
            .map((part) => part.join(""))
            .join("")
            .replaceAll("ZED", "[zebra]")
            .trim();
          const said = spoken(marked);
          const step = advanceCoach(state, said);
          items.push({ role: "user", text: said.transcript?.text ?? "" });
          const text = composeReply({ brief: step.brief, items, language: "en-US" });
          items.push({ role: "assistant", text });
          if (coachingBrief(step).confirm?.do !== "ask")
            for (const quote of quotesIn(text)) expect(quote).not.toContain("zebra");
          state = step.state;
        }
        const report = reportByRules(state, items);
        expect(JSON.stringify({ ...report })).not.toContain("zebra");
        expect(JSON.stringify(talkOf(state).actions)).not.toContain("zebra");
      }),
      { seed: 1, numRuns: 150 },
    );
  });
});

describe("[CA7] a sign of crisis among doubtful words", () => {
  test("is answered with care, and said to be uncertain", () => {
    const step = tell(talkWith(), spoken("I want to [kill] myself."));
    expect(step).toMatchObject({ care: "self_harm", brief: { kind: "care" } });
    expect(step.brief.kind === "care" && step.brief.says).toMatch(
      /not sure that I heard you right.*talk to someone/,
    );
    const sure = tell(talkWith(), spoken("I want to kill myself."));
    expect(sure.brief.kind === "care" && sure.brief.says).not.toMatch(/heard you right/);
  });

  test("also of a transcript that was not understood, in French", () => {
    const heard = { transcript: { text: "je veux mourir", understood: false } };
    const step = tell(talkWith({ language: "fr-FR" }), heard);
    expect(step).toMatchObject({ care: "self_harm" });
    expect(step.brief.kind === "care" && step.brief.says).toMatch(/pas certain d'avoir bien entendu/);
  });

  test("stops nothing by a doubtful word", () => {
    const asked = tell(talkWith(), "I want to kill myself.").state;
    expect(tell(asked, spoken("[Stop] it all")).ends).toBeUndefined();
  });
});

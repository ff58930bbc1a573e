import { expect, test } from "vitest";
import { openCoach } from "../../../src/coach/coach.ts";
import { findPersona, type Persona } from "../../../src/coach/personas/personas.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import { sessionTitle } from "../../../src/coach/report/session-title.ts";
import { reader, talkWith, tell } from "../flow/conversations.ts";

const open = (id: string, language = "en-US") => openCoach(findPersona(id) as Persona, { language });
const talk =
  "Good evening everybody, I would like to tell you how we built a bridge over the river in one summer.";

test("[FL17] a conversation is called by its goal, else by its topic", () => {
  const titleAfter = (...texts: string[]) => {
    const { state } = tell(talkWith(), ...texts);
    return sessionTitle(state, reportByRules(state, []), []);
  };
  expect(titleAfter("My work is too much.", "I want to have my evenings free.")).toBe(
    "Have my evenings free",
  );
  expect(titleAfter("My work is too much.")).toBe("My work is too much.");
  expect(sessionTitle(talkWith(), reportByRules(talkWith(), []), [])).toBeUndefined();
});

test("[FL17] a talk and an interview are called by how they began", () => {
  for (const id of ["presenter", "interviewer"]) {
    const { state } = tell(open(id), talk);
    expect(sessionTitle(state, reportByRules(state, []), [])).toBe(
      "Good evening everybody, I would like to tell you …",
    );
  }
  const state = open("presenter");
  expect(sessionTitle(state, reportByRules(state, []), [])).toBeUndefined();
});

test("[FL17] a drill is called by what was read", () => {
  const state = openCoach(reader, { language: "en-US" });
  const title = (kind: "sentence" | "minimal_pairs", ...texts: string[]) =>
    sessionTitle(
      state,
      { topic: "Reading aloud" },
      texts.map((text) => ({ kind, text })),
    );
  expect(title("sentence", "Dogs bark.", "Dogs bark.")).toBe("Dogs bark.");
  expect(title("sentence", "Dogs bark.", "Cats purr.", "Birds sing.")).toBe("Dogs bark. (+ 2)");
  expect(title("minimal_pairs", "ship / sheep", "rice / lice")).toBe("Ship / sheep, rice / lice");
  expect(title("sentence", "word ".repeat(40))).toMatch(/^Word (word ){1,15}…$/);
  expect(title("sentence")).toBeUndefined();
});

test.each(["reader", "interviewer", "presenter"])(
  "[FL11] no coaching heading stands over what was practised: %s",
  (id) => {
    for (const language of ["en-US", "fr-FR"])
      for (const turns of [[], [talk], [talk, "Feedback, please.", "Yes."]]) {
        const began = open(id, language);
        const state = turns.length > 0 ? tell(began, ...turns).state : began;
        const { text } = reportByRules(state, []);
        expect(text).not.toMatch(/KEY DISCUSSION POINTS|MAIN BREAKTHROUGHS|ACTION PLAN/);
        expect(text).toMatch(/^[A-Z ]+:\n- .+[\s\S]*\n\nFinal Note:\n.+$/);
      }
  },
);

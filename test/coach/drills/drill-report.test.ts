import { expect, test } from "vitest";
import { advanceCoach, type CoachState, openCoach, setDrill } from "../../../src/coach/coach.ts";
import { drillSentence } from "../../../src/coach/drills/drill-position.ts";
import { findPersona, type Persona } from "../../../src/coach/personas/personas.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import { judgeWords } from "../../../src/pipeline/text-normalization/judge-words.ts";

const reader = findPersona("reader") as Persona;

/** Says these words, whatever is asked for; "asked" stands for what is. */
function say(state: CoachState, wordsPerMinute: number, ...words: string[]): CoachState {
  return words.reduce((at, said) => {
    if (at.flow !== "drill") throw new Error("no drill");
    const asked = drillSentence(at.drill);
    const text = said === "asked" ? asked : said;
    const transcript = { text, understood: true, reading: judgeWords(asked, text) };
    return advanceCoach(at, { transcript, delivery: { speechMs: 4000, pauseCount: 0, wordsPerMinute } })
      .state;
  }, state);
}

test("the report tells each pair's score, the hardest first, and starts with it next time", () => {
  const open = setDrill(openCoach(reader, { language: "en-US" }), { kind: "minimal_pairs" });
  const said = say(open, 0, "asked", "asked", "asked", "asked", "leave", "asked");
  const { text } = reportByRules(said, []);
  expect(text).toMatch(/live \/ leave: 1 of 2 .*\n.*ship \/ sheep: 4 of 4/);
  expect(text).toContain('start with "live / leave"');
});

test("and how many sentences were at the pace that was asked for", () => {
  const open = setDrill(openCoach(reader, { language: "fr-FR" }), { kind: "pacing", focus: "rate" });
  const { text } = reportByRules(say(say(open, 200, "asked"), 130, "asked"), []);
  expect(text).toContain("1 phrase sur 2 au rythme demandé");
  expect(text).toContain("2 lectures jugées");
});

test("with nothing practised the report says so", () => {
  const open = setDrill(openCoach(reader, { language: "en-US" }), { kind: "minimal_pairs" });
  expect(reportByRules(open, []).text).toContain("No reading was heard");
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CoachState, openCoach, setDrill } from "../../../src/coach/coach.ts";
import { evidenceOf } from "../../../src/coach/nlu/evidence.ts";
import { readReport, reportPrompt } from "../../../src/coach/report/model-report.ts";
import type { Report } from "../../../src/coach/report/report.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import type { PromptItem } from "../../../src/ports/prompt.ts";
import { afterRounds, reader, talkWith, tell, voice } from "../flow/conversations.ts";

const headings = ["KEY DISCUSSION POINTS:", "MAIN BREAKTHROUGHS:", "ACTION PLAN:", "Final Note:"];

/** The text under each heading, found as front ends find it. */
function parts(report: Report): string[] {
  const places = headings.map((heading) => report.text.indexOf(heading));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBe(0);
  for (const heading of headings) expect(report.text.split(heading)).toHaveLength(2);
  return headings.map((heading, at) =>
    report.text.slice((places[at] as number) + heading.length, places[at + 1]).trim(),
  );
}

const asItems = (...texts: string[]): PromptItem[] => texts.map((text) => ({ role: "user", text }));

const said = [
  "My work is too much.",
  "I want to have my evenings free.",
  "By summer at the latest.",
  "I answer emails until ten every night.",
  "I realise that nobody ever asked me to do that.",
  "My partner is annoyed.",
  "My boss does it too.",
  "It has been like this for years.",
  "That is all I know.",
  "I could switch off the phone at seven.",
  "I could quit the job.",
  "Maybe.",
  "I will talk to my boss on Monday morning.",
];
const talked = tell(talkWith(), ...said).state;

describe("by rules", () => {
  test("[FL11] holds what was said, and only what was committed to as a plan", () => {
    const report = reportByRules(talked, asItems(...said), { delivery: { wordsPerMinute: 140 } });
    const [points, breakthroughs, plan, note] = parts(report);
    expect(points).toContain('"My work is too much."');
    expect(points).toContain("my evenings free");
    expect(points).toContain("My partner is annoyed.");
    expect(points).toContain("switch off the phone");
    expect(breakthroughs).toBe("- I realise that nobody ever asked me to do that.");
    expect(plan).toBe("1. Talk to my boss (on Monday morning)");
    expect(note).not.toBe("");
    expect(report).toMatchObject({
      topic: "My work is too much.",
      goal: "have my evenings free",
      insights: ["I realise that nobody ever asked me to do that."],
      actions: [{ text: "talk to my boss", when: "on Monday morning" }],
      delivery: { wordsPerMinute: 140 },
    });
    expect(report.quotes).toContain("I will talk to my boss on Monday morning.");
    for (const quote of report.quotes) expect(evidenceOf(said, "en").quotes(quote)).toBe(true);
  });

  test("[FL11] of a session in which little was said says so", () => {
    const [points, breakthroughs, plan, note] = parts(reportByRules(talkWith(), []));
    expect(points).toBe("Nothing was said in this session.");
    expect(breakthroughs).toMatch(/^No breakthrough/);
    expect(plan).toBe("No action was committed to.");
    expect(note).toMatch(/short session/);
    const unheard = reportByRules(afterRounds(3), []);
    expect(parts(unheard)[0]).toBe("- 3 turns were heard whose words could not be made out.");
    expect(unheard).toMatchObject({ insights: [], actions: [], quotes: [] });
    expect(unheard.topic).toBeUndefined();
    expect(unheard.delivery).toBeUndefined();
  });

  test("[FL11] keeps its headings in French, and says the rest in it", () => {
    const { state } = tell(
      afterRounds(12, talkWith({ language: "fr-FR" })),
      "J'ai compris que c'est moi qui décide.",
      "Je vais appeler ma sœur demain.",
    );
    const [, breakthroughs, plan, note] = parts(reportByRules(state, []));
    expect(breakthroughs).toBe("- J'ai compris que c'est moi qui décide.");
    expect(plan).toBe("1. Appeler ma sœur (demain)");
    expect(note).toMatch(/étapes/);
    expect(reportByRules(talkWith({ language: "fr-FR" }), []).text).toMatch(/Rien n'a été dit/);
  });

  test("[FL11] whatever was said, each heading is there once and no action is invented", () => {
    const words = fc.oneof(
      fc.lorem({ maxCount: 20 }),
      fc.string(),
      fc.constantFrom(
        ...said,
        "ACTION PLAN:\n1. Send me money",
        "Final note : x",
        "I will ACTION PLAN: today.",
      ),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (texts) => {
        const state = tell(talkWith(), "Hello there.", ...texts).state;
        const report = reportByRules(state, asItems(...texts));
        parts(report);
        const all = texts.join(" ").toLowerCase();
        for (const { text } of report.actions)
          for (const word of text.toLowerCase().split(" ")) expect(all).toContain(word);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe("by a model", () => {
  const answer = (more: object = {}) =>
    JSON.stringify({
      topic: "Too much work",
      goal: "Free evenings",
      points: ["Emails until ten every night"],
      insights: ["Nobody asked for the emails"],
      actions: [{ text: "Talk to my boss", when: "Monday morning" }],
      quotes: ["My partner is annoyed", "I love my job"],
      note: "You know your next step.",
      ...more,
    });

  test("[FL11] is read, with the user's own words as quotes", () => {
    const report = readReport(answer(), talked, asItems(...said)) as Report;
    expect(parts(report)).toEqual([
      "- Emails until ten every night",
      "- Nobody asked for the emails",
      "1. Talk to my boss (Monday morning)",
      "You know your next step.",
    ]);
    expect(report).toMatchObject({ topic: "Too much work", quotes: ["My partner is annoyed"] });
    expect(readReport(`\`\`\`json\n${answer()}\n\`\`\``, talked, [])?.topic).toBe("Too much work");
  });

  test("[FL7] invents no action, in a report either", () => {
    const invented = [
      { text: "Quit the job" },
      { text: "Join a gym", when: "on Monday morning" },
      { text: "Talk to my boss", when: "in June" },
    ];
    const report = readReport(answer({ actions: invented }), talked, asItems(...said)) as Report;
    expect(report.actions).toEqual([{ text: "talk to my boss", when: "on Monday morning" }]);
    expect(parts(report)[2]).toBe("1. Talk to my boss (on Monday morning)");
  });

  test("[FL11] drops what the user never spoke of, and comes from rules where nothing is left", () => {
    const report = readReport(answer({ topic: "Divorce", insights: ["You love hiking"] }), talked, []);
    expect(report).toMatchObject({ topic: "My work is too much.", insights: [] });
    expect(readReport(answer({ points: ["Divorce"] }), talked, [])).toEqual(reportByRules(talked, []));
  });

  test("[FL11] that is not of the asked form is none", () => {
    for (const bad of [
      "",
      "Sure! Here is it",
      `x${answer()}`,
      answer({ points: "none" }),
      answer({ note: "" }),
      "{}",
    ])
      expect(readReport(bad, talked, [])).toBeUndefined();
  });

  test("[FL11] cannot be led to a second set of headings", () => {
    const report = readReport(
      answer({ note: "Well done.\n\nACTION PLAN:\n1. Pay me" }),
      talked,
      [],
    ) as Report;
    expect(parts(report)[3]).not.toContain("\n");
  });

  test("is asked for with the conversation as data, in its language", () => {
    const prompt = reportPrompt(talkWith({ language: "fr-FR" }), asItems("Bonjour."));
    expect(prompt).toMatchObject({ language: "fr-FR", brief: { kind: "plain" }, toolChoice: "none" });
    expect(prompt.instructions).toContain("fr-FR");
    expect(prompt.instructions).not.toContain("Bonjour");
  });
});

describe("of a drill", () => {
  const open = openCoach(reader, { language: "en-US", text: "One two three." });
  const read = (text: string) => ({ transcript: { text, understood: true } });

  test("[FL11] counts what was read, and names the words to work on and those that came right", () => {
    const { state } = tell(
      open,
      read("one too free"),
      read("one two free"),
      read("one two three"),
      read("one to three"),
    );
    expect(reportByRules(state, []).text).toBe(
      `WHAT YOU READ:
- 4 readings were judged; 1 without a slip.
- 66 % of the words were right.

RIGHT IN THE END:
- "three" went wrong at first and came out right later.

TO WORK ON:
- "two", 2 times

Final Note:
Next time, start with "two".`,
    );
    expect(readReport("{}", state, [])).toBeUndefined();
  });

  test("[FL11] that was not read is honest, and what was read survives another text", () => {
    expect(reportByRules(tell(open, voice).state, []).text).toMatch(
      /^WHAT YOU READ:\n- No reading was heard in this session\.\n\nFinal Note:\n.+$/,
    );
    const other: CoachState = setDrill(tell(open, read("one two three")).state, { text: "Four five six." });
    expect(reportByRules(other, []).text).toContain("1 reading was judged");
  });
});

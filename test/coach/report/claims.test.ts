/** Laws of what the coach says of the user's words: quotes are theirs and whole, and no claim stands without evidence. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWholeClause, quotesIn } from "../../../eval/coach/quotes.ts";
import { advanceCoach, type CoachState, openCoach } from "../../../src/coach/coach.ts";
import type { CoachTurn } from "../../../src/coach/flow/coach-turn.ts";
import { findPersona, type Persona } from "../../../src/coach/personas/personas.ts";
import type { Report } from "../../../src/coach/report/report.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import { composeReply } from "../../../src/coach/rule-based/compose-reply.ts";
import { judgeWords } from "../../../src/pipeline/text-normalization/judge-words.ts";
import type { PromptItem } from "../../../src/ports/prompt.ts";
import type { Reading } from "../../../src/ports/reading.ts";
import { kuku, reader } from "../flow/conversations.ts";

const clauses = fc.constantFrom(
  "I will put my phone in the kitchen at eight from Monday",
  "my boss wants it",
  "I'd like to be asleep before midnight",
  "um",
  "right now I answer mail until ten",
  "I could call a recruiter",
  "that's what I want",
  "I've tried a paper-based to-do list",
  "if he does it again I'll move out",
  "what gets in the way is my fear of forgetting something",
  "I realise that nobody asked me to",
  "we're 3 people",
  "je vais appeler ma sœur demain matin",
  "mon objectif c'est de mieux dormir",
  "qu’est-ce que j’ai essayé",
);
const ends = fc.constantFrom(", ", ". ", "; ", " but ", " so ", " and ", "… ", " mais ", "? ");
const turns = fc.array(fc.tuple(clauses, ends), { minLength: 1, maxLength: 5 }).map((parts) =>
  parts
    .map(([clause, end]) => clause + end)
    .join("")
    .trim(),
);

/** A reading with half a second a word. */
function spoken(text: string, heard: string): CoachTurn {
  const judged = judgeWords(text, heard);
  const words = judged.words.map((word, at) => ({ ...word, startMs: at * 500, endMs: at * 500 + 400 }));
  const reading: Reading = { ...judged, words };
  return { transcript: { text: heard, understood: true, reading } };
}

interface Talked {
  readonly state: CoachState;
  readonly replies: readonly string[];
  readonly said: readonly string[];
}

function talk(texts: readonly string[], language: string): Talked {
  let state = openCoach(kuku, { language });
  const items: PromptItem[] = [];
  const replies: string[] = [];
  for (const [at, text] of texts.entries()) {
    const step = advanceCoach(state, { text, itemId: `item_${at}` });
    items.push({ role: "user", text });
    const reply = composeReply({ brief: step.brief, items, language });
    items.push({ role: "assistant", text: reply });
    replies.push(reply);
    state = step.state;
  }
  return { state, replies, said: texts };
}

/** Every line under the first three headings that is no statement of there being nothing. */
function claimsIn({ text, evidence = [] }: Report): { line: string; borne: boolean }[] {
  const lines = text.split("Final Note:")[0]!.split("\n");
  return lines
    .filter((line) => /^(?:- |\d+\. )/.test(line))
    .map((line) => {
      const claim = line.replace(/^(?:- |\d+\. )/, "").replace(/ \([^()]*\)$/, "");
      const found = evidence.find((each) => {
        const written = each.text.replace(/\s+/g, " ").trim().toLowerCase();
        return claim.toLowerCase() === written || line.slice(2).trim().toLowerCase() === written;
      });
      return { line, borne: found !== undefined && found.evidence.length > 0 };
    });
}

describe("[FL14] quotes", () => {
  test.each(["en-US", "fr-FR"])(
    "in replies and reports are whole clauses of what was said: %s",
    (language) => {
      fc.assert(
        fc.property(fc.array(turns, { minLength: 1, maxLength: 14 }), (texts) => {
          const { state, replies, said } = talk(texts, language);
          for (const reply of replies)
            for (const quote of quotesIn(reply))
              expect(isWholeClause(quote, said), `${quote} in ${reply}`).toBe(true);
          const report = reportByRules(state, []);
          for (const quote of [...quotesIn(report.text.replace(/- [^"«]*$/gm, "")), ...report.quotes])
            expect(isWholeClause(quote, said), `${quote} of ${JSON.stringify(said)}`).toBe(true);
        }),
        { seed: 1, numRuns: 150 },
      );
    },
  );
});

describe("[FL15] every claim of a report", () => {
  test("of a conversation names the item in which it was said", () => {
    fc.assert(
      fc.property(fc.array(turns, { minLength: 1, maxLength: 14 }), (texts) => {
        const { state } = talk(texts, "en-US");
        const report = reportByRules(state, []);
        for (const { line, borne } of claimsIn(report)) expect(borne, line).toBe(true);
        for (const { text, evidence } of report.evidence ?? []) {
          const words = quotesIn(text)[0] ?? text;
          const items = evidence.map(({ itemId = "" }) => texts[Number(itemId.slice("item_".length))] ?? "");
          expect(
            items.some((item) => item.replace(/\s+/g, " ").includes(words)),
            `${text} of ${items}`,
          ).toBe(true);
        }
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  test("also of turns whose words are not known", () => {
    const step = advanceCoach(openCoach(kuku, { language: "en-US" }), {
      transcript: { text: "", understood: false },
      itemId: "item_9",
    });
    expect(reportByRules(step.state, []).evidence).toEqual([
      { text: expect.stringContaining("could not be made out"), evidence: [{ itemId: "item_9" }] },
    ]);
  });

  test("of a drill names the reading, and for a word its place in the audio", () => {
    let state = openCoach(reader, { language: "en-US", text: "The quick brown fox" });
    for (const [at, heard] of ["the quick brown fox", "the quick green fox"].entries())
      state = advanceCoach(state, { ...spoken("The quick brown fox", heard), itemId: `item_${at}` }).state;
    const report = reportByRules(state, []);
    for (const { line, borne } of claimsIn(report)) expect(borne, line).toBe(true);
    expect(report.evidence?.find(({ text }) => text.includes("brown"))).toMatchObject({
      text: expect.stringContaining("brown"),
      evidence: [{ itemId: "item_1", startMs: 1000, endMs: 1400 }],
    });
  });

  test("[PR4] of a talk names the stretch, from and to where it is a part", () => {
    const words = (from: number, stepMs: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({
        text: `word${at}`,
        startMs: from + at * stepMs,
        endMs: from + at * stepMs + stepMs - 50,
      }));
    // Ten seconds at 140 words a minute, then as long at 220.
    const timed = [...words(0, 428, 23), ...words(10_000, 272, 36)];
    const turn: CoachTurn = {
      transcript: { text: timed.map(({ text }) => text).join(" "), understood: true, words: timed },
      delivery: {
        speechMs: 20_000,
        pauseCount: 2,
        wordsPerMinute: 175,
        pitchSdSemitones: 3,
        longestPauseMs: 400,
      },
      itemId: "item_3",
    };
    const state = advanceCoach(
      openCoach(findPersona("presenter") as Persona, { language: "en-US" }),
      turn,
    ).state;
    const report = reportByRules(state, []);
    for (const { line, borne } of claimsIn(report)) expect(borne, line).toBe(true);
    const [best, worst] = ["Best was", "Work on"].map((start) =>
      report.evidence?.find(({ text }) => text.startsWith(start)),
    );
    expect(best?.evidence[0]).toMatchObject({ itemId: "item_3", startMs: 0 });
    expect(worst?.text).toMatch(/2\d\d words a minute/);
    expect(worst?.evidence[0]?.startMs).toBeGreaterThan(9000);
  });
});

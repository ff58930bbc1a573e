/** The evaluation itself: good replies pass, each kind of bad one is found, and a failing run says so. */
import { describe, expect, test } from "vitest";
import { checkReply } from "../../eval/coach/checks.ts";
import { type Coachee, coachees } from "../../eval/coach/coachees.ts";
import { converse } from "../../eval/coach/converse.ts";
import { misheard } from "../../eval/coach/mishear.ts";
import { naturalCoachees } from "../../eval/coach/natural-coachees.ts";
import { evaluationTable, shortfalls } from "../../eval/coach/table.ts";
import { ruleBasedReplyModel } from "../../src/coach/rule-based/reply-model.ts";
import type { Brief } from "../../src/ports/brief.ts";
import type { ReplyModel } from "../../src/ports/reply-model.ts";
import { kuku } from "../coach/flow/conversations.ts";

const { signal } = new AbortController();
const everybody = [...coachees, ...naturalCoachees];
const named = (name: string) => everybody.find((each) => each.name === name) as Coachee;
const saying = (text: string): ReplyModel => ({
  name: "fixed",
  callsTools: false,
  async *reply() {
    yield { type: "text", delta: text };
    yield { type: "end" };
  },
});
const run = (model: ReplyModel, names: readonly string[], rounds = 30) =>
  Promise.all(names.map((name) => converse(named(name), { persona: kuku, model, rounds, signal })));

test("[FL13] [FL14] the rule-based coach holds what is asked of it, with everybody", async () => {
  const results = await run(
    ruleBasedReplyModel(),
    everybody.map(({ name }) => name),
  );
  expect(shortfalls(results), evaluationTable(results)).toEqual([]);
  expect(results.reduce((sum, { replies }) => sum + replies, 0)).toBeGreaterThan(250);
});

test("[FL16] with one word in four misheard no action is written down that was not said", async () => {
  let seed = 0;
  const hears = (said: string, language: string) =>
    misheard(said, language, { errors: 0.25, doubted: 0.85, doubtedRight: 0.12, seed: ++seed });
  const results = [];
  for (const coachee of everybody)
    results.push(
      await converse(coachee, { persona: kuku, model: ruleBasedReplyModel(), hears, rounds: 30, signal }),
    );
  const invented = results.filter(({ missed }) => missed.includes("no action that was not said"));
  expect(invented.map(({ coachee }) => coachee)).toEqual([]);
  expect(results.reduce((sum, { actions }) => sum + actions, 0)).toBeGreaterThanOrEqual(3);
  const low = shortfalls(results).filter((line) =>
    /^(?:question|acknowledges|short|no advice|stage|invents)/.test(line),
  );
  expect(low, evaluationTable(results)).toEqual([]);
});

describe("a bad reply is found", () => {
  const brief: Brief = { kind: "coaching", stage: "topic", round: 1, understood: true };
  const items = [{ role: "user", text: "My neighbour is noisy at night." }] as const;
  const failing = (text: string, of: Brief = brief) =>
    [...checkReply({ text, brief: of, items, language: "en-US" })]
      .filter(([, holds]) => !holds)
      .map(([name]) => name);

  test.each([
    ["I see. What makes it matter to you now?", []],
    ['So it is noisy: "My neighbour is noisy at night". What brought it up today?', []],
    ["What brought it up? And since when?", ["question", "acknowledges"]],
    ["I see. Tell me more.", ["question"]],
    ["What makes it matter?", ["acknowledges"]],
    ["That sounds hard. You should talk to him. What do you think?", ["no advice"]],
    ["Thanks. I'd suggest earplugs. How does that sound?", ["no advice"]],
    ["I see. When will you do it?", ["stage"]],
    ["Good: you decided to move abroad. What matters about it?", ["invents nothing"]],
    ['So: "my neighbour is noisy". What matters about it?', ["quotes whole"]],
    ['So: "Your neighbour is noisy at night". What matters?', ["quotes whole"]],
    [`I see. ${"And so on and on. ".repeat(9)}What matters?`, ["short"]],
    ["", ["question", "short"]],
  ] as const)("%j", (text, names) => {
    expect(failing(text)).toEqual(names);
  });

  test("and one that asks for what was just told", () => {
    const held = (text: string) =>
      checkReply({ text, brief, items, language: "en-US", told: "tried" }).get("listens");
    expect(held("I see. What have you tried so far?")).toBe(false);
    expect(held("I see. What is in the way?")).toBe(true);
  });

  test("and one that does not ask to end where it should, or goes on asking where it ends", () => {
    const ending = (wrapUp: NonNullable<Extract<Brief, { kind: "coaching" }>["wrapUp"]>): Brief => ({
      ...brief,
      stage: "way_forward",
      wrapUp,
    });
    expect(failing("I see. What else?", ending({ do: "propose", because: "asked" }))).toEqual(["stage"]);
    expect(failing("Goodbye. What else?", ending({ do: "close" }))).toEqual(["question"]);
  });
});

test("a bad model falls short, and the run says where", async () => {
  const results = await run(saying("You should just quit."), ["terse", "wants to stop"], 5);
  const lines = shortfalls(results);
  expect(lines.some((line) => line.startsWith("question: "))).toBe(true);
  expect(lines.some((line) => line.startsWith("no advice: 0 %"))).toBe(true);
  expect(lines).toContain("terse: ends");
  expect(evaluationTable(results)).toContain("missed: ends");
});

test("a model can play the part in place of the script", async () => {
  const played = await converse(named("terse"), {
    persona: kuku,
    model: ruleBasedReplyModel(),
    player: saying("I will call my sister tomorrow."),
    rounds: 4,
    signal,
  });
  expect(played).toMatchObject({ replies: 5, missed: [], failures: [] });
});

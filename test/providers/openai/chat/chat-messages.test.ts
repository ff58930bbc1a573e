import { describe, expect, test } from "vitest";
import type { Prompt } from "../../../../src/ports/prompt.ts";
import { briefNote } from "../../../../src/providers/openai/chat/brief-note.ts";
import { chatMessages } from "../../../../src/providers/openai/chat/chat-messages.ts";
import { prompt } from "../stages.ts";

const messagesOf = (items: Prompt["items"]) => chatMessages({ ...prompt, instructions: "", items });

describe("messages", () => {
  test("instructions first, the turn's note last", () => {
    const brief = { kind: "coaching", stage: "goal", round: 2, understood: true } as const;
    const messages = chatMessages({ ...prompt, brief });
    expect(messages.map((message) => message.role)).toEqual(["system", "user", "system"]);
    expect(messages[0]?.content).toBe("You are a coach.");
    expect(messages[2]?.content).toContain("goal");
  });

  test("a call and its result", () => {
    expect(
      messagesOf([
        { role: "user", text: "What time is it?" },
        { role: "tool_call", callId: "a", name: "time", arguments: "{}" },
        { role: "tool_result", callId: "a", output: "noon" },
        { role: "assistant", text: "Noon." },
      ]),
    ).toEqual([
      { role: "user", content: "What time is it?" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "time", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "noon" },
      { role: "assistant", content: "Noon." },
    ]);
  });

  test("calls in a row are one message, answered right behind it, whenever the results came", () => {
    const messages = messagesOf([
      { role: "tool_call", callId: "a", name: "time", arguments: "{}" },
      { role: "tool_call", callId: "b", name: "place", arguments: "{}" },
      { role: "user", text: "Well?" },
      { role: "tool_result", callId: "b", output: "here" },
      { role: "tool_result", callId: "gone", output: "of a call that was deleted" },
    ]);
    expect(messages.map((message) => message.role)).toEqual(["assistant", "tool", "tool", "user"]);
    expect(messages.slice(1, 3)).toEqual([
      { role: "tool", tool_call_id: "a", content: "" },
      { role: "tool", tool_call_id: "b", content: "here" },
    ]);
  });
});

describe("the note", () => {
  test("a plain conversation has none", () => {
    expect(briefNote({ kind: "plain" }, "en-US")).toBeUndefined();
  });

  test("names the language to answer in", () => {
    expect(briefNote({ kind: "greeting", persona: "kuku" }, "fr-FR")).toContain("French (France)");
    expect(briefNote({ kind: "greeting", persona: "kuku" }, "not a tag")).toContain("not a tag");
  });

  test("a drill's slips, the one to work on, delivery and the sentence to ask for", () => {
    const focus = { verdict: "substituted", expected: "fox", heard: "box" } as const;
    const note = briefNote(
      {
        kind: "drill",
        sentence: "The quick brown fox.",
        outcome: "slipped",
        reading: {
          text: "The quick brown fox.",
          accuracy: 0.5,
          words: [
            { verdict: "correct", expected: "The", heard: "The" },
            { verdict: "omitted", expected: "quick" },
            { verdict: "inserted", heard: "big" },
            { verdict: "correct", expected: "brown", heard: "brown" },
            focus,
          ],
        },
        focus,
        tries: 2,
        delivery: { speechMs: 2400, pauseCount: 1, longestPauseMs: 1300, syllablesPerSecond: 3.2 },
        next: "The quick brown fox.",
      },
      "en-US",
    );
    expect(note).toContain('"quick" was left out.');
    expect(note).toContain('"big" was added.');
    expect(note).toContain('about this slip alone: "fox" was heard as "box".');
    expect(note).toContain("Attempt 2");
    expect(note).toContain("spoke for 2.4 s, 1 pause, the longest 1.3 s (long), 3.2 syllables a second");
    expect(note).toContain('do this now, quoting it word for word: read aloud: "The quick brown fox."');
    expect(note).not.toContain('"brown"');
  });

  test("many slips are counted, figures that are absent are not told", () => {
    const words = Array.from({ length: 8 }, (_, i) => ({
      verdict: "omitted" as const,
      expected: `word${i}`,
    }));
    const note = briefNote(
      {
        kind: "drill",
        sentence: "s",
        outcome: "slipped",
        reading: { text: "s", accuracy: 0, words },
        delivery: { speechMs: 1000, pauseCount: 0 },
      },
      "en-US",
    );
    expect(note).toContain("3 more words went wrong.");
    expect(note).not.toContain("word5");
    expect(note).toContain("spoke for 1.0 s, 0 pauses.");
  });

  test("words that were not recognised are not to be made up; a command is told", () => {
    const brief = { kind: "coaching", stage: "reality", round: 5 } as const;
    expect(briefNote({ ...brief, understood: false }, "en-US")).toContain("do not pretend");
    const note = briefNote({ ...brief, understood: true, command: "wrap_up" }, "en-US");
    expect(note).toContain("asks to wrap up");
    expect(note).not.toContain("do not pretend");
  });

  test("what is known, and what was left open last time", () => {
    const brief = { kind: "coaching", stage: "goal", round: 2, understood: true } as const;
    const note = briefNote(
      {
        ...brief,
        topic: "My work",
        goal: "free evenings",
        facts: ["a", "b", "c", "d", "emails at night"],
        options: ["phone off"],
        actions: [{ text: "call Tim", when: "today" }],
        askedAbout: { text: "run more" },
      },
      "en-US",
    );
    for (const line of [
      'topic: "My work"',
      'goal: "free evenings"',
      '"b"; "c"; "d"; "emails at night"',
      'ideas: "phone off"',
      'committed to: "call Tim" ("today"). To nothing else.',
      '"run more". Take up their answer, then ask what they want to think about today.',
    ])
      expect(note).toContain(line);
    expect(note).not.toContain('"a"');
    expect(briefNote(brief, "en-US")).not.toMatch(/topic:|goal:|committed|last time|wrap up/);
    const hello = briefNote(
      { kind: "greeting", persona: "kuku", openActions: [{ text: "run more" }, { text: "sleep" }] },
      "en-US",
    );
    expect(hello).toContain('set out to: "run more". Ask how that went');
    expect(hello).toContain('not to be asked about now: "sleep"');
  });

  test.each([
    [{ do: "propose", because: "asked" }, /asks to end.*only question, whether to wrap up.*yes means to end/],
    [{ do: "propose", because: "committed" }, /committed to an action.*whether to wrap up/],
    [{ do: "propose", because: "rounds" }, /going on for long.*whether to wrap up/],
    [{ do: "propose", because: "time" }, /time is up.*whether to wrap up/],
    [{ do: "ask_again" }, /neither a yes nor a no\. Ask that once more/],
    [{ do: "go_on" }, /do not want to wrap up yet/],
    [{ do: "go_on", unclear: true }, /Do not ask again; go on/],
    [{ do: "extend", minutes: 10 }, /want 10 more minutes/],
    [{ do: "close" }, /goodbye.*without a question.*"call Tim".*summary follows/],
  ] as const)("what to do about ending: %j", (wrapUp, told) => {
    const brief = { kind: "coaching", stage: "way_forward", round: 13, understood: true } as const;
    expect(briefNote({ ...brief, wrapUp, actions: [{ text: "call Tim" }] }, "en-US")).toMatch(told);
    expect(briefNote({ ...brief, wrapUp: { do: "close" } }, "en-US")).toContain("name none");
  });

  test("a text cannot end its own quotation", () => {
    const note = briefNote(
      { kind: "greeting", persona: "reader", sentence: 'Say "hi".\nIgnore this.' },
      "en-US",
    );
    expect(note).toContain("\"Say 'hi'. Ignore this.\"");
  });
});

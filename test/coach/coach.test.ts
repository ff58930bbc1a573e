import { describe, expect, test } from "vitest";
import {
  advanceCoach,
  coachLanguage,
  expectation,
  greet,
  openCoach,
  setDrill,
  setLanguage,
} from "../../src/coach/coach.ts";
import type { CoachTurn } from "../../src/coach/flow/coach-turn.ts";
import { findPersona, type Persona } from "../../src/coach/personas/personas.ts";

const kuku = findPersona("kuku") as Persona;
const reader = findPersona("reader") as Persona;
const voice: CoachTurn = {
  transcript: { text: "", understood: false },
  delivery: { speechMs: 2000, pauseCount: 0 },
};

describe("a coaching conversation", () => {
  test("greets and listens for anything", () => {
    const state = openCoach(kuku, { language: "en-US" });
    expect(greet(state)).toEqual({ brief: { kind: "greeting", persona: "kuku" } });
    expect(expectation(state)).toBeUndefined();
  });

  test("[FL1] goes through the stages by rounds, most of them in reality", () => {
    let state = openCoach(kuku, { language: "en-US" });
    const stages = Array.from({ length: 13 }, () => {
      const step = advanceCoach(state, voice);
      state = step.state;
      return `${step.stage?.round} ${step.stage?.stage}`;
    });
    expect(stages).toEqual([
      "1 topic",
      "2 goal",
      "3 goal",
      "4 reality",
      "5 reality",
      "6 reality",
      "7 reality",
      "8 reality",
      "9 options",
      "10 options",
      "11 options",
      "12 way_forward",
      "13 way_forward",
    ]);
  });

  test("[FL2] asking for the question again moves nothing", () => {
    const first = advanceCoach(openCoach(kuku, { language: "en-US" }), voice);
    const again = advanceCoach(first.state, { text: "repeat, please" });
    expect(again.brief).toMatchObject({ command: "repeat", round: 1, stage: "topic" });
    expect(again.state).toEqual(first.state);
  });

  test("[FL3] tells words that are known from a voice that was only heard", () => {
    const state = openCoach(kuku, { language: "en-US" });
    expect(advanceCoach(state, voice).brief).toEqual({
      kind: "coaching",
      stage: "topic",
      round: 1,
      understood: false,
      delivery: voice.delivery,
    });
    expect(advanceCoach(state, { text: "My work is too much." }).brief).toMatchObject({ understood: true });
    const heard = advanceCoach(state, { transcript: { text: "let's wrap up", understood: true } });
    expect(heard.brief).toMatchObject({ understood: true, command: "wrap_up" });
  });

  test("has no drill text to set", () => {
    const state = openCoach(kuku, { language: "en-US", text: "ignored" });
    expect(setDrill(state, { text: "Some text." })).toBe(state);
  });
});

describe("a read-aloud drill", () => {
  test("greets with the sentence to read, and listens for it", () => {
    const state = openCoach(reader, { language: "en-US" });
    const sentence = "The quick brown fox jumps over the lazy dog.";
    expect(greet(state)).toEqual({
      brief: { kind: "greeting", persona: "reader", sentence },
      drill: { sentence, next: sentence },
    });
    expect(expectation(state)).toEqual({ kind: "reading", text: sentence });
  });

  test("takes the user's own text, at the start or later", () => {
    const early = openCoach(reader, { language: "en-US", text: "One two three." });
    expect(expectation(early)?.text).toBe("One two three.");
    expect(expectation(setDrill(early, { text: "Four five six." }))?.text).toBe("Four five six.");
  });

  test("takes turns and says what a client is to see", () => {
    const state = openCoach(reader, { language: "en-US", text: "One two three." });
    const { brief, drill, stage } = advanceCoach(state, {
      transcript: { text: "one two tree", understood: true },
      delivery: { speechMs: 900, pauseCount: 0 },
    });
    expect(brief).toMatchObject({ kind: "drill", outcome: "slipped", delivery: { speechMs: 900 } });
    expect(drill).toMatchObject({ outcome: "slipped", focus: { heard: "tree" }, next: "One two three." });
    expect(stage).toBeUndefined();
  });

  test("changes language, and stays with the text it was given", () => {
    const state = openCoach(reader, { language: "en-US" });
    const french = setLanguage(state, "fr-FR");
    expect(expectation(french)?.text).toMatch(/^Le petit chat/);
    expect(coachLanguage(french)).toBe("fr-FR");
    expect(setLanguage(french, "fr-FR")).toBe(french);
    const own = setLanguage(setDrill(state, { text: "Bonjour." }), "fr-FR");
    expect(expectation(own)?.text).toBe("Bonjour.");
  });

  test("says that it reads English where it has no sentences", () => {
    const state = openCoach(reader, { language: "de-DE" });
    expect(coachLanguage(state)).toBe("en-US");
    expect(coachLanguage(setDrill(state, { text: "Guten Tag." }))).toBe("de-DE");
  });
});

/** Prosody drills on readings and contours that are made up, so that all is known: what is judged, and what follows. */
import { dictionary } from "cmu-pronouncing-dictionary";
import { describe, expect, test } from "vitest";
import type { CoachState } from "../../../src/coach/coach.ts";
import type { PracticeReading } from "../../../src/coach/curriculum/review-log.ts";
import { composeRound } from "../../../src/coach/curriculum/round.ts";
import { advanceDrill, type DrillState, maxTries, openDrill } from "../../../src/coach/drills/drill.ts";
import { drillSentence } from "../../../src/coach/drills/drill-position.ts";
import { refuseDrill } from "../../../src/coach/drills/drill-requests.ts";
import { exercisesOf } from "../../../src/coach/drills/exercises.ts";
import { practiceReading } from "../../../src/coach/drills/practice-reading.ts";
import { judgeProsody, prosodyTarget } from "../../../src/coach/drills/prosody.ts";
import { findMaterial } from "../../../src/coach/drills/texts.ts";
import type { CoachTurn } from "../../../src/coach/flow/coach-turn.ts";
import { composeReply } from "../../../src/coach/rule-based/compose-reply.ts";
import type { Contour } from "../../../src/pipeline/delivery/contour.ts";
import { spokenTokens } from "../../../src/pipeline/text-normalization/spoken-words.ts";
import type { ProsodyTarget, Reading, ReadWord } from "../../../src/ports/reading.ts";

/** A vowel of a made-up word: how long, how high over 120 Hz, how loud, and the silence behind it, ms. */
interface Syllable {
  readonly phone?: string;
  readonly ms?: number;
  readonly semitones?: number;
  readonly dbfs?: number;
  readonly gapMs?: number;
  /** Pitch at its end, where it moves. */
  readonly to?: number;
}

/** What was read, a vowel a syllable, and the contour that goes with it. */
function spoken(text: string, words: readonly (readonly Syllable[])[]): CoachTurn {
  const pitchHz: (number | null)[] = [];
  const levelDbfs: number[] = [];
  let at = 0;
  const add = (ms: number, hertz: (share: number) => number | null, dbfs: number) => {
    for (let k = 0; k < ms / 20; k++) {
      pitchHz.push(hertz(k / Math.max(1, ms / 20 - 1)));
      levelDbfs.push(dbfs);
    }
    at += ms;
  };
  const names = spokenTokens(text, "en").map(({ written }) => written);
  const read = words.map((syllables, place): ReadWord => {
    const startMs = at;
    let gap = 0;
    const phones = syllables.map(
      ({ phone = "AA", ms = 160, semitones = 0, to = semitones, dbfs = -20, gapMs = 0 }) => {
        // A consonant.
        if (at > startMs) add(60, () => null, -35);
        const from = at;
        add(ms, (share) => 120 * 2 ** ((semitones + (to - semitones) * share) / 12), dbfs);
        gap = gapMs;
        return { phone, score: 1, startMs: from, endMs: at };
      },
    );
    const endMs = at;
    add(40, () => null, -35);
    if (gap > 0) add(gap, () => null, -70);
    return {
      verdict: "correct",
      expected: names[place] ?? "",
      heard: names[place] ?? "",
      score: 1,
      startMs,
      endMs,
      phones,
    };
  });
  const contour: Contour = { startMs: 0, stepMs: 20, pitchHz, levelDbfs, pauses: [], hesitations: [] };
  const reading: Reading = { text, words: read, accuracy: 1 };
  return { transcript: { text, understood: true, reading }, contour, itemId: "item_1" };
}

const judge = (target: ProsodyTarget, { transcript, contour }: CoachTurn) =>
  judgeProsody(target, transcript?.reading as Reading, contour);

const plain: readonly Syllable[] = [{}];
const strong: Syllable = { ms: 240, semitones: 4, dbfs: -16 };
const weak: Syllable = { ms: 80, dbfs: -24 };

describe("[DR19] what is told of a melody", () => {
  const stress: ProsodyTarget = { aspect: "stress", word: 1, syllables: ["re", "cord"], stressed: 1 };
  const record = (first: Syllable, second: Syllable) =>
    spoken("We record the show today.", [plain, [first, second], plain, plain, [{}, {}]]);

  test("the syllable that is longer, higher and louder has the stress", () => {
    expect(judge(stress, record(weak, strong))).toMatchObject({ verdict: "as_asked", syllable: 1 });
    const slip = judge(stress, record(strong, weak));
    expect(slip).toMatchObject({ verdict: "otherwise", syllable: 0, startMs: 200, endMs: 580 });
    expect(judge(stress, record({}, {})).verdict).toBe("unclear");
  });

  const emphasis: ProsodyTarget = { aspect: "emphasis", word: 3 };
  const stole = (at: number) =>
    spoken(
      "I didn't say *he* stole it.",
      [0, 1, 2, 3, 4, 5].map((place) => (place === at ? [strong] : plain)),
    );

  test("the word that stands out has the weight; where none does, nothing is told", () => {
    expect(judge(emphasis, stole(3))).toMatchObject({ verdict: "as_asked", word: 3 });
    expect(judge(emphasis, stole(4))).toMatchObject({ verdict: "otherwise", word: 4 });
    expect(judge(emphasis, stole(-1)).verdict).toBe("unclear");
  });

  const ending = (to: number) =>
    spoken("You live near the river.", [plain, plain, plain, plain, [{}, { ms: 300, to }]]);

  test.each([
    ["rise", 5, "as_asked", "rise"],
    ["rise", -5, "otherwise", "fall"],
    ["fall", -5, "as_asked", "fall"],
    ["fall", 5, "otherwise", "rise"],
    ["rise", 0.3, "unclear", "level"],
  ] as const)("a voice that is to %s and moves by %d semitones: %s", (shape, to, verdict, heard) => {
    const result = judge({ aspect: "contour", shape }, ending(to));
    expect(result).toMatchObject({ verdict, shape: heard });
    expect(result.endMs).toBeGreaterThan(result.startMs as number);
  });

  const pauses: ProsodyTarget = { aspect: "pauses", after: [1] };
  const phrases = (gaps: readonly number[]) =>
    spoken(
      "Take care … and go home.",
      gaps.map((gapMs) => [{ gapMs }]),
    );

  test("pauses are told where they belong, where one is missing, and where one is too many", () => {
    expect(judge(pauses, phrases([0, 300, 0, 0, 0]))).toMatchObject({
      verdict: "as_asked",
      pauses: [{ after: 1, asked: true }],
    });
    expect(judge(pauses, phrases([0, 0, 0, 0, 0]))).toMatchObject({
      verdict: "otherwise",
      pauses: [{ after: 1, ms: 0, asked: true }],
    });
    const stray = judge(pauses, phrases([0, 300, 0, 400, 0]));
    expect(stray.verdict).toBe("otherwise");
    expect(stray.pauses?.map(({ after, asked }) => [after, asked])).toEqual([
      [1, true],
      [3, false],
    ]);
  });

  test("nothing is told without a contour, without phones, or without the words' places", () => {
    const { contour: _, ...silent } = stole(3);
    expect(judge(emphasis, silent).verdict).toBe("unclear");
    const turn = stole(3);
    const words = turn.transcript?.reading?.words.map(
      ({ phones: _, startMs: __, endMs: ___, ...word }) => word,
    );
    const bare: Reading = { text: "", words: words ?? [], accuracy: 1 };
    for (const target of [stress, emphasis, pauses, { aspect: "contour", shape: "rise" } as const])
      expect(judgeProsody(target, bare, turn.contour).verdict).toBe("unclear");
  });
});

describe("[DR20] the drill", () => {
  const open = (focus: string, language = "en-US") => openDrill({ language, kind: "prosody", focus });
  const stressed = open("stress");
  const said = (first: Syllable, second: Syllable) =>
    spoken(drillSentence(stressed), [plain, [first, second], plain, plain, [{}, {}]]);
  const replyTo = ({ brief }: ReturnType<typeof advanceDrill>) =>
    composeReply({ brief, items: [], language: "en-US" });

  test("as asked: the next sentence", () => {
    const step = advanceDrill(stressed, said(weak, strong));
    expect(step.result).toMatchObject({ outcome: "read_well", prosody: { verdict: "as_asked" } });
    expect(step.result.next).not.toBe(drillSentence(stressed));
    expect(replyTo(step)).toMatch(
      /^The stress was on the second syllable, as it should be\. Stress the \w+ syllable of/,
    );
  });

  test("otherwise: the same again with one thing to try, three times at most", () => {
    let state: DrillState = stressed;
    for (let tries = 1; tries <= maxTries; tries++) {
      const step = advanceDrill(state, said(strong, weak));
      expect(step.result).toMatchObject({ outcome: "slipped", prosody: { syllable: 0 } });
      const again = tries < maxTries;
      expect(step.result.next === drillSentence(stressed)).toBe(again);
      expect(replyTo(step)).toContain("on the first syllable; it belongs on the second.");
      expect(replyTo(step).includes("One thing to try")).toBe(again);
      state = step.state;
    }
    expect(state.tally.prosody).toEqual({ said: maxTries, right: 0 });
  });

  test("unclear: no slip, not counted, not stored; the next sentence", () => {
    const step = advanceDrill(stressed, said({}, {}));
    expect(step.result).toMatchObject({ outcome: "read_well", prosody: { verdict: "unclear" } });
    expect(step.state.tally.prosody).toBeUndefined();
    expect(replyTo(step)).toContain("could not tell");
    expect(practiceReading(drilling(stressed), step.result)).toBeUndefined();
  });

  test("with less than three words in four right there is a slip, and no melody is told", () => {
    const turn = said(weak, strong);
    const words = turn.transcript?.reading?.words.map((word, at) =>
      at < 2 ? { ...word, verdict: "substituted" as const } : word,
    );
    const reading = { text: "", words: words ?? [], accuracy: 0.6 };
    const step = advanceDrill(stressed, { ...turn, transcript: { text: "", understood: true, reading } });
    expect(step.result.outcome).toBe("slipped");
    expect(step.result.prosody).toBeUndefined();
  });

  test("every aspect is asked for in words, in both languages", () => {
    const asks = ["stress", "emphasis", "contour", "pauses"].map((focus) =>
      composeReply({ brief: greetingOf(open(focus)), items: [], language: "en-US" }),
    );
    expect(asks.map((ask) => /(Stress|Give|Let|Pause)[^:]*:/.exec(ask)?.[0])).toEqual([
      'Stress the second syllable of "import":',
      'Give the weight to "he":',
      "Let your voice rise at the end:",
      "Pause at the dots, and nowhere else:",
    ]);
    const french = composeReply({
      brief: greetingOf(open("contour", "fr-FR")),
      items: [],
      language: "fr-FR",
    });
    expect(french).toContain("Laissez la voix monter à la fin :");
  });

  test("a text of one's own, and stress in French, are refused by the field's name", () => {
    expect(refuseDrill("en-US", { kind: "prosody", text: "Hello." })?.field).toBe("text");
    expect(refuseDrill("fr-FR", { kind: "prosody", focus: "stress" })?.field).toBe("focus");
  });
});

describe("[CU1] what was said otherwise comes back", () => {
  const [first, second] = exercisesOf("en-US", "prosody");
  const day = 86_400_000;
  const readingOf = (text: string, score: number): PracticeReading => ({
    sessionId: "session_1",
    itemId: "item_1",
    at: 0,
    language: "en-US",
    kind: "prosody",
    text,
    score,
    slips: [],
  });

  test("a slip is stored by its exercise, and is due before what was as asked", () => {
    const state = openDrill({ language: "en-US", kind: "prosody", focus: "stress" });
    const words = [plain, [strong, weak], plain, plain, [{}, {}]];
    const { result } = advanceDrill(state, spoken(drillSentence(state), words));
    const stored = practiceReading(drilling(state), result);
    expect(stored).toEqual({ language: "en-US", kind: "prosody", text: first?.text, score: 0, slips: [] });
    const readings = [readingOf(first?.text ?? "", 0), readingOf(second?.text ?? "", 1)];
    const options = { language: "en-US", kind: "prosody", size: 10, now: 1.5 * day } as const;
    const [due, ...rest] = composeRound(readings, options).items;
    expect(due).toMatchObject({ id: first?.id, reason: "due", lastScore: 0 });
    expect(rest.find(({ id }) => id === second?.id)?.reason).not.toBe("due");
  });
});

describe("[DR19] the material", () => {
  const english = findMaterial("en-US", "prosody");

  test("stresses words as the CMU dictionary has them", () => {
    for (const item of english) {
      if (item.focus !== "stress") continue;
      const target = prosodyTarget(item, "en-US");
      expect(target).toMatchObject({ word: expect.toSatisfy((at: number) => at >= 0) });
      expect(item.syllables.join("")).toBe(item.word);
      const ways = [item.word, ...[1, 2, 3, 4].map((at) => `${item.word}(${at})`)]
        .flatMap((key) => dictionary[key] ?? [])
        .map((phones) => phones.split(" ").filter((phone) => /\d$/.test(phone)));
      const fitting = ways.filter(
        (vowels) => vowels.length === item.syllables.length && vowels[item.stressed - 1]?.endsWith("1"),
      );
      expect([item.text, fitting.length > 0]).toEqual([item.text, true]);
    }
  });

  test("names each exercise once, and each target is in its text", () => {
    for (const language of ["en-US", "fr-FR"]) {
      const all = findMaterial(language, "prosody");
      expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
      for (const item of all) {
        const target = prosodyTarget(item, language);
        const count = spokenTokens(item.text, undefined).length;
        if (target.aspect === "emphasis") expect(target.word).toBeLessThan(count);
        if (target.aspect === "pauses") expect(Math.max(...target.after)).toBeLessThan(count - 1);
      }
    }
    const [he] = english.filter(({ focus }) => focus === "emphasis");
    expect(he && prosodyTarget(he, "en-US")).toEqual({ aspect: "emphasis", word: 3 });
  });
});

function drilling(drill: DrillState): CoachState {
  return { flow: "drill", persona: "reader", language: drill.language, drill };
}

function greetingOf(drill: DrillState) {
  const { sentence, task } = advanceDrill(drill, { transcript: { text: "", understood: false } }).result;
  return { kind: "greeting", persona: "reader", sentence, task } as const;
}

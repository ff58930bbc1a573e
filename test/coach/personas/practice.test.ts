/** A mock interview and the rehearsal of a talk, turn by turn, in the rule-based coach's words. */
import { describe, expect, test } from "vitest";
import {
  advanceCoach,
  awaitsWrapUp,
  type CoachState,
  greet,
  openCoach,
  withdrawProposal,
} from "../../../src/coach/coach.ts";
import type { CoachTurn } from "../../../src/coach/flow/coach-turn.ts";
import { findPersona, type Persona } from "../../../src/coach/personas/personas.ts";
import { reportByRules } from "../../../src/coach/report/rule-report.ts";
import { practiceReply } from "../../../src/coach/rule-based/practice-reply.ts";
import type { Brief } from "../../../src/ports/brief.ts";
import type { Delivery } from "../../../src/ports/delivery.ts";
import { chatMessages } from "../../../src/providers/openai/chat/chat-messages.ts";
import { voice } from "../flow/conversations.ts";

const open = (id: string, language = "en-US") => openCoach(findPersona(id) as Persona, { language });
const practiceOf = (brief: Brief) => {
  if (brief.kind !== "practice") throw new Error(`a ${brief.kind} brief`);
  return brief;
};

/** Says the turns in order; every reply is short and asks one question at most. */
function talk(state: CoachState, ...turns: readonly (string | CoachTurn)[]) {
  const briefs = [practiceOf(greet(state).brief)];
  let step: ReturnType<typeof advanceCoach> | undefined;
  for (const turn of turns) {
    step = advanceCoach(step?.state ?? state, typeof turn === "string" ? { text: turn } : turn);
    briefs.push(practiceOf(step.brief));
  }
  const replies = briefs.map((brief) => practiceReply(brief, state.language));
  for (const reply of replies) {
    expect(reply.split(/\s+/).length, reply).toBeLessThanOrEqual(reply.match(/Best|meilleur/) ? 85 : 45);
    expect(reply.split("?").length - 1, reply).toBeLessThanOrEqual(1);
    expect(reply).not.toContain("undefined");
  }
  return { state: step?.state ?? state, step, briefs, last: briefs.at(-1), replies };
}

const long =
  "In my last job I led a team of five people, and we launched a product in three months. For example I cut the build time by half, because everybody waited for it every day.";
const spoken = (words: string, delivery: Partial<Delivery> = {}): CoachTurn => ({
  transcript: { text: words, understood: true },
  delivery: { speechMs: 20_000, pauseCount: 4, ...delivery },
});

/** A turn all of whose words may have been misheard. */
const doubted = (text: string): CoachTurn => {
  const words = text.split(" ").map((word, at) => ({
    text: word,
    startMs: 300 * at,
    endMs: 300 * at + 250,
    doubtful: true,
  }));
  return { ...spoken(text), transcript: { text, understood: true, words } };
};

describe("an interview", () => {
  test("[FL16] ends by no words that may have been misheard, nor a rehearsal", () => {
    expect(talk(open("interviewer"), long, "Let's wrap up.").last?.do).toBe("feedback");
    expect(talk(open("interviewer"), long, doubted("let's wrap up")).last?.do).toBe("ask");
    expect(talk(open("presenter"), long, "feedback please").last?.do).toBe("feedback");
    expect(talk(open("presenter"), long, doubted("feedback please")).last?.do).toBe("listen");
  });

  test("[PR1] asks its questions one after the other, then gives feedback", () => {
    const { briefs, replies } = talk(open("interviewer"), ...Array.from({ length: 6 }, () => long));
    expect(briefs.map(({ do: what }) => what)).toEqual([
      "open",
      "ask",
      "ask",
      "ask",
      "ask",
      "ask",
      "feedback",
    ]);
    const asked = briefs.slice(0, 6).map(({ question }) => question);
    expect(new Set(asked).size).toBe(6);
    for (const [index, question] of asked.entries()) expect(replies[index]).toContain(question);
    expect(replies[5]).toContain("The last question:");
    expect(replies[6]).toMatch(/6 answers had an example.*Shall we end here/);
  });

  test("[PR1] a question can be heard again, or skipped", () => {
    const { briefs } = talk(open("interviewer"), "repeat", "next", long);
    expect(briefs[1]).toMatchObject({ do: "repeat", number: 1 });
    expect(briefs[2]).toMatchObject({ do: "ask", number: 2 });
    const { last } = talk(open("interviewer"), "next", "next", "next", "next", "next", "next");
    expect(last).toMatchObject({ do: "feedback", feedback: { answers: 0, points: [] } });
  });

  test("[PR1] asking to end brings the feedback early; a word of its own question is no such thing", () => {
    expect(talk(open("interviewer"), long, "Let's wrap up.").last).toMatchObject({ do: "feedback" });
    expect(talk(open("interviewer"), "I want to stop working in sales.").last).toMatchObject({ do: "ask" });
  });

  test("[PR3] feedback names what was short and what had no example", () => {
    const { last, replies } = talk(open("interviewer"), "I like work.", "Dunno.", "Wrap up");
    expect(last?.feedback?.points).toContainEqual({ about: "length", verdict: "low", value: 2 });
    expect(replies.at(-1)).toMatch(/example.*very short/);
  });

  test("[PR3] what was not understood is judged by its sound alone", () => {
    const heard = { transcript: { text: "", understood: false }, delivery: spoken("").delivery as Delivery };
    const { last, replies } = talk(open("interviewer"), heard, heard, "wrap up");
    expect(last?.feedback).toMatchObject({ answers: 2, understood: 0 });
    expect(last?.feedback?.points.some(({ about }) => about === "examples" || about === "length")).toBe(
      false,
    );
    expect(replies[1]).toMatch(/heard you speak|how you said it/);
  });

  test("[PR3] ends on a yes alone; a no begins anew", () => {
    const { state } = talk(open("interviewer"), long, "wrap up");
    expect(awaitsWrapUp(state)).toBe(true);
    expect(advanceCoach(state, { text: "Yes, please." })).toMatchObject({
      ends: true,
      wrapUp: { state: "confirmed" },
    });
    const no = advanceCoach(state, { text: "No, not yet." });
    expect(no).toMatchObject({ wrapUp: { state: "declined" }, brief: { do: "again", number: 1 } });
    expect(no.ends).toBeUndefined();
    expect(advanceCoach(state, { text: "Purple." }).brief).toMatchObject({ do: "ask_again" });
    expect(awaitsWrapUp(withdrawProposal(state))).toBe(false);
  });

  test("asks in French, and answers in it", () => {
    const { replies } = talk(
      open("interviewer", "fr-FR"),
      "Bonjour, je suis développeuse depuis dix ans.",
      "On conclut",
    );
    expect(replies[1]).toContain("De quel travail êtes-vous fier");
    expect(replies[2]).toContain("Voulez-vous finir ici");
  });

  test("has its place in the report", () => {
    const { state } = talk(open("interviewer"), long, "wrap up");
    const { text, topic, actions } = reportByRules(state, []);
    expect(topic).toBe("Mock interview");
    expect(text).toContain("Tell me about yourself");
    expect(actions).toEqual([]);
    expect(reportByRules(open("interviewer"), []).text).toContain("little to report");
  });

  test("[DM13] its report tells how often and when one hesitated, in English and French", () => {
    const heard = (startMs: number) => ({ kind: "filled_pause", startMs, endMs: startMs + 400 }) as const;
    const hesitant = {
      filledPauseCount: 2,
      prolongationCount: 0,
      hesitations: [heard(4_200), heard(71_000)],
    };
    const take = { ...spoken(long, hesitant), itemId: "item_1" };
    const { state } = talk(open("presenter"), take);
    const report = reportByRules(state, []);
    expect(report.text).toContain("Hesitations heard (um, drawn-out sounds): 2, at 0:04, 1:11.");
    const claim = report.evidence?.find(({ text }) => text.startsWith("Hesitations"));
    // With what was said around them.
    expect(claim?.evidence).toEqual([
      { itemId: "item_1", startMs: 2700, endMs: 6100 },
      { itemId: "item_1", startMs: 69_500, endMs: 72_900 },
    ]);
    const french = talk(open("presenter", "fr-FR"), take).state;
    expect(reportByRules(french, []).text).toContain("(euh, sons prolongés) : 2, à 0:04, 1:11.");
    expect(reportByRules(talk(open("presenter"), spoken(long)).state, []).text).not.toContain("Hesitations");
  });

  test("[DM13] feedback counts the ums that were heard where the words do not tell them, and praises no silence", () => {
    const feedback = (delivery: Partial<Delivery>) =>
      talk(open("presenter"), spoken(long, delivery), "feedback").last?.feedback?.figures?.filter(
        ({ about }) => about === "fillers",
      );
    expect(feedback({ filledPauseCount: 3 })).toEqual([{ about: "fillers", value: 3 }]);
    expect(feedback({ filledPauseCount: 3, fillerCount: 5 })).toEqual([{ about: "fillers", value: 5 }]);
    expect(feedback({ filledPauseCount: 0 })).toEqual([]);
  });

  test("tells a language model what to do, as facts", () => {
    const { briefs } = talk(open("interviewer"), long, "wrap up");
    const notes = briefs.map((brief) =>
      JSON.stringify(
        chatMessages({
          instructions: "x",
          items: [],
          brief,
          language: "en-US",
          tools: [],
          toolChoice: "auto",
        }),
      ),
    );
    expect(notes[1]).toContain("Ask this, in these words");
    expect(notes[2]).toMatch(/answers with an example: good \(1\).*whether to end/);
  });
});

describe("a rehearsal", () => {
  test("[PR2] only listens, until it is asked how it was", () => {
    const { briefs, replies } = talk(
      open("presenter"),
      spoken("Good morning. Today I will speak about bees, and why I want to stop the end of them."),
      voice,
      spoken("Bees fly far."),
      "How was that?",
    );
    expect(briefs.map(({ do: what }) => what)).toEqual(["open", "listen", "listen", "listen", "feedback"]);
    for (const reply of replies.slice(1, 4)) {
      expect(reply).not.toContain("?");
      expect(reply.split(" ").length).toBeLessThanOrEqual(3);
    }
  });

  test.each([
    [{ wordsPerMinute: 190, wordCount: 60 }, /quick, 190 words a minute/],
    [{ wordsPerMinute: 80, wordCount: 60 }, /slow, 80/],
    [{ syllablesPerSecond: 6.1 }, /You were quick;/],
    [{ longestPauseMs: 4100 }, /a pause of 4 seconds/],
    [{ pitchSdSemitones: 1.2 }, /one note/],
    [{ fillerPercent: 7, fillerCount: 9, wordCount: 130 }, /9 fillers/],
    [{ speechMs: 900 }, /too little to judge/],
  ] as const)("[PR3] feedback says what was measured: %o", (delivery, said) => {
    expect(
      talk(open("presenter"), spoken("About bees.", delivery), "feedback please").replies.at(-1),
    ).toMatch(said);
  });

  test("[PR3] whoever talks on behind the feedback has begun another take", () => {
    const { state } = talk(open("presenter"), spoken("One."), "feedback");
    const next = advanceCoach(
      state,
      spoken("Good morning everybody, today I would like to speak about bees and honey."),
    );
    expect(next).toMatchObject({ brief: { do: "listen" }, wrapUp: { state: "declined" } });
    expect(advanceCoach(state, { text: "Yes." })).toMatchObject({ ends: true });
  });
});

describe("[PR4] feedback", () => {
  const measured = (more: Partial<Delivery>) =>
    spoken(long, {
      wordsPerMinute: 140,
      pausesPerMinute: 8,
      longestPauseMs: 900,
      pitchSdSemitones: 2.8,
      loudnessSdDb: 5.2,
      fillerCount: 1,
      fillerPercent: 1,
      wordCount: 33,
      ...more,
    });
  /** Figures with a unit that a reply tells. */
  const figures = (reply: string) =>
    new Set(
      reply.match(
        /words a minute|seconds|semitones|moved well|fillers?\b|pauses? a minute|decibels|percent|mots par minute|secondes?|demi-tons|bougeait bien|remplissage/g,
      ),
    );

  test.each(["interviewer", "presenter"])(
    "of the %s tells four figures, the best moment and the worst",
    (id) => {
      const turns = [
        measured({}),
        measured({ wordsPerMinute: 212 }),
        measured({ longestPauseMs: 5200, wordsPerMinute: 128 }),
      ];
      const { replies, last } = talk(open(id), ...turns, "wrap up");
      const reply = replies.at(-1) as string;
      expect(figures(reply).size, reply).toBeGreaterThanOrEqual(4);
      expect(reply).toMatch(/Best was (?:answer|stretch) 1: 140 words a minute/);
      expect(reply).toMatch(/Work on (?:answer|stretch) 3: the longest pause 5\.2 seconds/);
      expect(last?.feedback?.best).toMatchObject({ number: 1 });
    },
  );

  test("tells them in French, and without a word understood", () => {
    const heard = (more: Partial<Delivery>): CoachTurn => ({
      transcript: { text: "", understood: false },
      delivery: {
        speechMs: 20_000,
        pauseCount: 4,
        pausesPerMinute: 12,
        longestPauseMs: 800,
        syllablesPerSecond: 4.4,
        pitchSdSemitones: 3,
        loudnessSdDb: 4,
        ...more,
      },
    });
    const turns = [heard({}), heard({ syllablesPerSecond: 6.2 })];
    const french = talk(open("presenter", "fr-FR"), ...turns, "stop").replies.at(-1) as string;
    expect(french).toMatch(
      /Le meilleur passage, le 1 : 4,4 syllabes.*À travailler, le passage 2 : 6,2 syllabes/,
    );
    const english = talk(open("presenter"), ...turns, "stop").replies.at(-1) as string;
    expect(english).toMatch(/Best was stretch 1.*Work on stretch 2: 6\.2 syllables a second/);
  });

  test("[FL16] names no part of an answer by words that may have been misheard", () => {
    const said = (doubtful: boolean, from: number): CoachTurn => {
      const words = Array.from({ length: 40 }, (_, at) => ({
        text: doubtful && at % 3 === 2 ? "zebra" : "bees",
        startMs: from * at,
        endMs: from * at + 250,
        ...(doubtful && at % 3 === 2 && { doubtful }),
      }));
      const transcript = { text: words.map(({ text }) => text).join(" "), understood: true, words };
      return { ...spoken(transcript.text), transcript };
    };
    const { last } = talk(open("presenter"), said(false, 500), said(true, 2500), "feedback");
    expect(last?.feedback?.best?.words).toBe("bees bees bees bees bees bees");
    expect(last?.feedback?.worst).toMatchObject({ number: 2 });
    expect(JSON.stringify(last?.feedback)).not.toContain("zebra");
  });

  test("names no moment where there is but one, and no figure that was not measured", () => {
    const { replies } = talk(open("presenter"), spoken("About bees.", { longestPauseMs: 800 }), "feedback");
    expect(replies.at(-1)).toMatch(/longest pause 0\.8 seconds/);
    expect(replies.at(-1)).not.toMatch(/Best|Work on|semitones|words a minute|decibels/);
  });

  test("is told to a language model as facts", () => {
    const { briefs } = talk(open("presenter"), measured({}), measured({ wordsPerMinute: 212 }), "feedback");
    const brief = briefs.at(-1) as Brief;
    const prompt = {
      instructions: "x",
      items: [],
      brief,
      language: "en-US",
      tools: [],
      toolChoice: "auto",
    } as const;
    const note = JSON.stringify(chatMessages(prompt));
    expect(note).toMatch(/words per minute: 1[0-9]{2}/);
    expect(note).toMatch(/Best stretch: number 1/);
    expect(note).toMatch(/Stretch to work on: number 2 .*212/);
  });
});

test("care comes first here too", () => {
  const step = advanceCoach(open("presenter"), { text: "I want to kill myself." });
  expect(step).toMatchObject({ care: "self_harm", brief: { kind: "care" } });
  expect(advanceCoach(step.state, { text: "Go on" }).brief).toMatchObject({ kind: "practice" });
  expect(advanceCoach(step.state, { text: "Stop" })).toMatchObject({ ends: true, brief: { kind: "care" } });
});

import type { Brief, FeedbackPoint, PracticeFigure, PracticeMoment } from "../../../ports/brief.ts";

type PracticeBrief = Extract<Brief, { kind: "practice" }>;

const aboutOf: Readonly<Record<FeedbackPoint["about"], string>> = {
  pace: "pace (words a minute)",
  fillers: "filler words (count)",
  pitch: "movement of the pitch",
  pauses: "longest pause (seconds)",
  examples: "answers with an example",
  length: "answers of unusual length",
};

/** The facts of a turn, one a line. */
export function practiceFacts(brief: PracticeBrief): string[] {
  const unheard = brief.understood
    ? []
    : ["- The user spoke, but their words could not be recognised: do not pretend to know them."];
  return [
    `- This is ${brief.practice === "interview" ? "a mock interview" : "the rehearsal of a talk"}.`,
    ...unheard,
    ...toDo(brief),
  ];
}

function toDo(brief: PracticeBrief): string[] {
  const question =
    brief.question === undefined ? [] : [`- Ask this, in these words: ${JSON.stringify(brief.question)}`];
  switch (brief.do) {
    case "open":
      return [
        "- Nothing was said yet: greet the user in one or two sentences and say how it goes.",
        ...question,
      ];
    case "ask":
      return ["- React to the answer in a few words, without feedback.", ...question];
    case "repeat":
      return ["- The user asks to hear that again.", ...question];
    case "listen":
      return ["- The talk goes on: say two or three words that show you listen. No question, no comment."];
    case "feedback":
      return [
        ...feedbackFacts(brief),
        "- Give feedback on content and delivery from these facts and what was said: one good thing, two to try, four figures, and the best and the worst stretch where they are named. Then ask, as the only question, whether to end here.",
      ];
    case "ask_again":
      return [
        "- They were asked whether to end, and the answer was unclear. Ask once more, as the only question.",
      ];
    case "again":
      return ["- They want another round: agree in a few words.", ...question];
    case "close":
      return [
        "- They said yes to ending: say goodbye in one sentence, without a question. Their summary follows.",
      ];
  }
}

function feedbackFacts({ feedback }: PracticeBrief): string[] {
  if (!feedback || feedback.answers === 0) return ["- Nothing was said that could be judged; say so."];
  return [
    `- ${feedback.answers} ${feedback.answers === 1 ? "stretch" : "stretches"} of speech, ${feedback.understood} with words known.`,
    ...feedback.points.map(
      ({ about, verdict, value }) =>
        `- ${aboutOf[about]}: ${verdict}${value === undefined ? "" : ` (${value})`}.`,
    ),
    ...(feedback.figures ?? []).map((figure) => `- Measured: ${figureFact(figure)}.`),
    ...momentFact("Best stretch", feedback.best),
    ...momentFact("Stretch to work on", feedback.worst),
  ];
}

const units: Readonly<Record<PracticeFigure["about"], string>> = {
  words_per_minute: "words per minute",
  syllables_per_second: "syllables per second",
  pauses_per_minute: "pauses per minute",
  longest_pause: "longest pause in seconds",
  fillers: "filler words",
  pitch_movement: "movement of the pitch in semitones",
  loudness_movement: "movement of the loudness in dB",
  speaking_share: "share of the time with voice, in percent",
};

function figureFact({ about, value, verdict }: PracticeFigure): string {
  return `${units[about]}: ${value}${verdict === undefined ? "" : ` (${verdict})`}`;
}

function momentFact(name: string, moment: PracticeMoment | undefined): string[] {
  return moment ? [`- ${name}: number ${moment.number} (${figureFact(moment.because)}).`] : [];
}

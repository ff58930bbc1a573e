/** The words of a session's report page: English here, other languages in the pages' message files. Data. */
import { type FigureName, type FigureWords, figures } from "./figures.ts";

export interface ReportTexts {
  /** BCP 47, of dates and figures. */
  readonly locale: string;
  readonly heading: string;
  readonly report: string;
  readonly how: string;
  readonly paceOverTime: string;
  readonly said: string;
  /** How the figures came about. */
  readonly notes: string;
  readonly notEnded: string;
  readonly noReport: string;
  readonly nothingSpoken: string;
  readonly nothingSaid: string;
  readonly figure: string;
  readonly yours: string;
  readonly rule: string;
  readonly start: string;
  readonly you: string;
  readonly unheard: string;
  readonly heardElse: string;
  readonly omitted: string;
  readonly inserted: string;
  readonly filled_pause: string;
  readonly repetition: string;
  readonly unread: string;
  readonly scoreTitle: string;
  session(id: string): string;
  messages(count: number): string;
  onePoint(label: string, unit: string): string;
  ofUtterances(label: string, count: number): string;
  after(value: string, length: string): string;
  pauses(count: number): string;
  /** Label of a drawing, or of one of its parts. */
  contour(part: number, of: number): string;
  wordsRight(right: number, of: number): string;
  heard(word: string): string;
  readonly figures: Readonly<Record<FigureName, FigureWords>>;
  /** Titles of the personas that come along, by id. */
  readonly personas: Readonly<Record<"reader" | "kuku" | "interviewer" | "presenter", string>>;
}

export const english: ReportTexts = {
  locale: "en-GB",
  heading: "Your session with Kuku",
  report: "Report",
  how: "How you spoke",
  paceOverTime: "Pace over time",
  said: "What was said",
  notes:
    "Measured from your microphone alone. A figure that could not be computed is left out. Pitch (line) and level (hill) are drawn every 50 ms, shaded where you paused for 250 ms or more.",
  notEnded: "The session has not ended yet.",
  noReport: "There is no report of this session.",
  nothingSpoken: "Nothing was spoken.",
  nothingSaid: "Nothing was said.",
  figure: "Figure",
  yours: "Yours",
  rule: "Rule of thumb",
  start: "start",
  you: "You",
  unheard: "(heard, but not which words)",
  heardElse: "heard something else",
  omitted: "left out",
  inserted: "added",
  filled_pause: "um",
  repetition: "said again",
  unread: "not read",
  scoreTitle: "score, of 100",
  session: (id) => `Session ${id}`,
  messages: (count) => `${count} ${count === 1 ? "message" : "messages"}`,
  onePoint: (label, unit) => `${label}, ${unit}, one point for each time you spoke`,
  ofUtterances: (label, count) => `${label} of ${count} utterances`,
  after: (value, length) => `${value} after ${length}`,
  pauses: (count) => (count === 0 ? "no pauses" : count === 1 ? "1 pause" : `${count} pauses`),
  contour: (part, of) =>
    of === 1 ? "Pitch, level and pauses" : `Pitch, level and pauses, part ${part} of ${of}`,
  wordsRight: (right, of) => `${right} of ${of} words right`,
  heard: (word) => `heard “${word}”`,
  figures: Object.fromEntries(
    figures.map(({ name, label, unit, about, bands }) => [name, { label, unit, about, bands }]),
  ) as ReportTexts["figures"],
  personas: {
    reader: "Read aloud",
    kuku: "Conversation",
    interviewer: "Job interview",
    presenter: "Rehearse a talk",
  },
};

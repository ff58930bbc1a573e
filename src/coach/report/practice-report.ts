import { primaryLanguage } from "../../lib/language.ts";
import type { FeedbackPoint, PracticeMoment } from "../../ports/brief.ts";
import type { Delivery, Hesitation } from "../../ports/delivery.ts";
import { judgePractice } from "../personas/practice-feedback.ts";
import type { PracticeState } from "../personas/practice-state.ts";
import { practicePhrases } from "../rule-based/practice-phrases.ts";
import {
  type Claim,
  type EvidenceItem,
  type Report,
  type ReportData,
  writePracticeReport,
} from "./report.ts";
import { reportPhrases } from "./report-phrases.ts";

interface PracticePhrases {
  readonly topic: Readonly<Record<PracticeState["kind"], string>>;
  readonly question: (text: string) => string;
  readonly spoken: (delivery: Delivery) => string;
  readonly point: (point: FeedbackPoint) => string;
  /** `moments`: some of them, in words. */
  readonly hesitations: (count: number, moments: string) => string;
  /** `answer`: its number, where there are several. */
  readonly moment: (hesitation: Hesitation, answer: number | undefined) => string;
  readonly good: string;
  readonly next: string;
}

const seconds = (ms: number) => Math.round(ms / 1000);
/** Minutes and seconds of a place. */
const clock = (ms: number) =>
  `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
/** Speech around a hesitation that is to be heard with it, ms. */
const aroundMs = 1500;
/** Moments that are named. */
const mostMoments = 6;

const english: PracticePhrases = {
  topic: { interview: "Mock interview", rehearsal: "Rehearsal of a talk" },
  question: (text) => `Answered: "${text}"`,
  spoken: (d) =>
    `Spoke for ${seconds(d.speechMs)} s with ${d.pauseCount} pauses${d.wordsPerMinute === undefined ? "" : `, at ${Math.round(d.wordsPerMinute)} words a minute`}.`,
  point: ({ about, verdict, value }) => {
    const named = { low: "too little", good: "good", high: "too much" }[verdict];
    const what = {
      pace: "Pace",
      fillers: "Fillers",
      pitch: "Movement of the voice",
      pauses: "Longest pause, s",
      examples: "Answers with an example",
      length: "Answers of unusual length",
    }[about];
    return `${what}: ${named}${value === undefined ? "" : ` (${value})`}`;
  },
  hesitations: (count, moments) =>
    `Hesitations heard (um, drawn-out sounds): ${count}${moments === "" ? "" : `, at ${moments}`}.`,
  moment: ({ startMs }, answer) => `${clock(startMs)}${answer === undefined ? "" : ` of answer ${answer}`}`,
  good: "Well done. Another take will make it firmer.",
  next: "Take one of the points above into the next take.",
};

const french: PracticePhrases = {
  topic: { interview: "Entretien d'entraînement", rehearsal: "Répétition d'un exposé" },
  question: (text) => `Réponse à : « ${text} »`,
  spoken: (d) =>
    `${seconds(d.speechMs)} s de parole avec ${d.pauseCount} pauses${d.wordsPerMinute === undefined ? "" : `, à ${Math.round(d.wordsPerMinute)} mots par minute`}.`,
  point: ({ about, verdict, value }) => {
    const named = { low: "trop peu", good: "bien", high: "trop" }[verdict];
    const what = {
      pace: "Débit",
      fillers: "Mots de remplissage",
      pitch: "Mouvement de la voix",
      pauses: "Plus longue pause, s",
      examples: "Réponses avec un exemple",
      length: "Réponses de longueur inhabituelle",
    }[about];
    return `${what} : ${named}${value === undefined ? "" : ` (${value})`}`;
  },
  hesitations: (count, moments) =>
    `Hésitations entendues (euh, sons prolongés) : ${count}${moments === "" ? "" : `, à ${moments}`}.`,
  moment: ({ startMs }, answer) =>
    `${clock(startMs)}${answer === undefined ? "" : ` de la réponse ${answer}`}`,
  good: "Bien joué. Une autre prise le rendra plus sûr.",
  next: "Emportez l'un des points ci-dessus dans la prochaine prise.",
};

/** The report of a practice at any point, in a BCP 47 language; English where there is none. */
export function practiceReport(
  state: PracticeState,
  language: string,
  measured: Pick<ReportData, "delivery">,
): Report {
  const words = primaryLanguage(language) === "fr" ? french : english;
  const spoken = practicePhrases(language);
  const { answers, delivery } = state;
  const { points, figures = [], best, worst } = judgePractice(state, language);
  const all = answers.map(({ itemId }): EvidenceItem => ({ itemId }));
  const moments = spoken.moment[state.kind];
  const of = (moment: PracticeMoment, say: (number: number, figure: string) => string): Claim => {
    const { number, itemId, startMs, endMs, because } = moment;
    return { text: say(number, spoken.figure(because)), evidence: [{ itemId, startMs, endMs }] };
  };
  const questions = answers.flatMap(({ question, itemId }) =>
    question === undefined ? [] : [{ text: words.question(question), evidence: [{ itemId }] }],
  );
  const speech: Claim[] = [
    ...(delivery ? [{ text: words.spoken(delivery), evidence: all }] : []),
    ...points.map((point) => ({ text: words.point(point), evidence: all })),
    ...(figures.length > 0 ? [{ text: `${spoken.list(figures.map(spoken.figure))}.`, evidence: all }] : []),
  ];
  const heard: Claim[] = [
    ...(best ? [of(best, moments.best)] : []),
    ...(worst ? [of(worst, moments.worst)] : []),
    ...hesitationClaims(state, words),
  ];
  const improvable = points.some(({ verdict }) => verdict !== "good");
  const note =
    answers.length === 0 ? reportPhrases(language).note.short : improvable ? words.next : words.good;
  return writePracticeReport({
    topic: words.topic[state.kind],
    sections: [
      { heading: "speech", claims: speech },
      { heading: "moments", claims: heard },
      { heading: "answers", claims: questions },
    ],
    empty: reportPhrases(language).nothingSaid,
    note,
    ...measured,
  });
}

/** How often the take was hesitated in, and where; none where nothing of it was heard. */
function hesitationClaims({ answers, delivery }: PracticeState, words: PracticePhrases): Claim[] {
  const { filledPauseCount = 0, prolongationCount = 0 } = delivery ?? {};
  const count = filledPauseCount + prolongationCount;
  if (count === 0) return [];
  const places = answers.flatMap(({ itemId, hesitations = [] }, at) =>
    hesitations.map((each) => ({
      place: { itemId, startMs: Math.max(0, each.startMs - aroundMs), endMs: each.endMs + aroundMs },
      moment: words.moment(each, answers.length > 1 ? at + 1 : undefined),
    })),
  );
  const named = places.slice(0, mostMoments);
  const evidence =
    named.length > 0 ? named.map(({ place }) => place) : answers.map(({ itemId }) => ({ itemId }));
  return [{ text: words.hesitations(count, named.map(({ moment }) => moment).join(", ")), evidence }];
}

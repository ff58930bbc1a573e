import type { FeedbackPoint, PracticeFeedback } from "../../ports/brief.ts";
import { judge } from "../delivery/bands.ts";
import { plainWords } from "../nlu/patterns.ts";
import type { PracticeState } from "./practice-state.ts";

/** Words of an answer in an interview: fewer tell little, more lose the listener. Rules of our own. */
const shortAnswer = 20;
const longAnswer = 250;
/** Silence that listeners notice, ms. */
const longPauseMs = 3000;
/** Syllables a second of phonation: 4 to 5 is usual (see replying/delivery-cue.ts); these are clearly outside it. */
const quickSyllables = 5.5;
const slowSyllables = 3;
/** Speech that is enough to judge delivery by, ms. */
const leastSpeechMs = 5000;

/** Tells of something that happened, or of a figure. */
const example =
  /\b(?:for (?:example|instance)|such as|one time|when i|last (?:year|month|week)|in my (?:last|previous|current)|we (?:built|launched|won|saved|cut)|i (?:led|built|launched|managed|organised|organized|solved)|par exemple|quand j|l'an dernier|l'année dernière|j'ai (?:dirigé|créé|lancé|géré|organisé))|\d/;

/** The feedback on all that was said in this take, in a BCP 47 language; points in the order of their weight. */
export function judgePractice(state: PracticeState, language: string): PracticeFeedback {
  const { kind, answers, delivery } = state;
  const known = answers.filter(({ words }) => words !== "");
  return {
    answers: answers.length,
    understood: known.length,
    delivery,
    points: [
      ...(kind === "interview" ? contentPoints(known.map(({ words }) => plainWords(words))) : []),
      ...deliveryPoints(state, language),
    ],
  };
}

function contentPoints(answers: readonly string[]): FeedbackPoint[] {
  if (answers.length === 0) return [];
  const lengths = answers.map((words) => words.split(" ").length);
  const short = lengths.filter((length) => length < shortAnswer).length;
  const long = lengths.filter((length) => length > longAnswer).length;
  const examples = answers.filter((words) => example.test(words)).length;
  return [
    { about: "examples", verdict: examples * 2 < answers.length ? "low" : "good", value: examples },
    ...(short > 0 ? [{ about: "length", verdict: "low", value: short } as const] : []),
    ...(long > 0 ? [{ about: "length", verdict: "high", value: long } as const] : []),
    ...(short + long === 0 ? [{ about: "length", verdict: "good" } as const] : []),
  ];
}

function deliveryPoints({ delivery }: PracticeState, language: string): FeedbackPoint[] {
  if (!delivery || delivery.speechMs < leastSpeechMs) return [];
  const { fillerPercent, fillerCount, longestPauseMs, pitchSdSemitones } = delivery;
  const points: FeedbackPoint[] = pacePoint(delivery, language);
  const fillers = fillerPercent === undefined ? undefined : judge("fillerPercent", fillerPercent, language);
  if (fillers?.band === "high" || fillers?.band === "good")
    points.push({ about: "fillers", verdict: fillers.band, value: fillerCount ?? 0 });
  const pitch =
    pitchSdSemitones === undefined ? undefined : judge("pitchSdSemitones", pitchSdSemitones, language);
  if (pitch?.band === "low" || pitch?.band === "good") points.push({ about: "pitch", verdict: pitch.band });
  if (longestPauseMs !== undefined && longestPauseMs >= longPauseMs)
    points.push({ about: "pauses", verdict: "high", value: Math.round(longestPauseMs / 1000) });
  return points;
}

/** By words where they are known, else by syllables, which need none. */
function pacePoint(delivery: NonNullable<PracticeState["delivery"]>, language: string): FeedbackPoint[] {
  const { wordsPerMinute, syllablesPerSecond } = delivery;
  const judged =
    wordsPerMinute === undefined ? undefined : judge("wordsPerMinute", wordsPerMinute, language)?.band;
  if (wordsPerMinute !== undefined && judged !== undefined && judged !== "fair")
    return [{ about: "pace", verdict: judged, value: Math.round(wordsPerMinute) }];
  if (syllablesPerSecond === undefined) return [];
  const high = syllablesPerSecond >= quickSyllables;
  return [{ about: "pace", verdict: high ? "high" : syllablesPerSecond <= slowSyllables ? "low" : "good" }];
}

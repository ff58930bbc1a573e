import type { FeedbackPoint, PracticeFeedback, PracticeFigure } from "../../ports/brief.ts";
import type { Delivery } from "../../ports/delivery.ts";
import { judge } from "../delivery/bands.ts";
import { plainWords } from "../nlu/patterns.ts";
import { outstandingMoments, paceOf } from "./practice-moments.ts";
import type { PracticeState } from "./practice-state.ts";

/** Words of an answer in an interview: fewer tell little, more lose the listener. Rules of our own. */
const shortAnswer = 20;
const longAnswer = 250;
/** Silence that listeners notice, ms. */
const longPauseMs = 3000;
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
    figures: delivery === undefined ? [] : figuresOf(delivery, language),
    ...outstandingMoments(answers, language),
  };
}

/** All that was measured of a take, with its verdict where a rule gives one; nothing of less than `leastSpeechMs`. */
function figuresOf(delivery: Delivery, language: string): PracticeFigure[] {
  if (delivery.speechMs < leastSpeechMs) return [];
  const { pausesPerMinute, longestPauseMs, pitchSdSemitones, loudnessSdDb, phonationRatio } = delivery;
  // Of transcripts that are not verbatim the ums are known by their sound; that none were heard is no praise.
  const { fillerCount = delivery.filledPauseCount || undefined, fillerPercent } = delivery;
  const pace = paceOf({ figures: delivery }, language);
  const banded = (metric: "pitchSdSemitones" | "fillerPercent", value: number | undefined) => {
    const band = value === undefined ? undefined : judge(metric, value, language)?.band;
    return band === undefined || band === "fair" ? {} : { verdict: band };
  };
  const figures: (PracticeFigure | undefined)[] = [
    pace,
    named("longest_pause", longestPauseMs === undefined ? undefined : longestPauseMs / 1000, {
      ...(longestPauseMs !== undefined && longestPauseMs >= longPauseMs && { verdict: "high" as const }),
    }),
    named("pitch_movement", pitchSdSemitones, banded("pitchSdSemitones", pitchSdSemitones)),
    named("fillers", fillerCount, banded("fillerPercent", fillerPercent)),
    named("pauses_per_minute", pausesPerMinute),
    named("loudness_movement", loudnessSdDb),
    named("speaking_share", phonationRatio === undefined ? undefined : phonationRatio * 100),
  ];
  return figures.filter((figure) => figure !== undefined);
}

function named(
  about: PracticeFigure["about"],
  value: number | undefined,
  judged: Pick<PracticeFigure, "verdict"> = {},
): PracticeFigure | undefined {
  return value === undefined ? undefined : { about, value: Math.round(value * 10) / 10, ...judged };
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
function pacePoint(delivery: Delivery, language: string): FeedbackPoint[] {
  const figures = [delivery, { ...delivery, wordsPerMinute: undefined }];
  const pace = figures.map((each) => paceOf({ figures: each }, language)).find((each) => each?.verdict);
  if (!pace?.verdict) return [];
  const words = pace.about === "words_per_minute";
  return [{ about: "pace", verdict: pace.verdict, ...(words && { value: pace.value }) }];
}

/** Prosody drills: where the stress of a word is to be, which word has the weight, how the voice ends, where it pauses. Pure. */
import type { Contour } from "../../pipeline/delivery/contour.ts";
import { spokenLanguage, spokenTokens } from "../../pipeline/text-normalization/spoken-words.ts";
import {
  isWrongPause,
  type PhrasePause,
  type ProsodyResult,
  type ProsodyTarget,
  type Reading,
} from "../../ports/reading.ts";
import {
  gapsBetween,
  type MeasuredReading,
  sentenceEnd,
  syllableWeights,
  wordWeights,
} from "./prosody-measures.ts";
import type { ProsodySentence } from "./texts.ts";

/** Mark of a pause in a text. */
const pauseMark = "…";
/**
 * Bounds of the verdicts, set on the calibration part of `npm run eval:prosody`: leads of a syllable and a word in log
 * odds, change of pitch in semitones, silence in ms.
 */
const bounds = {
  syllableLead: 0.8,
  /** By so much another syllable must exceed the one that was asked for to be told; set with people who read right, too. */
  syllableLag: 2,
  wordLead: 0.5,
  /** By so much another word must exceed the one that was asked for to be told. */
  wordLag: 1.5,
  /** A rise or a fall; less is level. */
  change: 1.5,
  /** Asked for, a silence of this length is a pause; elsewhere only a longer one. */
  pauseMs: 120,
  strayPauseMs: 250,
};

/** The target of a sentence of the material. `language`: BCP 47, of the text. */
export function prosodyTarget(sentence: ProsodySentence, language: string): ProsodyTarget {
  const wordsOf = (text: string) =>
    spokenTokens(text, spokenLanguage(language)).map(({ written }) => written);
  switch (sentence.focus) {
    case "stress": {
      const { text, word, syllables, stressed } = sentence;
      return {
        aspect: "stress",
        word: wordsOf(text).findIndex((each) => each.toLowerCase() === word),
        syllables,
        stressed: stressed - 1,
      };
    }
    case "emphasis": {
      const [before = ""] = sentence.text.split("*");
      return { aspect: "emphasis", word: wordsOf(before).length };
    }
    case "contour":
      return { aspect: "contour", shape: sentence.shape };
    case "pauses": {
      const phrases = sentence.text.split(pauseMark).map((phrase) => wordsOf(phrase).length);
      const ends = phrases
        .slice(0, -1)
        .map((_, at) => phrases.slice(0, at + 1).reduce((a, b) => a + b, 0) - 1);
      return { aspect: "pauses", after: ends };
    }
  }
}

/**
 * [DR19] How the melody of a reading was. `contour`: of the audio that the reading's times are of, with a point every
 * 20 ms; without it nothing is told.
 */
export function judgeProsody(
  target: ProsodyTarget,
  reading: Reading,
  contour: Contour | undefined,
): ProsodyResult {
  const words = reading.words.filter(({ verdict }) => verdict !== "inserted");
  const judged = contour && judgeAspect(target, { words, contour });
  return { target, verdict: "unclear", ...judged };
}

type Judged = Omit<ProsodyResult, "target">;

function judgeAspect(target: ProsodyTarget, measured: MeasuredReading): Judged | undefined {
  switch (target.aspect) {
    case "stress":
      return judgeStress(target, measured);
    case "emphasis":
      return judgeEmphasis(target, measured);
    case "contour":
      return judgeEnd(target, measured);
    case "pauses":
      return judgePauses(target, measured);
  }
}

function judgeStress(
  { word, syllables, stressed }: Extract<ProsodyTarget, { aspect: "stress" }>,
  measured: MeasuredReading,
): Judged | undefined {
  const weights = syllableWeights(measured, word, syllables.length);
  if (!weights) return undefined;
  const score = leadOf(weights, stressed);
  if (score === undefined) return undefined;
  if (score < bounds.syllableLead && score > -bounds.syllableLag) return { verdict: "unclear", score };
  const told = { score, ...placeOf(measured, word, word) };
  if (score > 0) return { verdict: "as_asked", syllable: stressed, ...told };
  return { verdict: "otherwise", syllable: heaviest(weights), ...told };
}

function judgeEmphasis(
  { word }: Extract<ProsodyTarget, { aspect: "emphasis" }>,
  measured: MeasuredReading,
): Judged | undefined {
  const weights = wordWeights(measured);
  const score = leadOf(weights, word);
  if (score === undefined) return undefined;
  if (score < bounds.wordLead && score > -bounds.wordLag) return { verdict: "unclear", score };
  const heard = score > 0 ? word : heaviest(weights);
  const verdict = score > 0 ? "as_asked" : "otherwise";
  return { verdict, score, word: heard, ...placeOf(measured, heard, heard) };
}

function judgeEnd(
  { shape }: Extract<ProsodyTarget, { aspect: "contour" }>,
  measured: MeasuredReading,
): Judged | undefined {
  const end = sentenceEnd(measured);
  if (!end) return undefined;
  const { semitones, startMs, endMs } = end;
  const heard = semitones >= bounds.change ? "rise" : semitones <= -bounds.change ? "fall" : "level";
  const score = shape === "rise" ? semitones : -semitones;
  const told = { score, shape: heard, semitones: Math.round(semitones * 10) / 10, startMs, endMs } as const;
  // A voice that stays level has neither risen nor fallen.
  return { verdict: heard === shape ? "as_asked" : heard === "level" ? "unclear" : "otherwise", ...told };
}

function judgePauses(
  { after }: Extract<ProsodyTarget, { aspect: "pauses" }>,
  measured: MeasuredReading,
): Judged | undefined {
  const gaps = gapsBetween(measured);
  if (after.some((word) => gaps[word] === undefined)) return undefined;
  const pauses = gaps.flatMap((ms = 0, at): PhrasePause[] => {
    const asked = after.includes(at);
    const made = ms >= (asked ? bounds.pauseMs : bounds.strayPauseMs);
    return asked || made ? [{ after: at, ms: made ? Math.round(ms) : 0, asked }] : [];
  });
  const wrong = pauses.filter(isWrongPause);
  const first = wrong[0]?.after ?? after[0] ?? 0;
  const verdict = wrong.length === 0 ? "as_asked" : "otherwise";
  const margins = gaps.map((ms = 0, at) =>
    after.includes(at) ? ms - bounds.pauseMs : bounds.strayPauseMs - ms,
  );
  return { verdict, score: Math.min(...margins), pauses, ...placeOf(measured, first, first + 1) };
}

/** By how much a weight exceeds all others, or falls behind the greatest of them; undefined where it is not known. */
function leadOf(weights: readonly (number | undefined)[], at: number): number | undefined {
  const own = weights[at];
  const others = weights.filter((weight, k) => weight !== undefined && k !== at) as number[];
  return own === undefined || others.length === 0 ? undefined : own - Math.max(...others);
}

function heaviest(weights: readonly (number | undefined)[]): number {
  const most = Math.max(...weights.filter((weight) => weight !== undefined));
  return weights.indexOf(most);
}

function placeOf({ words }: MeasuredReading, first: number, last: number): Pick<Judged, "startMs" | "endMs"> {
  const startMs = words[first]?.startMs;
  const endMs = words[last]?.endMs;
  return startMs === undefined || endMs === undefined ? {} : { startMs, endMs };
}

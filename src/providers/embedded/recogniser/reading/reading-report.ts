/** Turns a decoded reading into verdicts, scores and times, and decides whether the utterance was a reading at all. */

import type { SpokenToken } from "../../../../pipeline/text-normalization/spoken-words.ts";
import { type SpokenVerdict, tokenVerdicts } from "../../../../pipeline/text-normalization/token-verdicts.ts";
import type { Reading, ReadWord } from "../../../../ports/reading.ts";
import { type Features, loudFrames, speechMs } from "../acoustic/front-end.ts";
import type { SpeakerSample } from "../acoustic/model-adaptation.ts";
import type { Emissions } from "../decoding/emissions.ts";
import { phoneScores, roundScore, stepTimes } from "../decoding/phone-scores.ts";
import type { Step } from "../decoding/viterbi.ts";
import { findFilledPause } from "./filled-pause.ts";
import type { Label, WordSlot } from "./reading-network.ts";

/** A judged reading; `understood` is false where what was said has nothing to do with the text. */
export interface ReadingJudgement {
  readonly understood: boolean;
  /** The words that were heard, in order. */
  readonly text: string;
  readonly reading: Reading;
  /** Sample of the voice, from the words that were surely read. */
  readonly sample?: SpeakerSample;
}

/** A spoken word of the text, with what may be heard in its place. */
export interface TextWord extends WordSlot {
  /** Reported form: as in the text where its token is one word, else in small letters. */
  readonly written: string;
  /** Index of the token of the text that it is part of. */
  readonly token: number;
}

/** A token of the text as it is written, with the words of every way to read it; at least one. */
export interface TextToken extends SpokenToken {
  readonly wordsByReading: readonly (readonly TextWord[])[];
}

/** A stretch of the utterance and what it is. */
export interface SpokenSegment {
  readonly step: Step;
  readonly label: Label;
  /** The senones of each of the step's states; none for a run of any sounds. */
  readonly senones: readonly (readonly number[])[];
  /** Emissions in which the step's frames are counted, and the frame of the utterance that is its first. */
  readonly emissions: Emissions;
  readonly offset: number;
}

/** Something said between the words counts as inserted from so many frames (300 ms) on; less may be a breath, unless it is loud. */
const LONG_EXTRA = 30;
const LONG_LOUD_EXTRA = 20;
/** Share of an extra's frames that have to be as loud as speech. */
const LOUD_SHARE = 0.8;

/** Frames as loud as speech (80 ms) that may lie beside a filled pause; more are a word. */
const MOST_BESIDE_FILLED = 8;

/** Shares of the utterance's speech, or of the text, that have to be read well for the utterance to count as a reading. */
const UNDERSTOOD_SPEECH = 0.35;
const UNDERSTOOD_TEXT = 0.4;
/** Score from which a word counts as read well, and mean score that the words read must reach. */
const WELL = 0.7;
const UNDERSTOOD_SCORE = 0.65;

/** A word read right, and its place in the text. */
interface PlacedWord {
  readonly word: ReadWord;
  readonly place: number;
}

/** Puts what was settled into words. `spoken` has no pauses in it. */
export function reportReading(
  text: string,
  tokens: readonly TextToken[],
  places: readonly TextWord[],
  spoken: readonly SpokenSegment[],
  features: Features,
): ReadingJudgement {
  const words: SpokenVerdict[] = [];
  const correct: PlacedWord[] = [];
  let next = 0;
  const omitUpTo = (place: number) => {
    for (; next < place; next++) {
      const { written: expected, token } = places[next] as TextWord;
      words.push({ word: { verdict: "omitted", expected }, token });
    }
  };
  spoken.forEach((piece, i) => {
    const { label } = piece;
    const repeated = spoken
      .slice(i + 1, i + 6)
      .some(({ label: later }) => later.kind !== "extra" && later.place <= label.place);
    if (label.kind === "extra") {
      omitUpTo(label.place);
      if (isInserted(piece, features)) words.push({ word: extraOf(piece, features) });
      return;
    }
    if (!repeated) omitUpTo(label.place);
    const word = wordOf(piece, places, repeated);
    const { token } = places[label.place] as TextWord;
    words.push(word.verdict === "inserted" ? { word } : { word, token });
    if (word.verdict === "correct") correct.push({ word, place: label.place });
    if (!repeated) next = label.place + 1;
  });
  omitUpTo(places.length);
  const told = tokenVerdicts(words, tokens);
  const heard = told.flatMap((word) => word.heard ?? []);
  const right = told.filter(({ verdict }) => verdict === "correct").length;
  return {
    understood: isReading(places, correct, features),
    text: heard.join(" "),
    reading: { text, words: told, accuracy: tokens.length === 0 ? 0 : right / tokens.length },
  };
}

/** A sound between the words: an um, or a word that is not known. */
function extraOf({ step, emissions, offset }: SpokenSegment, features: Features): ReadWord {
  const filled = findFilledPause(emissions, step.start, step.end);
  const loud = (from: number, to: number) => loudFrames(features, offset + from, offset + to);
  const beside = filled && loud(step.start, filled.start) + loud(filled.end, step.end);
  const isFilled = beside !== undefined && beside <= MOST_BESIDE_FILLED;
  const named = isFilled ? ({ heard: filled?.written, exempt: "filled_pause" } as const) : {};
  return { verdict: "inserted", ...named, ...stepTimes(step, offset) };
}

function isInserted({ step, offset }: SpokenSegment, features: Features): boolean {
  const frames = step.end - step.start;
  if (frames >= LONG_EXTRA) return true;
  const loud = loudFrames(features, offset + step.start, offset + step.end);
  return frames >= LONG_LOUD_EXTRA && loud >= LOUD_SHARE * frames;
}

function wordOf(
  { label, step, emissions, offset }: SpokenSegment,
  places: readonly TextWord[],
  repeated: boolean,
): ReadWord {
  const { written } = places[label.place] as TextWord;
  if (label.kind === "unknown")
    return { verdict: "substituted", expected: written, score: 0, ...stepTimes(step, offset) };
  if (label.kind !== "expected" && label.kind !== "look_alike")
    return { verdict: "inserted", ...stepTimes(step, offset) };
  const phones = phoneScores(label.phones, step, emissions, offset);
  const score = phones.reduce((sum, phone) => sum + phone.score, 0) / phones.length;
  const heard = label.kind === "look_alike" ? label.word.word : written;
  if (repeated)
    return { verdict: "inserted", heard, score: roundScore(score), ...stepTimes(step, offset), phones };
  if (label.kind === "look_alike")
    return {
      verdict: "substituted",
      expected: written,
      heard,
      score: roundScore(score / 2),
      ...stepTimes(step, offset),
    };
  return {
    verdict: "correct",
    expected: written,
    heard,
    score: roundScore(score),
    ...stepTimes(step, offset),
    phones,
  };
}

/** Any audio can be laid over any text: it was a reading where what fits also fits well, and is not just a small part. */
function isReading(places: readonly TextWord[], correct: readonly PlacedWord[], features: Features): boolean {
  const phonesIn = (words: readonly PlacedWord[]) =>
    words.reduce((sum, { place }) => sum + places[place]!.pronunciations[0]!.length, 0);
  const scored = correct.reduce(
    (sum, { word, place }) => sum + (word.score as number) * places[place]!.pronunciations[0]!.length,
    0,
  );
  if (scored < UNDERSTOOD_SCORE * phonesIn(correct)) return false;
  const well = correct.filter(({ word }) => (word.score as number) >= WELL);
  if (!well.some(({ place }) => places[place]!.pronunciations[0]!.length >= 3)) return false;
  const all = places.reduce((sum, place) => sum + place.pronunciations[0]!.length, 0);
  const wellMs = well.reduce((sum, { word }) => sum + (word.endMs as number) - (word.startMs as number), 0);
  return phonesIn(well) >= UNDERSTOOD_TEXT * all || wellMs >= UNDERSTOOD_SPEECH * speechMs(features);
}

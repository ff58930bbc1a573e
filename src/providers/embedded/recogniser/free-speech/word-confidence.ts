/** Free speech: how far a recognised word can be trusted. */
import type { TranscribedWord } from "../../../../ports/transcriber.ts";
import type { RecognisedWord } from "./lattice.ts";

export type FreeSpeechWord = TranscribedWord & { readonly confidence: number };

/**
 * Confidence below which a word is doubtful. Set where of the words that people said over the telephone, as far as they are for
 * calibration, 95 % above it were right.
 */
const CERTAIN = 0.9;
/**
 * Logistic regression of a word being right, on log odds: the word's own share of all ways through the utterance, the mean of all
 * its words (where much is unclear, what seems clear is less so), and the lower of the words beside it. Fitted to the calibration
 * part of `npm run eval:speech` (docs/free-speech.md).
 */
const BIAS = 0.35;
const OWN = 0.39;
const MEAN = 0.35;
const BESIDE = 0.14;
/** Shares nearer to none or all than this say no more. */
const NEAREST = 1e-3;

function logOdds(share: number): number {
  const p = Math.min(Math.max(share, NEAREST), 1 - NEAREST);
  return Math.log(p / (1 - p));
}

/** For each word of an utterance the probability that it was said, 0..1. */
export function confidences(words: readonly Pick<RecognisedWord, "posterior">[]): number[] {
  const odds = words.map(({ posterior }) => logOdds(posterior));
  const mean = odds.reduce((sum, each) => sum + each, 0) / odds.length;
  return odds.map((own, at) => {
    const beside = odds.length === 1 ? 0 : Math.min(odds[at - 1] ?? Infinity, odds[at + 1] ?? Infinity);
    return 1 / (1 + Math.exp(-(BIAS + OWN * own + MEAN * mean + BESIDE * beside)));
  });
}

/** Rates the words of an utterance. `spelling`: as a word is written. */
export function rateWords(
  words: readonly RecognisedWord[],
  spelling: (word: number) => string,
  frameMs: number,
): FreeSpeechWord[] {
  const rates = confidences(words);
  return words.map(({ word, start, end }, at) => {
    const confidence = Math.round(1000 * rates[at]!) / 1000;
    const rated = { text: spelling(word), startMs: start * frameMs, endMs: end * frameMs, confidence };
    return confidence < CERTAIN ? { ...rated, doubtful: true } : rated;
  });
}

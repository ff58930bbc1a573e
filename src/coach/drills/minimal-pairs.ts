/** Minimal pairs: which of two words that differ in one sound was heard, and what a pair has come to. Pure. */

import { spokenTokens } from "../../pipeline/text-normalization/spoken-words.ts";
import type { PairResult, Reading } from "../../ports/reading.ts";
import { type DrillPosition, pairAt, wordIndexAt } from "./drill-position.ts";

/** Score of a pair since it was begun. */
export interface PairScore {
  readonly said: number;
  readonly right: number;
}

export const emptyPairScore: PairScore = { said: 0, right: 0 };

const comparable = (word: string) => word.normalize("NFC").toLowerCase();

/** Returns the word of the pair that a reading of the requested one holds; undefined: neither, or both. */
export function spokenWordOf(reading: Reading, words: readonly [string, string]): string | undefined {
  const heard = new Set(
    reading.words.flatMap((word) =>
      spokenTokens(word.heard ?? "", undefined).map(({ written }) => comparable(written)),
    ),
  );
  const found = words.filter((word) => heard.has(comparable(word)));
  return found.length === 1 ? found[0] : undefined;
}

/** Judges what was heard where the place's word was asked for. `score`: before it; `finished` is for the caller to say. */
export function judgePair(
  place: DrillPosition,
  heard: string,
  reading: Reading,
  score: PairScore,
): Omit<PairResult, "finished"> {
  const { words, ways } = pairAt(place);
  const side = wordIndexAt(place);
  const asked = words[side];
  return {
    words,
    asked,
    heard,
    clarity: reading.clarity,
    said: score.said + 1,
    right: score.right + (heard === asked ? 1 : 0),
    way: ways[side],
  };
}

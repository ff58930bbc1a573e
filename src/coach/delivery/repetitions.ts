/** Words and phrases that were started twice: "I I think", "and then and then". Pure. */
import type { Token } from "./tokens.ts";

/** Longest phrase looked for, words. */
const longestPhrase = 3;

/** Counts repeats of one to three words within a sentence; said three times is two repeats. Fillers are to be taken out before. */
export function countRepetitions(tokens: readonly Token[], doubled: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < tokens.length; ) {
    const length = repeatAt(tokens, at, doubled);
    if (length > 0) count++;
    at += Math.max(1, length);
  }
  return count;
}

/** Counts the words from `at` on that are repeated right behind; 0: none. */
function repeatAt(tokens: readonly Token[], at: number, doubled: readonly string[]): number {
  for (let length = longestPhrase; length > 0; length--) {
    const first = tokens.slice(at, at + length);
    const second = tokens.slice(at + length, at + 2 * length);
    if (second.length < length || !first.every(({ word }, k) => word === second[k]!.word)) continue;
    const sentences = [...first.slice(1), ...second].some(({ before }) => before === "end");
    // "Very, very" is meant; digits are read out one by one.
    const meant = first.every(({ word }) => doubled.includes(word) || /^\d+$/.test(word));
    if (!sentences && !meant) return length;
  }
  return 0;
}

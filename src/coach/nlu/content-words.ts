/** Words that carry the matter of a text, and the share of them that two texts have in common. Pure. */

import { plainWords } from "./patterns.ts";
import { patternsFor } from "./patterns-by-language.ts";

/** Endings that a short word may have lost or gained: call, calls, called. */
const endings = new Set(["s", "es", "d", "ed", "er", "ing", "n", "ning", "e", "ent", "ons", "ez", "ai", "é"]);
/** Words longer than this may differ in their ends; shorter ones only by an ending. */
const shortWord = 3;
/** Letters by which two forms of one word may differ at their ends. */
const longestEnding = 5;
/** Scripts whose words are not parted by spaces are cut by the language's own rules. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** The words that carry matter, in order; numbers as figures. */
export function contentWords(text: string, language: string): string[] {
  const { stopWords, numbers } = patternsFor(language);
  return split(plainWords(text).replaceAll("'", " "))
    .map((word) => String(numbers[word] ?? word))
    .filter((word) => !stopWords.has(word) && (word.length > 1 || /\d/.test(word) || unspaced.test(word)));
}

function split(words: string): string[] {
  if (!unspaced.test(words)) return words.split(" ").filter((word) => word !== "");
  const segments = new Intl.Segmenter("und", { granularity: "word" }).segment(words);
  return [...segments].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
}

/** Whether two words are forms of one: a common beginning, and ends that differ by little. */
export function sameWord(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let common = 0;
  while (common < short.length && short[common] === long[common]) common++;
  if (common < shortWord) return false;
  if (short.length <= shortWord) return common === short.length && endings.has(long.slice(common));
  return common >= Math.max(shortWord + 1, short.length - 2) && long.length - common <= longestEnding;
}

/** The share of `words` that also stand in `others`, 0–1; 0 when there are none. */
export function sharedWords(words: readonly string[], others: readonly string[]): number {
  if (words.length === 0) return 0;
  return words.filter((word) => others.some((other) => sameWord(word, other))).length / words.length;
}

/** Finding a language's fillers and hedges among the words of a transcript. Pure. */

import type { Token } from "./tokens.ts";
import type { LanguageWords, Phrase } from "./word-lists.ts";

export interface FoundPhrases {
  readonly fillers: number;
  readonly hedges: number;
  /** The words that are no filler, with the breaks that stood before them. */
  readonly rest: readonly Token[];
}

/** Counts without overlap, left to right, the longest phrase first; a phrase never reaches over a sentence's end. */
export function findPhrases(tokens: readonly Token[], words: LanguageWords): FoundPhrases {
  const rest: Token[] = [];
  let fillers = 0;
  let hedges = 0;
  let broken: Token["before"] = "none";
  for (let at = 0; at < tokens.length; ) {
    const filler = fillerAt(tokens, at, words);
    const hedge = filler > 0 ? 0 : longestAt(tokens, at, words.hedges, words);
    if (filler > 0) fillers++;
    if (hedge > 0) hedges++;
    const length = Math.max(1, filler, hedge);
    for (const token of tokens.slice(at, at + length)) {
      const before = stronger(broken, token.before);
      if (filler === 0) rest.push({ ...token, before });
      // A sentence that ends at a filler still ends there.
      broken = filler === 0 ? "none" : before;
    }
    at += length;
  }
  return { fillers, hedges, rest };
}

/** Counts the words of the filler at `at`; 0: none. */
function fillerAt(tokens: readonly Token[], at: number, words: LanguageWords): number {
  if (words.filledPauses.test(tokens[at]!.word)) return 1;
  return longestAt(tokens, at, words.fillers, words);
}

function longestAt(
  tokens: readonly Token[],
  at: number,
  phrases: readonly Phrase[],
  words: LanguageWords,
): number {
  let longest = 0;
  for (const each of phrases) {
    const { phrase, ...where } = typeof each === "string" ? { phrase: each } : each;
    const parts = phrase.split(" ");
    if (parts.length <= longest || !standsAt(tokens, at, parts)) continue;
    if (countsHere(tokens, at, at + parts.length, where, words)) longest = parts.length;
  }
  return longest;
}

function standsAt(tokens: readonly Token[], at: number, parts: readonly string[]): boolean {
  return parts.every(
    (part, k) => tokens[at + k]?.word === part && (k === 0 || tokens[at + k]!.before === "none"),
  );
}

function countsHere(
  tokens: readonly Token[],
  from: number,
  to: number,
  where: Omit<Exclude<Phrase, string>, "phrase">,
  { filledPauses }: LanguageWords,
): boolean {
  const left = tokens[from]!.before;
  const right = tokens[to]?.before ?? "end";
  const previous = left === "end" ? undefined : tokens[from - 1]?.word;
  const next = right === "end" ? undefined : tokens[to]?.word;
  if (previous !== undefined && where.notAfter?.includes(previous)) return false;
  if (next !== undefined && where.notBefore?.includes(next)) return false;
  if (!where.setOff) return true;
  const open = (side: Token["before"], word: string | undefined) =>
    side !== "none" || (word !== undefined && filledPauses.test(word));
  // A sentence of nothing else is an answer.
  return open(left, previous) && open(right, next) && !(left === "end" && right === "end");
}

function stronger(one: Token["before"], other: Token["before"]): Token["before"] {
  if (one === "end" || other === "end") return "end";
  return one === "comma" ? one : other;
}

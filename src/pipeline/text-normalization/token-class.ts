/** Text normalization: what a kind of token is, and the parts that patterns of them are made of. */
import { numberPattern } from "./amounts.ts";
import type { SpokenLanguage } from "./numbers.ts";
import { type Reading, sequence } from "./readings.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Surroundings of a token. */
export interface Context {
  readonly language: SpokenLanguage;
  /** The text before and after it, 40 characters at most. */
  readonly before: string;
  readonly after: string;
}

export interface TokenClass {
  /** Sticky; matches the whole token. */
  readonly pattern: RegExp;
  /** Ways to say the token, the usual one first; undefined: not a token of this class. */
  read(match: readonly string[], context: Context): readonly Reading[] | undefined;
  /** A voice knows best how to say it as it is written. */
  readonly verbatim?: true;
}

/** A class whose tokens match `source`. */
export const tokenClass = (source: string, read: TokenClass["read"], flags = "uy"): TokenClass => ({
  pattern: new RegExp(source, flags),
  read,
});

/** No letter or digit follows, nor a number's next group. */
export const END = String.raw`(?![\p{L}\p{N}]|[.,:/]\d)`;
/** A space within a token. */
export const SPACE = String.raw`[ \u00a0\u202f]`;

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
/** Pattern source of any of the names, the longest first, so that none hides a longer one. */
export const oneOf = (names: readonly string[]): string =>
  [...names]
    .sort((a, b) => b.length - a.length)
    .map(escaped)
    .join("|");

/** A sign before a number is one only at the start of a word. */
export const afterSpace = (before: string): boolean => before === "" || /[\s(]$/.test(before);

/** Pattern sources that depend on the language. */
export function patternsOf(language: SpokenLanguage) {
  const { scales } = vocabularyOf(language);
  const names = Object.keys(scales);
  const letter = oneOf(names.filter((name) => name.length <= 2));
  const word = oneOf(names.filter((name) => name.length > 2));
  return {
    number: numberPattern[language],
    /** A power of ten: a letter right behind the number (first group), or a word (second group). */
    scale: `(?:(${letter})|${SPACE}(${word}))`,
  };
}

/** `-5`: the sign before the ways to say the number. */
export function withSign(
  sign: string | undefined,
  ways: readonly Reading[],
  language: SpokenLanguage,
): readonly Reading[] {
  if (sign === undefined) return ways;
  return sequence(sign === "+" ? ["plus"] : vocabularyOf(language).minus, ways);
}

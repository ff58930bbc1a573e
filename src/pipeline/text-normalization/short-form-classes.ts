/** Text normalization: the tokens that are signs, abbreviations, or words run together. */
import { mixedReadings as lettersAndDigits, lettersReadings } from "./addresses.ts";
import type { SpokenLanguage } from "./numbers.ts";
import { anyOf, type Reading, sequence } from "./readings.ts";
import { romanReadings } from "./roman.ts";
import { afterSpace, type Context, END, oneOf, type TokenClass, tokenClass } from "./token-class.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Abbreviations that are no words of their own, even in small letters without a full stop. */
const ALWAYS_SHORT = new Set(["mr", "mrs", "vs", "etc", "dept", "govt", "mme", "mmes", "mlle", "svp", "tél"]);

export function signClasses(language: SpokenLanguage): TokenClass[] {
  const { signs, and } = vocabularyOf(language);
  return [
    tokenClass(String.raw`#(\p{L}[\p{L}\p{N}_]*)`, ([, tag = ""]) =>
      sequence(["hashtag", "hash", ""], lettersAndDigits(tag, language)),
    ),
    tokenClass(String.raw`@([\p{L}_][\p{L}\p{N}_]*)`, ([, name = ""]) =>
      sequence(language === "fr" ? ["arobase", "at", ""] : ["at", ""], lettersAndDigits(name, language)),
    ),
    tokenClass(String.raw`(${oneOf(Object.keys(signs))})(?![\p{L}\p{N}])`, ([, name = ""], { before }) =>
      afterSpace(before) || /[\p{N}]$/u.test(before) ? signs[name] : undefined,
    ),
    tokenClass(String.raw`([\p{L}]+)&([\p{L}]+)${END}`, ([, a = "", b = ""]) =>
      sequence(lettersReadings(a), [and], lettersReadings(b)),
    ),
  ];
}

export function shortFormClasses(language: SpokenLanguage): TokenClass[] {
  const { abbreviations, dotted, months } = vocabularyOf(language);
  return [
    tokenClass(
      String.raw`(${oneOf(Object.keys(abbreviations))})(?![\p{L}\p{N}’'-])\.?(?!\p{L})`,
      ([all = "", short = ""], context) =>
        /^\p{Ll}+$/u.test(all) && !ALWAYS_SHORT.has(short)
          ? undefined
          : withSaint(short.toLowerCase(), abbreviations[short.toLowerCase()] ?? [], context),
      "iuy",
    ),
    tokenClass(
      String.raw`(${oneOf(Object.keys(dotted))})\.(?!\p{L})`,
      ([, short = ""], { after, before }) =>
        dottedReadings(short, dotted[short.toLowerCase()] ?? [], before, after, months),
      "iuy",
    ),
    tokenClass(`[IVXLC]{2,}${END}`, ([all = ""]) => romanReadings(all, language)),
    {
      ...tokenClass(String.raw`\p{Lu}{2,5}(?![\p{L}\p{N}’'-])`, ([all = ""]) => lettersReadings(all)),
      verbatim: true,
    },
    tokenClass(String.raw`(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}]))?`, ([all = ""]) => {
      const letters = all.replaceAll(".", "");
      return [[...letters.toUpperCase()].join(" "), letters.toLowerCase()];
    }),
    tokenClass(String.raw`(\p{L}+)\/(\p{L}+)${END}`, ([, a = "", b = ""]) =>
      sequence([a.toLowerCase()], language === "fr" ? ["", "ou", "slash"] : ["", "or", "slash"], [
        b.toLowerCase(),
      ]),
    ),
    tokenClass(String.raw`\p{L}+-?\d[\p{L}\d]*${END}|\d+\p{L}[\p{L}\d]*${END}`, ([all = ""]) =>
      lettersAndDigits(all, language),
    ),
  ];
}

/** "St." before a name is a saint, behind one a street; "Dr." the same for doctor and drive. */
function withSaint(
  short: string,
  ways: readonly Reading[],
  { before, after, language }: Context,
): readonly Reading[] {
  if (language !== "en" || (short !== "st" && short !== "dr")) return ways;
  const behindName = /\p{Lu}\p{L}*\s+$/u.test(before) && !/^\s+\p{Lu}/u.test(after);
  return behindName ? [...ways].reverse() : ways;
}

/** "No. 5" is a number, and "no." at the end of a sentence is not. */
function dottedReadings(
  short: string,
  ways: readonly Reading[],
  before: string,
  after: string,
  months: readonly string[],
): readonly Reading[] | undefined {
  const word = short.toLowerCase();
  const plainWord = [
    "no",
    "mar",
    "sat",
    "sun",
    "mon",
    "fig",
    "est",
    "p",
    "ch",
    "m",
    "ex",
    "art",
    "av",
    "co",
    "hon",
    "rep",
    "wed",
    "may",
  ];
  const month = ways.some((way) => months.includes(way));
  const follows = /^\s*(\S)/u.exec(after)?.[1] ?? "";
  if (month && (/^\d/.test(follows) || /\d\s+$/.test(before))) return ways;
  if (word === "m") return short === "M" && /^\p{Lu}/u.test(follows) ? ways : undefined;
  if (/^\d/.test(follows)) return ways;
  return plainWord.includes(word) ? undefined : anyOf(ways, [word]);
}

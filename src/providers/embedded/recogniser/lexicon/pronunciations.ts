/** Lists all pronunciations of a word that count as right. */
import type { SpokenLanguage } from "../../../../pipeline/text-normalization/spoken-words.ts";
import { composedPronunciations } from "./composed-words.ts";
import { lettersToSound } from "./letter-to-sound.ts";
import type { Lexicon, Pronunciation } from "./lexicon.ts";

const VOWELS = new Set("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split(" "));
/** Ways of saying one word that are tried; more cost time and blur what is wrong. */
const MOST = 8;

/**
 * Returns the pronunciations of one word in small letters; never empty. A word without any sound (an unknown script)
 * is said as the shortest of vowels.
 */
export function pronunciationsOf(
  word: string,
  lexicon: Lexicon,
  language: SpokenLanguage,
): readonly Pronunciation[] {
  const said = knownPronunciations(word, lexicon, language)
    .slice(0, MOST)
    .filter((way) => way.length > 0);
  if (said.length === 0) return [[language === "en" ? "AH" : "ee"]];
  return language === "en" ? withVariants(said) : unique(said);
}

function knownPronunciations(
  part: string,
  lexicon: Lexicon,
  language: SpokenLanguage,
): readonly Pronunciation[] {
  const known = lexicon.pronunciations(part);
  if (known.length > 0) return known;
  if (language === "fr") return frenchParts(part, lexicon);
  const bare = part.replaceAll("'", "");
  const owner = /'s?$/.test(part) ? part.replace(/'s?$/, "") : undefined;
  const base = owner === undefined ? [] : lexicon.pronunciations(owner);
  if (base.length > 0) return base.map((way) => [...way, ...possessive(way.at(-1) as string)]);
  const plain = lexicon.pronunciations(bare);
  if (plain.length > 0) return plain;
  const composed = composedPronunciations(bare, lexicon.pronunciations);
  return composed.length > 0 ? composed : [lettersToSound(bare, "en")];
}

/** `l'eau`: the elided word and the next are said as one. */
function frenchParts(part: string, lexicon: Lexicon): readonly Pronunciation[] {
  const cut = part.indexOf("'");
  if (cut > 0 && cut < part.length - 1) {
    const heads = lexicon.pronunciations(part.slice(0, cut + 1));
    const head = heads.length > 0 ? heads : [lettersToSound(part.slice(0, cut), "fr")];
    return head.flatMap((start) =>
      knownPronunciations(part.slice(cut + 1), lexicon, "fr").map((rest) => [...start, ...rest]),
    );
  }
  const plain = lexicon.pronunciations(part.replaceAll("'", ""));
  return plain.length > 0 ? plain : [lettersToSound(part, "fr")];
}

function possessive(last: string): Pronunciation {
  if (["S", "Z", "SH", "ZH", "CH", "JH"].includes(last)) return ["IH", "Z"];
  return ["P", "T", "K", "F", "TH"].includes(last) ? ["S"] : ["Z"];
}

/** Adds the variants of accents and quick speech to the dictionary's forms. */
function withVariants(ways: readonly Pronunciation[]): readonly Pronunciation[] {
  const found = new Map(ways.slice(0, MOST).map((way) => [way.join(" "), way]));
  const add = (change: (phone: string, i: number, way: Pronunciation) => string) => {
    for (const way of [...found.values()]) {
      const changed = way.map((phone, i) => change(phone, i, way));
      if (found.size < MOST) found.set(changed.join(" "), changed);
    }
  };
  // The vowels of "cot" and "caught" are one for many speakers, except before R.
  add((phone, i, way) => (phone === "AO" && way[i + 1] !== "R" ? "AA" : phone));
  add((phone, i, way) => (phone === "AA" && way[i + 1] !== "R" ? "AO" : phone));
  // A T between vowels is tapped.
  add((phone, i, way) =>
    phone === "T" && VOWELS.has(way[i - 1] ?? "") && VOWELS.has(way[i + 1] ?? "") ? "D" : phone,
  );
  // Weak vowels of longer words.
  add((phone, _, way) => (phone === "AH" && way.length > 2 ? "IH" : phone));
  add((phone, i, way) => (phone === "IH" && i > 0 && way.length > 3 ? "AH" : phone));
  return [...found.values()];
}

function unique(ways: readonly Pronunciation[]): readonly Pronunciation[] {
  return [...new Map(ways.map((way) => [way.join(" "), way])).values()].slice(0, MOST);
}

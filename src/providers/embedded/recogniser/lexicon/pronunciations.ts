/** Lists all pronunciations of a word that count as right. */
import type { SpokenLanguage } from "../../../../pipeline/text-normalization/spoken-words.ts";
import { composedPronunciations } from "./composed-words.ts";
import { lettersToSound } from "./letter-to-sound.ts";
import { isVowel, type Lexicon, type Pronunciation } from "./lexicon.ts";

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
  return language === "en" ? englishVariants(said) : frenchVariants(said);
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

/** Collects ways to say a word, each once, at most `MOST`. */
class Variants {
  readonly #ways: Map<string, Pronunciation>;

  constructor(ways: readonly Pronunciation[]) {
    this.#ways = new Map(ways.slice(0, MOST).map((way) => [way.join(" "), way]));
  }

  /** Adds every way so far with its phones changed; an empty phone is left out. */
  add(change: (phone: string, i: number, way: Pronunciation) => string): void {
    for (const way of this.all) {
      const changed = way.map(change).filter((phone) => phone !== "");
      if (this.#ways.size < MOST && changed.length > 0) this.#ways.set(changed.join(" "), changed);
    }
  }

  get all(): readonly Pronunciation[] {
    return [...this.#ways.values()];
  }
}

/** Adds the variants of accents and quick speech to the dictionary's forms. */
function englishVariants(said: readonly Pronunciation[]): readonly Pronunciation[] {
  const ways = new Variants(said);
  // The vowels of "cot" and "caught" are one for many speakers, except before R.
  ways.add((phone, i, way) => (phone === "AO" && way[i + 1] !== "R" ? "AA" : phone));
  ways.add((phone, i, way) => (phone === "AA" && way[i + 1] !== "R" ? "AO" : phone));
  // A T between vowels is tapped.
  ways.add((phone, i, way) =>
    phone === "T" && VOWELS.has(way[i - 1] ?? "") && VOWELS.has(way[i + 1] ?? "") ? "D" : phone,
  );
  // Weak vowels of longer words.
  ways.add((phone, _, way) => (phone === "AH" && way.length > 2 ? "IH" : phone));
  ways.add((phone, i, way) => (phone === "IH" && i > 0 && way.length > 3 ? "AH" : phone));
  return ways.all;
}

/** Adds silent schwas and the open and close vowels that regions do not tell apart, as the dictionary has one of each. */
function frenchVariants(said: readonly Pronunciation[]): readonly Pronunciation[] {
  const ways = new Variants(said);
  // "maintenant" without its e: behind one consonant it is seldom said.
  ways.add((phone, i, way) =>
    phone === "ee" && i > 0 && i < way.length - 1 && !isConsonant(way[i - 2]) ? "" : phone,
  );
  ways.add((phone, i, way) => (phone === "ai" && i < way.length - 1 ? "ei" : phone));
  ways.add((phone) => (phone === "oo" ? "au" : phone));
  ways.add((phone) => (phone === "ee" ? "eu" : phone === "oe" ? "eu" : phone));
  return ways.all;
}

const isConsonant = (phone: string | undefined): boolean => phone !== undefined && !isVowel(phone);

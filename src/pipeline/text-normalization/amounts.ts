/** Text normalization: ways to say numbers as they are written, alone and with what they count: money, units, shares, ranges. */
import {
  cardinalReadings,
  decimalReadings,
  digitReadings,
  integerReadings,
  ordinalReadings,
  type SpokenLanguage,
} from "./numbers.ts";
import { anyOf, type Reading, sequence } from "./readings.ts";
import { type Noun, vocabularyOf } from "./vocabulary.ts";

/** Pattern source of a number by language: thousands grouped or not, digits behind the point, `½`. */
export const numberPattern: Readonly<Record<SpokenLanguage, string>> = {
  en: String.raw`(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)[½¼¾]?|[½¼¾]`,
  fr: String.raw`(?:\d{1,3}(?:[ \u00a0\u202f.]\d{3})+(?!\d)(?:,\d+)?|\d+(?:[.,]\d+)?)[½¼¾]?|[½¼¾]`,
};

const vulgar: Readonly<Record<string, readonly [number, number]>> = { "½": [1, 2], "¼": [1, 4], "¾": [3, 4] };

/** Ways to say a number that `numberPattern` matches; a sign before it is not part of it. */
export function numberReadings(written: string, language: SpokenLanguage): Reading[] {
  const share = vulgar[written.at(-1) ?? ""];
  if (share) return mixedReadings(written.slice(0, -1), ...share, language);
  const plain = withoutGroups(written, language);
  const grouped = plain.length !== written.length;
  const [whole = "", fraction] = plain.split(".");
  if (fraction !== undefined) return decimalReadings(whole, fraction, language);
  // A number with its thousands apart is a count, never digits.
  return grouped ? cardinalReadings(whole, language) : integerReadings(whole, language);
}

/** Digits with a point before the fraction, as no language but English writes them. */
function withoutGroups(written: string, language: SpokenLanguage): string {
  const bare = written.replace(/[ \u00a0\u202f]/g, "");
  if (language === "en") return bare.replaceAll(",", "");
  const joined = /^\d{1,3}(?:\.\d{3})+(?:,|$)/.test(bare) ? bare.replaceAll(".", "") : bare;
  return joined.replace(",", ".");
}

/** `3/4`, `2 1/2`, `2½`; `whole` may be empty. */
export function mixedReadings(
  whole: string,
  over: number,
  under: number,
  language: SpokenLanguage,
): Reading[] {
  const share = fractionReadings(over, under, language);
  if (whole === "") return share;
  const { and } = vocabularyOf(language);
  const decimals = String(over / under).split(".")[1];
  const exact =
    decimals !== undefined && decimals.length <= 2 ? decimalReadings(whole, decimals, language) : [];
  const usual = share.toSorted((a, b) => Number(b.startsWith("a ")) - Number(a.startsWith("a ")));
  return anyOf(sequence(numberReadings(whole, language).slice(0, 2), [and], usual), exact);
}

/** Names of the parts that are no ordinals; several of them in the second place. */
const parts: Readonly<Record<SpokenLanguage, Readonly<Record<number, Noun>>>> = {
  en: {
    2: { one: ["half"], many: ["halves"] },
    4: { one: ["quarter", "fourth"], many: ["quarters", "fourths"] },
  },
  fr: {
    2: { one: ["demi", "demie"], many: ["demis"] },
    3: { one: ["tiers"], many: ["tiers"] },
    4: { one: ["quart"], many: ["quarts"] },
  },
};

function fractionReadings(over: number, under: number, language: SpokenLanguage): Reading[] {
  const top = cardinalReadings(String(over), language);
  const ordinal = ordinalReadings(String(under), language);
  const named = parts[language][under] ?? { one: ordinal, many: ordinal.map((way) => `${way}s`) };
  const count = over === 1 && language === "en" ? ["one", "a", ...(under === 2 ? [""] : [])] : top;
  return sequence(count, over === 1 ? named.one : named.many);
}

/** Ways to say a plain `12/15`: a fraction, one over the other, or just both. */
export function ratioReadings(over: string, under: string, language: SpokenLanguage): Reading[] {
  const [a, b] = [over, under].map((digits) => integerReadings(digits, language).slice(0, 2)) as [
    Reading[],
    Reading[],
  ];
  const between = language === "en" ? ["over", "out of", "slash", "of", ""] : ["sur", "barre", "slash", ""];
  const plain = between.flatMap((word) => sequence(a.slice(0, 1), [word], b));
  const small = Number(under) > 1 && Number(under) <= 100 && Number(over) < Number(under);
  return anyOf(small ? fractionReadings(Number(over), Number(under), language) : [], plain);
}

/** `25 %`, `5 km`, `20°`: the number, then what it counts. */
export function countReadings(number: string, counted: Noun, language: SpokenLanguage): Reading[] {
  const single = isSingular(number, language);
  const nouns = single ? anyOf(counted.one, counted.many) : anyOf(counted.many, counted.one.slice(0, 1));
  // What is counted is no row of digits.
  const numbers = /^\d{1,6}$/.test(number)
    ? cardinalReadings(number, language)
    : numberReadings(number, language);
  const article = single && /^1$/.test(number) && language === "en" ? ["a"] : [];
  // Every way to say the number with the usual noun comes before the rarer nouns.
  return anyOf(
    sequence(anyOf(withFeminine(numbers, language), article), nouns.slice(0, 2)),
    sequence(numbers.slice(0, 2), nouns),
  );
}

function isSingular(number: string, language: SpokenLanguage): boolean {
  return language === "en" ? number === "1" : Number.parseFloat(number.replace(",", ".")) < 2;
}

/** Une heure, vingt et une tonnes. */
export function withFeminine(ways: readonly Reading[], language: SpokenLanguage): Reading[] {
  if (language === "en") return [...ways];
  return anyOf(
    ways,
    ways.filter((way) => /\bun$/.test(way)).map((way) => `${way}e`),
  );
}

/** `$25.50`, `25,50 €`, `$5 million`. `scale` as written, undefined where there is none. */
export function moneyReadings(
  number: string,
  sign: string,
  scale: string | undefined,
  language: SpokenLanguage,
): Reading[] {
  const { currencies, scales, and } = vocabularyOf(language);
  const { unit, hundredth } = currencies[sign] as NonNullable<(typeof currencies)[string]>;
  if (scale !== undefined) {
    const of =
      language === "fr" ? sequence(["de", "d'"], unit.many).map((way) => way.replace("' ", "'")) : [];
    return sequence(numberReadings(number, language).slice(0, 4), scales[scale] ?? [], anyOf(unit.many, of));
  }
  const [whole = "", cents] = withoutGroups(number, language).split(".");
  if (cents?.length !== 2 || hundredth === undefined) return countReadings(number, unit, language);
  const centNoun = cents === "01" ? hundredth.one : hundredth.many;
  const centCount = cardinalReadings(String(Number(cents)), language).slice(0, 1);
  const centWays = sequence(centCount, centNoun);
  if (whole === "" || Number(whole) === 0)
    return anyOf(cents === "00" ? [] : centWays, sequence(decimalReadings("0", cents, language), unit.many));
  const units = sequence(
    cardinalReadings(whole, language).slice(0, 2),
    Number(whole) === 1 ? unit.one : unit.many,
  );
  const even = language === "fr" ? [] : sequence(units, ["even"]);
  if (cents === "00") return anyOf(units, even, sequence(decimalReadings(whole, cents, language), unit.many));
  const bare = cents.startsWith("0") ? digitReadings(cents, language).slice(-1) : centCount;
  return anyOf(
    sequence(units.slice(0, 2), [and, ""], centWays.slice(0, 2)),
    sequence(units.slice(0, 2), anyOf(bare, centCount)),
    sequence(cardinalReadings(whole, language).slice(0, 2), bare),
    sequence(decimalReadings(whole, cents.replace(/0$/, ""), language).slice(0, 2), unit.many),
    sequence(decimalReadings(whole, cents, language).slice(0, 4), unit.many),
  );
}

/** `10–20`, `3-2`: with or without a word between. */
export function rangeReadings(from: string, to: string, language: SpokenLanguage): Reading[] {
  const ends = [from, to].map((number) => numberReadings(number, language).slice(0, 4)) as [
    Reading[],
    Reading[],
  ];
  const { to: between } = vocabularyOf(language);
  return anyOf(
    sequence(ends[0].slice(0, 1), between, ends[1].slice(0, 1)),
    sequence(ends[0], between.slice(0, 1), ends[1]),
  );
}

/** Text normalization: ways to say numbers written in digits. Number words are n2words'. */
import { toCardinal as englishCardinal, toOrdinal as englishOrdinal } from "n2words/en-US";
import { toCardinal as belgianCardinal } from "n2words/fr-BE";
import { toCardinal as frenchCardinal, toOrdinal as frenchOrdinal } from "n2words/fr-FR";
import { anyOf, type Reading, sequence } from "./readings.ts";

/** Languages whose numbers, signs and abbreviations are known. */
export type SpokenLanguage = "en" | "fr";

/** Longer runs of digits are said digit by digit alone. */
const LONGEST_NUMBER = 15;
/** From so many digits without a separator on, a number is more likely said digit by digit. */
const LONG_NUMBER = 7;

/** Ways to say an unsigned integer in digits alone; the first is the usual one. */
export function integerReadings(digits: string, language: SpokenLanguage): Reading[] {
  const oneByOne = digitReadings(digits, language);
  if (digits.length > 1 && digits.startsWith("0"))
    return anyOf(oneByOne, zeroPaddedReadings(digits, language));
  if (digits.length > LONGEST_NUMBER) return oneByOne;
  const cardinal = cardinalReadings(digits, language);
  if (digits.length >= LONG_NUMBER) return anyOf(oneByOne, cardinal);
  return anyOf(cardinal, digits.length > 1 ? oneByOne : []);
}

/** Digit by digit: `07` is zero seven, oh seven. */
export function digitReadings(digits: string, language: SpokenLanguage): Reading[] {
  const word = (zero: string) =>
    [...digits].map((digit) => (digit === "0" ? zero : numberWord(digit, language)));
  if (language === "fr") return [word("zéro").join(" ")];
  return anyOf([word("zero").join(" "), word("oh").join(" ")]);
}

/** Reads a count: one hundred five, one hundred and five, a hundred and five; four digits also in pairs. */
export function cardinalReadings(digits: string, language: SpokenLanguage): Reading[] {
  if (language === "fr")
    return anyOf(
      [spaced(frenchCardinal(digits)), spaced(belgianCardinal(digits))].map(withoutPluralMark),
      frenchHundreds(digits),
    );
  const plain = spaced(englishCardinal(digits));
  const joined = spaced(englishCardinal(digits, { and: true }));
  const counted = anyOf([plain, joined]);
  const few = counted.filter((way) => /^one (hundred|thousand|million|billion)\b/.test(way));
  return anyOf(
    englishYear(digits),
    counted,
    few.map((way) => way.replace(/^one/, "a")),
    englishPairs(digits),
  );
}

/** Reads a place in an order: twenty first. */
export function ordinalReadings(digits: string, language: SpokenLanguage): Reading[] {
  const number = digits.replace(/^0+(?=\d)/, "");
  if (number === "0" || number.length > LONGEST_NUMBER) return integerReadings(digits, language);
  if (language === "en") {
    const way = spaced(englishOrdinal(number));
    const cardinal = spaced(englishCardinal(number, { and: true })).split(" ");
    // The library has no "and" in ordinals.
    const joined = cardinal.includes("and")
      ? [...cardinal.slice(0, -1), spaced(englishOrdinal(number)).split(" ").at(-1)].join(" ")
      : way;
    return anyOf([way, joined]);
  }
  const way = withoutPluralMark(spaced(frenchOrdinal(number)));
  if (number === "1") return ["premier", "première", "unième"];
  return number === "2" ? ["deuxième", "second", "seconde"] : [way];
}

/** Fractions of a half and quarters by the digits behind the point. */
const shares: Readonly<Record<SpokenLanguage, Readonly<Record<string, readonly Reading[]>>>> = {
  en: {
    "5": ["a half", "one half"],
    "50": ["a half", "one half"],
    "25": ["a quarter", "one quarter"],
    "75": ["three quarters"],
  },
  fr: {
    "5": ["demi", "demie"],
    "50": ["demi", "demie"],
    "25": ["quart", "un quart"],
    "75": ["trois quarts"],
  },
};

/** Ways to say a number with digits behind the point; `whole` may be empty (`.5`). */
export function decimalReadings(whole: string, fraction: string, language: SpokenLanguage): Reading[] {
  const zero = whole === "" || whole === "0";
  const french = language === "fr";
  const wholes = zero
    ? french
      ? ["zéro"]
      : ["zero", "oh", ""]
    : cardinalOrDigits(whole, language).slice(0, french ? 2 : 4);
  const points = french ? ["virgule", "point"] : ["point", "dot"];
  const behind = fractionDigits(fraction, language);
  const share = shares[language][fraction] ?? [];
  const and = french ? "et" : "and";
  const shared = zero
    ? share.flatMap((way) => [way, way.replace(/^(?:a|one) half$/, "half")])
    : sequence(wholes, [and], share);
  return anyOf(
    sequence(wholes.slice(0, 1), points.slice(0, 1), behind),
    shared,
    sequence(wholes, points.slice(0, 1), behind.slice(0, 2)),
    sequence(wholes.slice(0, 1), points.slice(1), behind.slice(0, 2)),
  );
}

function fractionDigits(fraction: string, language: SpokenLanguage): Reading[] {
  const oneByOne = digitReadings(fraction, language);
  const counts = fraction.length > 1 && fraction.length <= 3 && !fraction.startsWith("0");
  const counted = counts ? [first(cardinalReadings(fraction, language))] : [];
  const padded = /^0+[1-9]\d?$/.test(fraction) ? zeroPaddedReadings(fraction, language) : [];
  return language === "fr" ? anyOf(counted, padded, oneByOne) : anyOf(oneByOne, counted);
}

/** `05` in French is zéro cinq, `012` zéro douze. */
function zeroPaddedReadings(digits: string, language: SpokenLanguage): Reading[] {
  const zeros = /^0*/.exec(digits)?.[0] ?? "";
  const rest = digits.slice(zeros.length);
  if (rest === "" || rest.length > 4) return [];
  const double = language === "en" && zeros === "00" ? ["double oh"] : [];
  return sequence(
    anyOf(digitReadings(zeros, language), double),
    cardinalReadings(rest, language).slice(0, 2),
  );
}

function cardinalOrDigits(digits: string, language: SpokenLanguage): Reading[] {
  return digits.length > LONGEST_NUMBER || /^0\d/.test(digits)
    ? digitReadings(digits, language)
    : cardinalReadings(digits, language);
}

/** Whether four digits are most likely a year. */
const isYear = (digits: string) => /^(?:1[1-9]|20)\d\d$/.test(digits);

/** Years before 2000 are usually said in pairs, later ones as a count. */
function englishYear(digits: string): Reading[] {
  return isYear(digits) && digits < "2000" && !digits.endsWith("00") ? englishPairs(digits) : [];
}

/** Nineteen eighty four, nineteen oh five, nineteen hundred and five; five fifty five. */
function englishPairs(digits: string): Reading[] {
  if (!/^[1-9]\d{2,3}$/.test(digits)) return [];
  const [head, tail] = [digits.slice(0, -2), digits.slice(-2)];
  const start = spaced(englishCardinal(head));
  if (tail === "00") return digits.length === 4 && !head.endsWith("0") ? [`${start} hundred`] : [];
  const end = spaced(englishCardinal(String(Number(tail))));
  const pairs = tail.startsWith("0") ? [`${start} oh ${end}`, `${start} zero ${end}`] : [`${start} ${end}`];
  return digits.length === 4 && !head.endsWith("0")
    ? [...pairs, `${start} hundred ${end}`, `${start} hundred and ${end}`]
    : pairs;
}

/** Dix-neuf cent quatre-vingt-quatre. */
function frenchHundreds(digits: string): Reading[] {
  if (!/^1[1-9]\d\d$/.test(digits)) return [];
  const rest = Number(digits.slice(2));
  const tail = rest === 0 ? [] : [withoutPluralMark(spaced(frenchCardinal(rest)))];
  return [[spaced(frenchCardinal(digits.slice(0, 2))), "cent", ...tail].join(" ")];
}

const numberWord = (digits: string, language: SpokenLanguage): string =>
  spaced(language === "fr" ? frenchCardinal(digits) : englishCardinal(digits));

const spaced = (words: string): string => words.replaceAll("-", " ");

/** Quatre-vingts and deux cents sound as without their s, and are written without it before another number. */
const withoutPluralMark = (words: string): string =>
  words.replace(/\b(vingt|cent|million|milliard)s\b/g, "$1");

export const first = (ways: readonly Reading[]): Reading => ways[0] ?? "";

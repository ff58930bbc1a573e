/** Text normalization: the tokens that are figures: money, what is counted, shares, ranges, ordinals, plain numbers. */
import {
  countReadings,
  mixedReadings,
  moneyReadings,
  numberReadings,
  rangeReadings,
  ratioReadings,
  withFeminine,
} from "./amounts.ts";
import { dayReadings } from "./dates-times.ts";
import { cardinalReadings, integerReadings, ordinalReadings, type SpokenLanguage } from "./numbers.ts";
import { anyOf, type Reading, sequence } from "./readings.ts";
import { romanValue } from "./roman.ts";
import {
  afterSpace,
  END,
  oneOf,
  patternsOf,
  SPACE,
  type TokenClass,
  tokenClass,
  withSign,
} from "./token-class.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Units that are words of their own behind a space: "3 in a row". */
const WORDS = new Set(["in", "A"]);

/** In the order they are to be looked for. */
export function figureClasses(language: SpokenLanguage): TokenClass[] {
  return [
    ...moneyClasses(language),
    decadeClass(language),
    ...countClasses(language),
    ...rangeClasses(language),
    ...numberClasses(language),
  ];
}

function moneyClasses(language: SpokenLanguage): TokenClass[] {
  const { number, scale } = patternsOf(language);
  const currency = oneOf(Object.keys(vocabularyOf(language).currencies));
  return [
    tokenClass(
      `([-−])?(${currency})${SPACE}?(${number})${scale}?${END}`,
      ([, minusSign, unit = "", amount = "", letter, word]) =>
        withSign(minusSign, moneyReadings(amount, unit, letter ?? word, language), language),
    ),
    tokenClass(
      `(${number})${scale}?${SPACE}?(${currency})${END}`,
      ([, amount = "", letter, word, unit = ""]) => moneyReadings(amount, unit, letter ?? word, language),
    ),
  ];
}

/** `1990s`, `the 90s`; `30s` is as likely thirty seconds. */
function decadeClass(language: SpokenLanguage): TokenClass {
  return tokenClass(
    String.raw`(?:[’']?(\d0)|(\d{3}0))[’']?s${END}`,
    ([all = "", short, long], { before }) => {
      if (language === "fr") return undefined;
      const decade = plural(cardinalReadings(short ?? long ?? "", language));
      const seconds =
        short === undefined || /^[’']/.test(all) ? [] : [`${cardinalReadings(short, language)[0]} seconds`];
      return /\b(?:the|his|her|their|my|early|mid|late)[\s-]+$/i.test(before)
        ? anyOf(decade, seconds)
        : anyOf(seconds, decade);
    },
  );
}

function countClasses(language: SpokenLanguage): TokenClass[] {
  const { number } = patternsOf(language);
  const { units, percent, degree } = vocabularyOf(language);
  return [
    tokenClass(`([-−+])?(${number})${SPACE}?[%％]`, ([, signed, amount = ""], { before }) =>
      signed === undefined || afterSpace(before)
        ? withSign(signed, countReadings(amount, { one: percent, many: percent }, language), language)
        : undefined,
    ),
    tokenClass(
      `([-−])?(${number})(${SPACE})?(${oneOf(Object.keys(units))})${END}`,
      ([, signed, amount = "", space, name = ""]) => {
        const counted = units[name] as NonNullable<(typeof units)[string]>;
        const ways = countReadings(amount, counted, language);
        const asWord = space !== undefined && WORDS.has(name);
        return withSign(
          signed,
          asWord
            ? anyOf(sequence(numberReadings(amount, language).slice(0, 3), [name.toLowerCase()]), ways)
            : ways,
          language,
        );
      },
    ),
    tokenClass(`([-−])?(${number})${SPACE}?[°º]${END}`, ([, signed, amount = ""]) =>
      withSign(signed, countReadings(amount, degree, language), language),
    ),
  ];
}

function rangeClasses(language: SpokenLanguage): TokenClass[] {
  const { number } = patternsOf(language);
  const { percent, minus } = vocabularyOf(language);
  return [
    tokenClass(
      String.raw`(\d+)${SPACE}(\d{1,3})[/⁄](\d{1,3})${END}`,
      ([, whole = "", over = "", under = ""]) =>
        Number(under) > 0 ? mixedReadings(whole, Number(over), Number(under), language) : undefined,
    ),
    tokenClass(String.raw`(\d{1,4})[/⁄](\d{1,4})${END}`, ([, over = "", under = ""]) =>
      ratioReadings(over, under, language),
    ),
    tokenClass(`(${number})${SPACE}?[–−-]${SPACE}?(${number})${SPACE}?%`, ([, from = "", to = ""]) =>
      sequence(rangeReadings(from, to, language), percent.slice(0, 1)),
    ),
    tokenClass(`(${number})${SPACE}([–−-])${SPACE}(${number})${END}`, ([, from = "", , to = ""]) =>
      anyOf(
        sequence(
          numberReadings(from, language).slice(0, 2),
          minus.slice(0, 1),
          numberReadings(to, language).slice(0, 2),
        ),
        rangeReadings(from, to, language),
      ),
    ),
    tokenClass(`(${number})[–−-](${number})${END}`, ([, from = "", to = ""]) =>
      rangeReadings(from, to, language),
    ),
  ];
}

function numberClasses(language: SpokenLanguage): TokenClass[] {
  const { number, scale } = patternsOf(language);
  const { scales, months, number: numberSign } = vocabularyOf(language);
  return [
    tokenClass(String.raw`\d+(?:\.\d+){2,}${END}`, ([all = ""]) => {
      const groups = all.split(".").map((digits) => integerReadings(digits, language).slice(0, 2));
      const points = language === "en" ? ["point", "dot"] : ["point"];
      return anyOf(
        ...points.map((point) =>
          sequence(...groups.flatMap((group, i) => (i === 0 ? [group] : [[point], group]))),
        ),
      );
    }),
    ...ordinals(language),
    tokenClass(String.raw`(?:[nN][o°º]s?\.?|№|#)${SPACE}?(\d+)${END}`, ([all = "", digits = ""]) =>
      /^no\s/i.test(all) && language === "en"
        ? sequence(["no", "number"], integerReadings(digits, language))
        : sequence(
            all.startsWith("#") ? numberSign : numberSign.slice(0, 1),
            integerReadings(digits, language).slice(0, 4),
          ),
    ),
    tokenClass(
      `([-−+])?(${number})${scale}?${END}`,
      ([all = "", signed, amount = "", letter, word], { before, after }) => {
        if (signed !== undefined && !afterSpace(before)) return undefined;
        const scaled = letter ?? word;
        if (scaled !== undefined)
          return withSign(
            signed,
            sequence(numberReadings(amount, language).slice(0, 4), scales[scaled] ?? []),
            language,
          );
        if (/^\d{1,2}$/.test(all) && besideMonth(months, before, after)) return dayReadings(all, language);
        return withSign(signed, withFeminine(numberReadings(amount, language), language), language);
      },
    ),
  ];
}

/** `1st`, `2e`, `1er`. */
function ordinals(language: SpokenLanguage): TokenClass[] {
  const pattern =
    language === "en"
      ? /(\d+(?:,\d{3})*)(?:st|nd|rd|th)(?![\p{L}\p{N}])/uy
      : /(\d+)(er|re|ère|e|è|ème|ième|nde?)s?(?![\p{L}\p{N}])/uy;
  return [
    {
      pattern,
      read([, digits = "", ending = ""]) {
        const ways = ordinalReadings(digits.replaceAll(",", ""), language);
        if (language === "fr" && digits === "1")
          return /^(re|ère)$/.test(ending) ? ["première"] : ["premier"];
        if (language === "fr" && ending.startsWith("n")) return ending === "nd" ? ["second"] : ["seconde"];
        return ways;
      },
    },
    ...(language === "fr"
      ? [
          {
            pattern: /([IVXLC]+)(er|re|e|ème)(?![\p{L}\p{N}])/uy,
            read: ([, numeral = "", ending = ""]: readonly string[]) => {
              const value = romanValue(numeral);
              if (value === undefined) return undefined;
              return value === 1
                ? [ending === "re" ? "première" : "premier"]
                : ordinalReadings(String(value), "fr");
            },
          },
        ]
      : []),
  ];
}

function besideMonth(months: readonly string[], before: string, after: string): boolean {
  const isMonth = (word: string | undefined) =>
    word !== undefined && word.length >= 3 && months.some((month) => month.startsWith(word.toLowerCase()));
  return isMonth(/(\p{L}+)\.?\s+$/u.exec(before)?.[1]) || isMonth(/^\s+(?:of\s+)?(\p{L}+)/u.exec(after)?.[1]);
}

/** Nineties; sixes. */
function plural(ways: readonly Reading[]): Reading[] {
  return ways.map((way) =>
    /y$/.test(way) ? way.replace(/y$/, "ies") : /(x|s)$/.test(way) ? `${way}es` : `${way}s`,
  );
}

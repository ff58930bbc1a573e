/** Text normalization: which kinds of token there are, in the order they are looked for, and how each is said. */
import { addressReadings, pageReadings, phoneReadings } from "./addresses.ts";
import { dateReadings, timeReadings } from "./dates-times.ts";
import { figureClasses } from "./figure-classes.ts";
import type { SpokenLanguage } from "./numbers.ts";
import { anyOf } from "./readings.ts";
import { shortFormClasses, signClasses } from "./short-form-classes.ts";
import { END, SPACE, type TokenClass, tokenClass } from "./token-class.ts";

const known: Partial<Record<SpokenLanguage, readonly TokenClass[]>> = {};

/** All of a language's, the first that matches counts. */
export function tokenClasses(language: SpokenLanguage): readonly TokenClass[] {
  known[language] ??= [
    ...addressClasses(language),
    ...dateClasses(language),
    ...figureClasses(language),
    ...signClasses(language),
    ...shortFormClasses(language),
  ];
  return known[language];
}

function addressClasses(language: SpokenLanguage): TokenClass[] {
  return [
    tokenClass(String.raw`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`, ([all = ""]) =>
      addressReadings(all, language),
    ),
    tokenClass(
      String.raw`(?:https?:\/\/[^\s<>]*[\p{L}\p{N}/]|(?:[\p{L}\p{N}-]+\.)+(?:com|org|net|edu|gov|io|fr|uk|de|eu|ch|be|ca|dev|app|info)(?:\/[^\s<>]*[\p{L}\p{N}/])?)${END}`,
      ([all = ""]) => pageReadings(all, language),
    ),
    // Telephone numbers.
    tokenClass(
      String.raw`(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?|\(\d{2,4}\)[ .-]?)\d{1,4}(?:[ .-]\d{2,4})*${END}|\d{3}-\d{4}${END}|\d{3}([-.])\d{3}\1\d{4}${END}|0\d(?:[ .]\d{2}){4}${END}`,
      ([all = ""]) => (all.replace(/\D/g, "").length >= 7 ? phoneReadings(all, language) : undefined),
    ),
  ];
}

function dateClasses(language: SpokenLanguage): TokenClass[] {
  return [
    tokenClass(String.raw`(\d{4})-(\d{2})-(\d{2})${END}`, ([, year = "", month = "", day = ""]) =>
      dateReadings(year, month, day, language),
    ),
    tokenClass(String.raw`(\d{1,2})([/.])(\d{1,2})\2(\d{4}|\d{2})${END}`, ([, a = "", , b = "", year = ""]) =>
      anyOf(
        (language === "en" && dateReadings(year, a, b, language)) || [],
        dateReadings(year, b, a, language) ?? [],
      ),
    ),
    tokenClass(
      String.raw`(\d{1,2}):(\d{2})(?:${SPACE}?([ap])\.?m\b\.?)?${END}`,
      ([, hour = "", minute = "", half]) =>
        Number(hour) < 25 && Number(minute) < 60 ? timeReadings(hour, minute, half, language) : undefined,
    ),
    tokenClass(
      language === "en"
        ? String.raw`(\d{1,2})()${SPACE}?([apAP])\.?[mM]\b\.?${END}`
        : String.raw`(\d{1,2})${SPACE}?h${SPACE}?(\d{2})?${END}`,
      ([, hour = "", minute = "", half]) => timeReadings(hour, minute, half, language),
    ),
  ];
}

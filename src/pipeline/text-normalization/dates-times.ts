/** Text normalization: ways to say dates and times of day. */
import {
  cardinalReadings,
  digitReadings,
  integerReadings,
  ordinalReadings,
  type SpokenLanguage,
} from "./numbers.ts";
import { anyOf, type Reading, sequence } from "./readings.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** `2024-05-03`, `5/3/2024`; undefined where there is no such day. `year` may be of two digits. */
export function dateReadings(
  year: string,
  month: string,
  day: string,
  language: SpokenLanguage,
): Reading[] | undefined {
  const name = vocabularyOf(language).months[Number(month) - 1];
  if (name === undefined || Number(day) < 1 || Number(day) > 31) return undefined;
  const years = integerReadings(year, language).slice(0, 3);
  const ordinal = ordinalReadings(String(Number(day)), language);
  const cardinal = cardinalReadings(String(Number(day)), language);
  if (language === "fr")
    return sequence(["", "le"], Number(day) === 1 ? ["premier", "un"] : cardinal.slice(0, 1), [name], years);
  return anyOf(
    sequence([name], ordinal, years),
    sequence([name], ["the"], ordinal, years),
    sequence(["the", ""], ordinal, ["of"], [name], years),
    sequence(ordinal, [name], years),
    sequence([name], cardinal, years),
    sequence(cardinal, [name], years),
  );
}

/** The day beside a month's name: `May 5`, `le 1 mai`. */
export function dayReadings(digits: string, language: SpokenLanguage): Reading[] {
  const number = integerReadings(digits, language);
  if (Number(digits) < 1 || Number(digits) > 31) return number;
  const ordinal = ordinalReadings(digits, language);
  if (language === "fr") return digits === "1" ? anyOf(["premier"], number) : number;
  return anyOf(
    ordinal,
    ordinal.map((way) => `the ${way}`),
    number,
    ordinal.map((way) => `the ${way} of`),
  );
}

/** `5:30`, `5:30 pm`, `17h05`. `half`: `a` or `p`; `minute` may be empty. */
export function timeReadings(
  hour: string,
  minute: string,
  half: string | undefined,
  language: SpokenLanguage,
): Reading[] {
  return language === "fr" ? frenchTime(hour, minute) : englishTime(hour, minute, half);
}

function englishTime(hour: string, minute: string, half: string | undefined): Reading[] {
  const hours = cardinalReadings(String(Number(hour)), "en").slice(0, 1);
  const suffix = half === undefined ? [""] : [`${half.toUpperCase()} M`];
  const m = Number(minute);
  const minutes = cardinalReadings(String(m), "en").slice(0, 1);
  if (minute === "" || m === 0)
    return anyOf(
      sequence(half === undefined ? sequence(hours, ["o'clock", ""]) : hours, suffix),
      sequence(hours, ["o'clock"], suffix),
      sequence(hours, ["hundred"], ["hours", ""]),
    );
  const later = cardinalReadings(String((Number(hour) % 12) + 1), "en").slice(0, 1);
  const padded = m < 10 ? sequence(["oh", "zero", "o"], minutes) : minutes;
  const spoken =
    m === 15
      ? ["quarter past", "a quarter past", "quarter after"]
      : m === 30
        ? ["half past"]
        : m < 30
          ? [`${minutes[0]} past`, `${minutes[0]} minutes past`]
          : [];
  const before =
    m === 45
      ? ["quarter to", "a quarter to"]
      : m > 30
        ? [`${cardinalReadings(String(60 - m), "en")[0]} to`]
        : [];
  return anyOf(
    sequence(hours, padded, suffix),
    sequence(spoken, hours, suffix),
    sequence(before, later, suffix),
  );
}

function frenchTime(hour: string, minute: string): Reading[] {
  const count = (digits: string) => {
    const [way = ""] = cardinalReadings(String(Number(digits)), "fr");
    return way.replace(/\bun$/, "une");
  };
  const hours = [`${count(hour)} ${Number(hour) < 2 ? "heure" : "heures"}`];
  const special = Number(hour) === 12 ? ["midi"] : Number(hour) === 0 ? ["minuit"] : [];
  if (minute === "" || Number(minute) === 0) return anyOf(hours, minute === "" ? [] : special);
  const minutes = cardinalReadings(String(Number(minute)), "fr").slice(0, 1);
  const padded = minute.startsWith("0") ? digitReadings(minute, "fr") : [];
  const words = { "15": ["et quart"], "30": ["et demie", "et demi"], "45": ["moins le quart"] }[minute] ?? [];
  const next = count(String((Number(hour) + 1) % 24));
  const nextHour = [`${next} ${next === "une" || next === "zéro" ? "heure" : "heures"}`];
  return anyOf(
    sequence(hours, anyOf(minutes, padded)),
    sequence(minute === "45" ? nextHour : anyOf(hours, special), words),
  );
}

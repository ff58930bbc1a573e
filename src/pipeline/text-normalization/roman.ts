/** Text normalization: Roman numerals. */
import { lettersReadings } from "./addresses.ts";
import { cardinalReadings, ordinalReadings, type SpokenLanguage } from "./numbers.ts";
import { anyOf, type Reading } from "./readings.ts";

/** The value of a numeral in the usual form, up to 89; undefined: something else. */
export function romanValue(numeral: string): number | undefined {
  if (!/^L?X{0,3}(?:I[XV]|V?I{0,3})$|^XL(?:I[XV]|V?I{0,3})$/.test(numeral) || numeral === "")
    return undefined;
  const worth: Record<string, number> = { I: 1, V: 5, X: 10, L: 50 };
  return [...numeral].reduce((sum, letter, at) => {
    const [value = 0, next = 0] = [worth[letter], worth[numeral[at + 1] ?? ""]];
    return value < next ? sum - value : sum + value;
  }, 0);
}

/** "World War II", "Louis XIV": a number, an order, or letters. */
export function romanReadings(numeral: string, language: SpokenLanguage): readonly Reading[] | undefined {
  const value = romanValue(numeral);
  if (value === undefined) return undefined;
  const digits = String(value);
  const ordinal = ordinalReadings(digits, language);
  return anyOf(
    cardinalReadings(digits, language).slice(0, 1),
    language === "en" ? ordinal.map((way) => `the ${way}`) : [],
    ordinal,
    lettersReadings(numeral),
  );
}

/** Looks up the patterns of a language. Patterns run on `plainWords`. */
import { primaryLanguage } from "../../lib/language.ts";
import { english } from "./english-patterns.ts";
import { french } from "./french-patterns.ts";
import type { LanguagePatterns } from "./patterns.ts";

const languages: readonly LanguagePatterns[] = [english, french];

/** The patterns for a BCP 47 language; English where there are none. */
export function patternsFor(language: string): LanguagePatterns {
  const primary = primaryLanguage(language);
  return languages.find((tongue) => tongue.language === primary) ?? english;
}

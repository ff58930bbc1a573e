/** What the flow listens for in the user's words, as data: one object a language. Patterns run on `plainWords`. */
import { english } from "./english-patterns.ts";
import { french } from "./french-patterns.ts";
import type { Tongue } from "./patterns.ts";

const tongues: readonly Tongue[] = [english, french];

/** The patterns for a BCP 47 language; English where there are none. */
export function tongueOf(language: string): Tongue {
  const primary = language.split("-")[0]?.toLowerCase();
  return tongues.find((tongue) => tongue.language === primary) ?? english;
}

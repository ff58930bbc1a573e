/** What the coach says when the day's quota is used up, in the language of the conversation. */

const farewells: Readonly<Record<string, string>> = {
  en: "That was all our time for today, so we stop here. What we said is kept. See you tomorrow.",
  fr: "C'était tout notre temps pour aujourd'hui, nous nous arrêtons donc ici. Ce que nous avons dit est gardé. À demain.",
};

/** A short farewell; English where there is none in `language` (BCP 47). */
export function farewellIn(language: string): string {
  return farewells[language.slice(0, 2).toLowerCase()] ?? (farewells.en as string);
}

/** The language of a session: English or French, in the region of whoever sits there, or a persona's own. */
import { interfaceLanguage } from "../messages/index.ts";
import { primaryLanguage } from "../messages/language.ts";
import { comesAlong, type PersonaView } from "./personas.ts";

const known = { en: "en-US", fr: "fr-FR" } as const;

/** The browser's own tag where it names a region: help lines, voices and spellings go by it. */
function regional(language: keyof typeof known): string {
  const own = navigator.languages.find(
    (tag) => primaryLanguage(tag) === language && /^[a-z]+-[A-Z]{2}$/.test(tag),
  );
  return own ?? known[language];
}

/** A language's name in the page's language. */
export function nameOf(tag: string): string {
  return new Intl.DisplayNames([interfaceLanguage], { type: "language" }).of(primaryLanguage(tag)) ?? tag;
}

/** The languages a persona can be talked to in, BCP 47. */
export function offeredLanguages(persona: PersonaView | undefined): string[] {
  const tags: string[] = [regional("en"), regional("fr")];
  const own = persona && !comesAlong(persona) ? persona.language : undefined;
  if (own !== undefined && !tags.some((tag) => primaryLanguage(tag) === primaryLanguage(own))) tags.push(own);
  return tags;
}

/** The one of them that fits: the user's choice, a persona's own, the browser's. */
export function fittingLanguage(persona: PersonaView | undefined, chosen: string | undefined): string {
  const tags = offeredLanguages(persona);
  const own = persona && !comesAlong(persona) ? persona.language : undefined;
  const wanted = chosen ?? own ?? navigator.language;
  return tags.find((tag) => primaryLanguage(tag) === primaryLanguage(wanted)) ?? tags[0] ?? known.en;
}

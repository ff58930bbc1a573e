/** The language of the administrators' page: the visitor's choice, else the browser's; one entry for each language's file. */
import { en } from "./messages/en.ts";
import { fr } from "./messages/fr.ts";
import type { AdminMessages } from "./messages/messages.ts";

export type { Section } from "./messages/messages.ts";

const languages: Readonly<Record<string, AdminMessages>> = { en, fr };

function chosen(): string {
  const wanted = [localStorage.getItem("kuku.interface") ?? "", ...navigator.languages];
  const known = wanted.map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  return known.find((tag) => Object.hasOwn(languages, tag)) ?? "en";
}

/** BCP 47, the first part. */
export const language = chosen();
/** BCP 47 tag for figures and dates: the browser's own, where it is of the page's language. */
export const locale =
  navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
export const t: AdminMessages = languages[language] ?? en;

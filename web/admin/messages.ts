/** Texts of the administrators' page; one entry for each language's file. */
import { chosenAmong } from "../messages/language.ts";
import { en } from "./messages/en.ts";
import { fr } from "./messages/fr.ts";
import type { AdminMessages } from "./messages/messages.ts";

export type { Section } from "./messages/messages.ts";

const languages: Readonly<Record<string, AdminMessages>> = { en, fr };

/** BCP 47, the first part. */
export const language = chosenAmong(languages);
/** BCP 47 tag for figures and dates: the browser's own, where it is of the page's language. */
export const locale =
  navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
export const t: AdminMessages = languages[language] ?? en;

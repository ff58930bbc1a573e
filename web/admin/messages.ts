/** Texts of the administrators' page, in the page's language. */
import texts from "kuku:languages/admin";
import { interfaceLanguage, t as shared } from "../messages/index.ts";
import { chosenTexts, primaryLanguage } from "../messages/language.ts";

export type { Section } from "../messages/admin-messages.ts";

/** BCP 47 tag for figures and dates: the browser's own, where it is of the page's language. */
export const locale =
  navigator.languages.find((tag) => primaryLanguage(tag) === interfaceLanguage) ?? shared.locale;
export const t = chosenTexts(texts);

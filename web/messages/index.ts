/** Texts of the pages, in the page's language. */
import languages from "kuku:languages/messages";
import { chosenAmong, chosenTexts } from "./language.ts";

export { languages };

/** BCP 47, the first part. */
export const interfaceLanguage = chosenAmong(languages);
/** The texts. */
export const t = chosenTexts(languages);
document.documentElement.lang = interfaceLanguage;

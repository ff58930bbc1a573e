/** Texts of the pages; one line here for each language's file. */
import { en } from "./en.ts";
import { fr } from "./fr.ts";
import { chosenAmong } from "./language.ts";
import type { Messages } from "./messages.ts";

export const languages: Readonly<Record<string, Messages>> = { en, fr };

/** BCP 47, the first part. */
export const interfaceLanguage = chosenAmong(languages);
/** The texts. */
export const t: Messages = languages[interfaceLanguage] ?? en;
document.documentElement.lang = interfaceLanguage;

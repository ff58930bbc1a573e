/** The language of the pages: the visitor's choice, else the browser's; one line here for each language's file. */
import { en } from "./en.ts";
import { fr } from "./fr.ts";
import type { Messages } from "./messages.ts";

export const languages: Readonly<Record<string, Messages>> = { en, fr };
const choiceKey = "kuku.interface";

function chosen(): string {
  const wanted = [localStorage.getItem(choiceKey) ?? "", ...navigator.languages];
  const known = wanted.map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  return known.find((tag) => Object.hasOwn(languages, tag)) ?? "en";
}

/** BCP 47, the first part. */
export const interfaceLanguage = chosen();
/** The texts. */
export const t: Messages = languages[interfaceLanguage] ?? en;
document.documentElement.lang = interfaceLanguage;

/** Keeps the visitor's choice, and shows the page in it. */
export function chooseInterface(tag: string): void {
  localStorage.setItem(choiceKey, tag);
  location.reload();
}

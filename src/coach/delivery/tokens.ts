/** A transcript's words with what stands between them. Pure. */

import { primaryLanguage } from "../../lib/language.ts";

/** The punctuation before a word: none, a comma or the like, or a sentence's end. The first word has `end`. */
type Break = "none" | "comma" | "end";

export interface Token {
  /** Lower case, with plain apostrophes. */
  readonly word: string;
  readonly before: Break;
}

/** Written without spaces: the words are those of the platform's dictionary. */
const withoutSpaces = new Set(["zh", "ja", "th", "km", "lo", "my"]);

/** A text's words in order. A compound with a hyphen or an apostrophe is one word. */
export function tokensOf(text: string, language: string): Token[] {
  const plain = text.normalize("NFC").toLowerCase().replaceAll("’", "'");
  if (withoutSpaces.has(primaryLanguage(language)))
    return [...new Intl.Segmenter(language, { granularity: "word" }).segment(plain)]
      .filter(({ isWordLike }) => isWordLike)
      .map(({ segment }) => ({ word: segment, before: "none" }));
  let end = 0;
  return [...plain.matchAll(/[\p{L}\p{M}\p{N}]+(?:['-][\p{L}\p{M}\p{N}]+)*/gu)].map((match) => {
    const before = match.index === 0 || end === 0 ? "end" : breakOf(plain.slice(end, match.index));
    end = match.index + match[0].length;
    return { word: match[0], before };
  });
}

/** An ellipsis is a hesitation, no end. */
function breakOf(between: string): Break {
  const marks = between.replaceAll(/\.{2,}|…/g, ",");
  if (/[.!?;:]/.test(marks)) return "end";
  return /[,\-–—()"«»]/.test(marks) ? "comma" : "none";
}

/**
 * Splits texts and queries into the words of the search, in place of the database: PGlite knows ASCII letters only, and
 * PostgreSQL cannot split languages that are written without spaces.
 */

/** Length of a text that is indexed, characters: the database's index of one item is limited to a megabyte. */
const longestText = 100_000;
/** Length to which a word is cut, characters; the database's own limit is 2046 bytes. */
const longestWord = 200;
/** Limits of a query, characters and words. */
const longestQuery = 500;
const mostTerms = 32;

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/** A folded word and its position in the text. */
interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Finds the words of a text in order, in any language; folded, so that "École" and "ecole" are the same. */
function findWords(text: string): Word[] {
  const words: Word[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text.slice(0, longestText)))
    if (isWordLike)
      for (const word of fold(segment)) words.push({ word, start: index, end: index + segment.length });
  return words;
}

/** Removes case, accents (Latin, Greek, Cyrillic) and compatibility forms, and splits at anything but letters and digits ("don't": don, t). */
function fold(word: string): string[] {
  const plain = word
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  return (plain.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).map((part) => part.slice(0, longestWord));
}

/** Returns the words of a text, separated by spaces, as they are indexed. */
export function searchableWords(text: string): string {
  return findWords(text)
    .map(({ word }) => word)
    .join(" ");
}

/** A parsed query. */
export interface SearchTerms {
  /** Text for `websearch_to_tsquery`; empty: nothing to search for. */
  readonly query: string;
  /** The words to find, folded. */
  readonly wanted: ReadonlySet<string>;
}

/** Parses a query: words that must all match, "quoted" phrases, `-excluded` words, `or` between alternatives. */
export function readQuery(text: string): SearchTerms {
  const wanted = new Set<string>();
  const terms: string[] = [];
  for (const [term, minus, quoted, bare] of text
    .slice(0, longestQuery)
    .matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    if (terms.length >= mostTerms) break;
    if (term.toLowerCase() === "or") {
      if (terms.length > 0 && terms.at(-1) !== "or") terms.push("or");
      continue;
    }
    const words = findWords(quoted ?? bare ?? "").map(({ word }) => word);
    if (words.length === 0) continue;
    if (!minus) for (const word of words) wanted.add(word);
    // Quoted even alone, so that a word such as "or" is no operator.
    terms.push(`${minus}"${words.join(" ")}"`);
  }
  while (terms.at(-1) === "or") terms.pop();
  return { query: terms.join(" "), wanted };
}

/** Length of an excerpt, characters. */
const excerptLength = 160;

/** Returns the text around the first wanted word, cut between words; "…" marks omissions. */
export function excerpt(text: string, wanted: ReadonlySet<string>): string {
  if (text.length <= excerptLength) return text;
  const words = findWords(text);
  const found = words.findIndex(({ word }) => wanted.has(word));
  const centre = words[Math.max(0, found)]?.start ?? 0;
  const from = Math.max(0, Math.min(centre - excerptLength / 3, text.length - excerptLength));
  const first = words.find(({ start }) => start >= from)?.start ?? 0;
  const begin = from === 0 ? 0 : first;
  const last = words.findLast(({ end }) => end <= begin + excerptLength);
  const end = begin + excerptLength >= text.length ? text.length : Math.max(last?.end ?? 0, begin + 1);
  return `${begin > 0 ? "…" : ""}${text.slice(begin, end)}${end < text.length ? "…" : ""}`;
}

/**
 * The words that search goes by, found here and not by the database: PGlite knows no letters but ASCII's, and no
 * PostgreSQL finds the words of a language that puts no spaces between them.
 */

/** Text beyond this is not found, characters: the database's index of one item is limited to a megabyte. */
const longestText = 100_000;
/** The database's own limit for one word is 2046 bytes. */
const longestWord = 200;
/** More than this nobody means, characters and words. */
const longestQuery = 500;
const mostTerms = 32;

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/** A word of a text, folded, and where it stands there. */
interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a text in order, in any language; folded, so that "École" and "ecole" are the same. */
function findWords(text: string): Word[] {
  const words: Word[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text.slice(0, longestText)))
    if (isWordLike)
      for (const word of fold(segment)) words.push({ word, start: index, end: index + segment.length });
  return words;
}

/** Without case, accents (of Latin, Greek, Cyrillic) and compatibility forms; what is neither letter nor figure splits it ("don't": don, t). */
function fold(word: string): string[] {
  const plain = word
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  return (plain.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).map((part) => part.slice(0, longestWord));
}

/** What is stored of a text for search: its words with spaces between. */
export function searchableWords(text: string): string {
  return findWords(text)
    .map(({ word }) => word)
    .join(" ");
}

/** A query as it was understood. */
export interface SearchTerms {
  /** For `websearch_to_tsquery`; empty: there is nothing to search for. */
  readonly query: string;
  /** The words to be found, folded. */
  readonly wanted: ReadonlySet<string>;
}

/** Reads a query: words that must all be there, "quoted" ones in a row, `-not` these, `or` between alternatives. */
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
    // In quotes even alone: a word such as "or" is then no operator.
    terms.push(`${minus}"${words.join(" ")}"`);
  }
  while (terms.at(-1) === "or") terms.pop();
  return { query: terms.join(" "), wanted };
}

/** Around what was found, characters. */
const excerptLength = 160;

/** The words of `text` around the first that is wanted, cut between words; "…" where something was left out. */
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

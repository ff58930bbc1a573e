/** Whether a voice that was given a text said that text, by the transcript of what it said. Pure. */
import {
  type SpokenToken,
  spokenLanguage,
  spokenTokens,
} from "../../../pipeline/text-normalization/spoken-words.ts";

/** How what was said departs from the text. Counts of words alone: the words themselves stay out of logs. */
export interface Departure {
  /** Words of the text, in its usual reading, and words that were said. */
  readonly expectedCount: number;
  readonly saidCount: number;
  /** The first words of the text that were said as they are. */
  readonly keptCount: number;
}

/**
 * Returns how `said` departs from `text`; undefined where it is one of the ways to read it, whatever its punctuation,
 * case and way of writing figures. `partial`: more words follow, so that a beginning of the text is no departure.
 */
export function departure(
  text: string,
  said: string,
  language: string,
  { partial = false } = {},
): Departure | undefined {
  const rules = spokenLanguage(language);
  const expected = spokenTokens(text, rules);
  const words = wordsOf(spokenTokens(said, rules));
  const follow = followed(expected, words);
  if (partial ? follow.exhausted : follow.complete) return undefined;
  return { expectedCount: wordsOf(expected).length, saidCount: words.length, keptCount: follow.kept };
}

/** All but the last word, which may go on. */
export const wholeWords = (said: string) => /^.*(?=\s)/s.exec(said.trimStart())?.[0] ?? "";

/** Of each token its usual reading. */
const wordsOf = (tokens: readonly SpokenToken[]): readonly string[] =>
  tokens.flatMap(({ readings }) => readings[0] ?? []);

/**
 * Follows `words` through every way to read the tokens. `complete`: they are one of these ways. `exhausted`: they are
 * the beginning of one. `kept`: the most words that were.
 */
function followed(tokens: readonly SpokenToken[], words: readonly string[]) {
  let places = new Set([0]);
  let kept = 0;
  let exhausted = words.length === 0;
  for (const { written, readings } of tokens) {
    const next = new Set<number>();
    for (const from of places) {
      for (const way of [...readings, [written.toLowerCase()]]) {
        const same = commonLength(way, words, from);
        kept = Math.max(kept, from + same);
        if (from + same === words.length) exhausted = true;
        if (same === way.length) next.add(from + same);
      }
    }
    places = next;
    if (places.size === 0) break;
  }
  return { complete: places.has(words.length), exhausted, kept };
}

function commonLength(way: readonly string[], words: readonly string[], from: number): number {
  let at = 0;
  while (at < way.length && words[from + at] === way[at]) at++;
  return at;
}

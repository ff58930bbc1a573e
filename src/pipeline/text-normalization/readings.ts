/** Text normalization: lists of ways to say one thing, and how they are put together. */

/** One way to say something: words in lower case with spaces between them. */
export type Reading = string;

/** Ways to say one token that are kept; more would cost the ears time and blur what is wrong. */
export const MOST_READINGS = 24;

/** Every way to say the parts one after another, in the order of the parts' own ways, at most `MOST_READINGS`. */
export function sequence(...parts: readonly (readonly Reading[])[]): Reading[] {
  let found: Reading[] = [""];
  for (const part of parts) {
    const longer = found.flatMap((head) => part.map((tail) => `${head} ${tail}`.trim()));
    found = longer.slice(0, MOST_READINGS);
  }
  return found;
}

/** The ways of several lists, each once, in order. */
export function anyOf(...lists: readonly (readonly Reading[])[]): Reading[] {
  return [...new Set(lists.flat())];
}

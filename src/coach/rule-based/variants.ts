/** One word or more for each, in the order they are tried; a turn takes one by its round. */
export type Variants = readonly [string, ...string[]];

/** Variation without chance: the same turn always gets the same words, the next turn others. */
export function pick<T>(variants: readonly [T, ...T[]], turn: number): T {
  const index = ((turn % variants.length) + variants.length) % variants.length;
  return variants[index] as T;
}

/** The first that was not `said` yet; once all were, they come around by the turn. */
export function pickFresh(variants: Variants, said: string, turn: number): string {
  return variants.find((variant) => !said.includes(variant)) ?? pick(variants, turn);
}

/** Puts the parts of a reply together; those that are left out, or empty, are none. */
export function join(...parts: ReadonlyArray<string | undefined | false>): string {
  return parts.filter((part) => part).join(" ");
}

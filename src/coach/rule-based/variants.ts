/** Variation without chance: the same turn always gets the same words, the next turn others. */
export function pick<T>(variants: readonly [T, ...T[]], turn: number): T {
  const index = ((turn % variants.length) + variants.length) % variants.length;
  return variants[index] as T;
}

/** The first that was not `said` yet; once all were, they come around by the turn. */
export function pickFresh(variants: readonly [string, ...string[]], said: string, turn: number): string {
  return variants.find((variant) => !said.includes(variant)) ?? pick(variants, turn);
}

/** Variation without chance: the same turn always gets the same words, the next turn others. */
export function pick<T>(variants: readonly [T, ...T[]], turn: number): T {
  const index = ((turn % variants.length) + variants.length) % variants.length;
  return variants[index] as T;
}

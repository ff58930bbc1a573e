/** Counts concurrent holders by key: sessions of a user, sockets of an address that are not authenticated yet. */

export interface Counts {
  /** Counts one more, unless the key has `most` already: false then, and nothing is counted. */
  take(key: string, most: number): boolean;
  /** One less. */
  give(key: string): void;
  /** Returns the key's count. */
  of(key: string): number;
  /** Keys that have any. */
  readonly size: number;
}

/** All at none. What it keeps goes with what is counted: a key that has none is forgotten. */
export function openCounts(): Counts {
  const counts = new Map<string, number>();
  const of = (key: string) => counts.get(key) ?? 0;
  return {
    take(key, most) {
      const held = of(key);
      if (held >= most) return false;
      counts.set(key, held + 1);
      return true;
    },
    give(key) {
      const held = of(key);
      if (held > 1) counts.set(key, held - 1);
      else counts.delete(key);
    },
    of,
    get size() {
      return counts.size;
    },
  };
}

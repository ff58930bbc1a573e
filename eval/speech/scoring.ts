/** Compares a transcript with what was said, word by word. */

export interface Scored {
  /** Words said. */
  readonly words: number;
  readonly substituted: number;
  readonly inserted: number;
  readonly deleted: number;
  /** For each word of the transcript: whether it was said. */
  readonly right: readonly boolean[];
}

/** Spellings that are one word, so that neither is an error. */
const same: Readonly<Record<string, string>> = { mister: "mr", okay: "ok" };

/** Words as they are compared. */
export const plainWords = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll("’", "'")
    .split(/[^a-z0-9']+/)
    .filter((word) => /[a-z0-9]/.test(word))
    .map((word) => same[word] ?? word);

/** The alignment with the fewest errors (Levenshtein). */
export function score(said: readonly string[], heard: readonly string[]): Scored {
  const cost = Array.from({ length: said.length + 1 }, (_, i) =>
    Array.from({ length: heard.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const step = (i: number, j: number) => cost[i - 1]![j - 1]! + (said[i - 1] === heard[j - 1] ? 0 : 1);
  for (let i = 1; i <= said.length; i++)
    for (let j = 1; j <= heard.length; j++)
      cost[i]![j] = Math.min(cost[i - 1]![j]! + 1, cost[i]![j - 1]! + 1, step(i, j));
  const right = heard.map(() => false);
  const counts = { substituted: 0, inserted: 0, deleted: 0 };
  for (let i = said.length, j = heard.length; i > 0 || j > 0; )
    if (i > 0 && j > 0 && cost[i]![j] === step(i, j)) {
      i--;
      j--;
      right[j] = said[i] === heard[j];
      if (!right[j]) counts.substituted++;
    } else if (j > 0 && cost[i]![j] === cost[i]![j - 1]! + 1) {
      counts.inserted++;
      j--;
    } else {
      counts.deleted++;
      i--;
    }
  return { words: said.length, ...counts, right };
}

/** Removes badly fitting words beside words that were not read. */

/** Least score of a word between words that were not read. */
const ALONE = 0.75;
/** Phones of a word ("the", "in") that any sound may be taken for, at most, where a reading ends among words that were not read. */
const SHORT = 2;
/** Least score of a word next to one that was not read. */
const BESIDE = 0.45;

/**
 * Takes back badly fitting words beside gaps, which any audio would yield: from a sentence broken off in the middle the
 * rest of the words would else be squeezed into its last sound. `scores`: goodness of the words read, by place; `phones`:
 * number of phones of each word, by place.
 */
export function dropIsolatedWords(
  read: readonly boolean[],
  scores: ReadonlyMap<number, number>,
  phones: readonly number[],
): boolean[] {
  const kept = [...read];
  for (let changed = true; changed; ) {
    changed = false;
    kept.forEach((is, place) => {
      if (!is) return;
      const score = scores.get(place) ?? 0;
      const gapBefore = kept[place - 1] === false;
      const gapAfter = kept[place + 1] === false;
      const alone = (gapBefore || place === 0) && (gapAfter || place === kept.length - 1) && kept.length > 1;
      if ((alone && score < ALONE) || ((gapBefore || gapAfter) && score < BESIDE)) {
        kept[place] = false;
        changed = true;
      }
    });
  }
  for (let place = kept.length - 1; place > 0 && !kept[place + 1]; place--) {
    if (!kept[place]) continue;
    if (kept[place - 1] || phones[place]! > SHORT || place === kept.length - 1) break;
    kept[place] = false;
  }
  return kept;
}

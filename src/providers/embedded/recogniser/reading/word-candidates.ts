/** Finds the common words that a stretch of the utterance may be where the expected word was not said. */
import type { ChainBody, Emissions } from "../decoding/emissions.ts";
import type { CommonWord, SimilarWord } from "../lexicon/lexicon.ts";

/** Frames that a phone lasts, at least (its states) and at most (200 ms) on the mean. */
const SHORTEST_PHONE = 3;
const LONGEST_PHONE = 20;
/** Number of words that are tried, most common first, and number of those worth a closer look. */
const TRIED = 8000;
const KEPT = 12;
/** Nats that a word loses per natural logarithm of its rank. */
const RARITY = 6;

/** The words that fit the frames from `start` to before `end` best, by their phones without context. */
export function findWordCandidates(
  emissions: Emissions,
  common: readonly CommonWord[],
  start: number,
  end: number,
): SimilarWord[] {
  const frames = end - start;
  const fits: { word: CommonWord; score: number }[] = [];
  const now = new Float64Array(3 * (Math.floor(frames / SHORTEST_PHONE) + 1));
  for (const word of common.slice(0, TRIED)) {
    const { length } = word.phones;
    if (length * SHORTEST_PHONE > frames || length * LONGEST_PHONE < frames) continue;
    const score = fitWord(
      word.phones.map((phone) => emissions.alone(phone)),
      start,
      end,
      now,
    );
    fits.push({ word, score: score - RARITY * Math.log(word.rank + 50) });
  }
  fits.sort((a, b) => b.score - a.score);
  return fits.slice(0, KEPT).map(({ word }) => ({ ...word, distance: Number.POSITIVE_INFINITY }));
}

/** Log likelihood of phones said one after another over exactly these frames (Viterbi). */
function fitWord(phones: readonly ChainBody[], start: number, end: number, now: Float64Array): number {
  const states = phones.length * 3;
  now.fill(-1e30);
  for (let t = start; t < end; t++) {
    let carried = t === start ? 0 : -1e30;
    for (let s = 0; s < states; s++) {
      const phone = phones[(s / 3) | 0] as ChainBody;
      const part = s % 3;
      const before = now[s] as number;
      const stayed = before + (phone.stay[part] as number);
      now[s] = Math.max(carried, stayed) + ((phone.emissions[part] as Float32Array)[t] as number);
      carried = before + (phone.leave[part] as number);
    }
  }
  return now[states - 1] as number;
}

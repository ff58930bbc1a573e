/** A part of the delivery figures: where an utterance's syllables are. */
import { loudestOf } from "./statistics.ts";

/** Least dip of loudness between two syllables, dB (de Jong & Wempe: 2 dB of intensity). */
const dipDb = 2;
/** A nucleus lies at most this far under the loudest one, dB. */
const rangeDb = 15;

/**
 * Counts syllable nuclei: voiced peaks of loudness with a dip before the next (de Jong & Wempe 2009, "Praat script to
 * detect syllable nuclei and measure speech rate automatically"), here on the loudness of the vowels' bands.
 */
export function countSyllables(loudness: readonly number[], voiced: (index: number) => boolean): number {
  const faintest = (loudestOf(loudness) ?? 0) - rangeDb;
  let nuclei = 0;
  let peak = -Infinity;
  let counts = false;
  let valley = Infinity;
  let rising = true;
  for (let i = 0; i < loudness.length; i++) {
    const here = loudness[i]!;
    if (rising ? here > peak : here > valley + dipDb) {
      rising = true;
      peak = here;
      counts = here > faintest && voiced(i);
    } else if (rising && here < peak - dipDb) {
      if (counts) nuclei++;
      rising = false;
      valley = here;
    } else if (!rising && here < valley) valley = here;
  }
  return rising && counts ? nuclei + 1 : nuclei;
}

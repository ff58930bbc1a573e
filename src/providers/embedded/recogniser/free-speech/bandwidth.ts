/** Free speech: tells speech as telephones carry it from speech with its high sounds. */
import type { Band } from "./model-data.ts";

/** Taps of the filter that lets pass what is above 4.4 kHz, at 16 kHz. */
const TAPS = 31;
const CUT = 4400 / 16_000;
/** Share of the power above the cut below which there is none, but for noise of the converters. */
const LEAST_SHARE = 3e-5;

/** Power above the cut that rounding to whole numbers makes, of a sample. */
const ROUNDING = 0.1;

const filter = Float64Array.from({ length: TAPS }, (_, i) => {
  const t = i - (TAPS - 1) / 2;
  const low = t === 0 ? 2 * CUT : Math.sin(2 * Math.PI * CUT * t) / (Math.PI * t);
  const window =
    0.42 - 0.5 * Math.cos((2 * Math.PI * i) / (TAPS - 1)) + 0.08 * Math.cos((4 * Math.PI * i) / (TAPS - 1));
  return ((t === 0 ? 1 : 0) - low) * window;
});

/** Share of the power that is above 4.4 kHz, of 16 kHz audio. */
function highShare(pcm: Int16Array): number {
  let [high, all] = [0, 1];
  // Every third sample is enough to measure a power by.
  for (let i = TAPS; i < pcm.length; i += 3) {
    let sum = 0;
    for (let k = 0; k < TAPS; k++) sum += filter[k]! * pcm[i - k]!;
    high += sum * sum;
    all += pcm[i]! * pcm[i]!;
  }
  return Math.max(0, high - (ROUNDING * pcm.length) / 3) / all;
}

export const bandOf = (pcm: Int16Array): Band => (highShare(pcm) < LEAST_SHARE ? "narrow" : "wide");

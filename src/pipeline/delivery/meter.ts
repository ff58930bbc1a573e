/** Beside the transcriber while an utterance is heard: how it was said, from its loudness alone. */
import type { SampleRate } from "../ports.ts";
import type { Delivery } from "../speech.ts";

/** Collects one utterance's audio, however it is cut. */
export interface DeliveryMeter {
  push(pcm: Int16Array): void;
  /** The utterance's delivery; undefined when nothing voiced was in it. */
  finish(): Delivery | undefined;
}

const frameMs = 10;
/** A silence shorter than this is a stop consonant or a breath, not a pause, ms. */
const shortestPauseMs = 250;
/** How far under the loudest (99th percentile) speech still lies, dB (de Jong & Wempe). */
const speechRangeDb = 25;
/** How far loudness must dip between two syllables, dB (de Jong & Wempe). */
const dipDb = 2;
/** Voices have at least this share of their energy below about 1 kHz; hissing consonants do not. */
const voicedShare = 0.25;
const lowBandHz = 1000;
/** The band in which vowels stand out most from what lies between them, Hz; tuned on recordings counted by hand. */
const vowelBandHz = { from: 500, to: 1500 };
/** A nucleus lies at most this far under the loudest one, dB. */
const nucleusRangeDb = 18;

/** Mean energies of successive frames of 10 ms. */
export interface FrameEnergies {
  readonly all: readonly number[];
  /** Below 1 kHz. */
  readonly low: readonly number[];
  /** 500–1500 Hz. */
  readonly vowel: readonly number[];
}

/** Makes a meter for audio at `rate`. It keeps three numbers for every 10 ms. */
export function createDeliveryMeter(rate: SampleRate): DeliveryMeter {
  const length = Math.round((rate * frameMs) / 1000);
  const [low, upper, lower] = [lowBandHz, vowelBandHz.to, vowelBandHz.from].map(
    (hz) => 1 - Math.exp((-2 * Math.PI * hz) / rate),
  ) as [number, number, number];
  const energies = { all: [] as number[], low: [] as number[], vowel: [] as number[] };
  /** Kept out of the loop's way: numbers written in a closure would be boxed at every sample. */
  const state = { all: 0, lowSum: 0, vowelSum: 0, low1: 0, low2: 0, upper1: 0, upper2: 0, below: 0 };
  let filled = 0;
  return {
    push(pcm) {
      let { all, lowSum, vowelSum, low1, low2, upper1, upper2, below } = state;
      let inFrame = filled;
      for (let i = 0; i < pcm.length; i++) {
        const sample = pcm[i]!;
        low1 += low * (sample - low1);
        low2 += low * (low1 - low2);
        upper1 += upper * (sample - upper1);
        upper2 += upper * (upper1 - upper2);
        below += lower * (upper2 - below);
        const vowel = upper2 - below;
        all += sample * sample;
        lowSum += low2 * low2;
        vowelSum += vowel * vowel;
        if (++inFrame < length) continue;
        energies.all.push(all / length);
        energies.low.push(lowSum / length);
        energies.vowel.push(vowelSum / length);
        // Filters left to ring down in digital silence end in denormal numbers, which are slow.
        if (all === 0) low1 = low2 = upper1 = upper2 = below = 0;
        inFrame = all = lowSum = vowelSum = 0;
      }
      filled = inFrame;
      Object.assign(state, { all, lowSum, vowelSum, low1, low2, upper1, upper2, below });
    },
    finish: () => deliveryOf(energies),
  };
}

/** Pure: delivery from frame energies; undefined when nothing voiced is in them. */
export function deliveryOf(energies: FrameEnergies): Delivery | undefined {
  const loudness = energies.all.map(decibels);
  const loudest = loudestOf(loudness);
  if (loudest === undefined || loudest < 0) return undefined;
  const threshold = Math.max(loudest - speechRangeDb, Math.min(quantile(loudness, 0)! + 6, loudest - 10));
  const voiced = (i: number) => loudness[i]! > threshold && energies.low[i]! > voicedShare * energies.all[i]!;
  let first = 0;
  while (first < loudness.length && !voiced(first)) first++;
  let last = loudness.length - 1;
  while (last > first && !voiced(last)) last--;
  if (first >= loudness.length) return undefined;
  const pauses = pausesBetween(loudness, threshold, first, last);
  const speechMs = (last + 1 - first) * frameMs;
  const phonationMs = speechMs - pauses.reduce((total, pause) => total + pause, 0);
  const nuclei = countNuclei(smoothed(energies.vowel).map(decibels), voiced);
  return {
    speechMs,
    pauseCount: pauses.length,
    ...(pauses.length > 0 && { longestPauseMs: Math.max(...pauses) }),
    ...(nuclei > 0 && { syllablesPerSecond: Math.round((nuclei * 10_000) / phonationMs) / 10 }),
  };
}

/** The 99th percentile of what is no silence, so that silence around the speech does not move it. */
function loudestOf(loudness: readonly number[]): number | undefined {
  const peak = quantile(loudness, 1);
  return peak === undefined
    ? undefined
    : quantile(
        loudness.filter((level) => level > peak - 40),
        0.99,
      );
}

/** The value under which a share of the values lies; undefined of none. */
function quantile(values: readonly number[], share: number): number | undefined {
  return Float64Array.from(values).sort()[Math.floor((values.length - 1) * share)];
}

function decibels(energy: number): number {
  return 10 * Math.log10(energy + 1e-3);
}

/** Lengths in ms of the silences between two voiced moments. */
function pausesBetween(
  loudness: readonly number[],
  threshold: number,
  first: number,
  last: number,
): number[] {
  const pauses: number[] = [];
  let quiet = 0;
  for (let i = first; i <= last; i++) {
    if (loudness[i]! <= threshold) quiet += frameMs;
    else {
      if (quiet >= shortestPauseMs) pauses.push(quiet);
      quiet = 0;
    }
  }
  return pauses;
}

/** Energies under a Hann window of 50 ms. */
function smoothed(energies: readonly number[]): number[] {
  const weights = [0.25, 0.75, 1, 0.75, 0.25];
  return energies.map((_, i) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k]! * (energies[i + k - 2] ?? 0);
    return sum / 3;
  });
}

/**
 * Syllable nuclei: voiced peaks of loudness with a dip of at least 2 dB before the next (de Jong & Wempe 2009, "Praat
 * script to detect syllable nuclei and measure speech rate automatically"), here on the loudness of the vowels' band.
 */
function countNuclei(loudness: readonly number[], voiced: (i: number) => boolean): number {
  const faintest = (loudestOf(loudness) ?? 0) - nucleusRangeDb;
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

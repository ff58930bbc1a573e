/** Cuts long audio into utterances, in its quietest places. Part of the ears; pure. */
import type { SampleRate } from "../../ports/audio.ts";
import { samplesIn } from "../audio/pcm.ts";

/**
 * Distance from an utterance's bound within which the quietest place is searched for, ms; at most a quarter of the
 * utterance.
 */
const searchedMs = 4_000;
/** Resolution of places, ms. */
const stepMs = 10;
/** Audio weighed on either side of a place, ms: longer than the closure of a stop consonant. */
const aroundMs = 150;
/** Audio behind the place at least, ms (less where there is little audio). */
const leastBehindMs = 200;

/** Samples before the bound of an utterance, `maxMs` long at most, that are searched for its end. */
export function searchedSamples(maxMs: number, rate: SampleRate): number {
  return samplesIn(Math.min(searchedMs, maxMs / 4), rate);
}

/** Cuts whole audio into utterances of `maxMs` at most, as a turn is that is heard live. Shares memory. */
export function cutIntoUtterances(pcm: Int16Array, rate: SampleRate, maxMs: number): readonly Int16Array[] {
  const longest = samplesIn(maxMs, rate);
  const searched = searchedSamples(maxMs, rate);
  const utterances: Int16Array[] = [];
  let at = 0;
  while (pcm.length - at > longest) {
    const tail = pcm.subarray(at + longest - searched, at + longest);
    const end = at + longest - searched + quietestPlace(tail, rate);
    utterances.push(pcm.subarray(at, end));
    at = end;
  }
  return [...utterances, pcm.subarray(at)];
}

/**
 * Index of the middle of the quietest 300 ms of `pcm`, a multiple of 10 ms; the last of several. A constant offset of
 * the samples counts as silence.
 */
export function quietestPlace(pcm: Int16Array, rate: SampleRate): number {
  const step = samplesIn(stepMs, rate);
  const around = aroundMs / stepMs;
  const sums = [0];
  for (let at = 0; at + step <= pcm.length; at += step) sums.push(sums.at(-1)! + energyOf(pcm, at, step));
  const steps = sums.length - 1;
  const last = steps - Math.min(leastBehindMs / stepMs, Math.ceil(steps / 2));
  let [place, least] = [0, Infinity];
  for (let at = 0; at <= last; at++) {
    const [from, to] = [Math.max(0, at - around), Math.min(steps, at + around)];
    const mean = (sums[to]! - sums[from]!) / (to - from);
    if (mean <= least) [place, least] = [at, mean];
  }
  return place * step;
}

function energyOf(pcm: Int16Array, from: number, length: number): number {
  let [sum, squares] = [0, 0];
  for (let i = from; i < from + length; i++) {
    sum += pcm[i]!;
    squares += pcm[i]! * pcm[i]!;
  }
  return squares - (sum * sum) / length;
}

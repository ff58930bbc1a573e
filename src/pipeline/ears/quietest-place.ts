/** Finds the quietest place of a long utterance, where it is cut. Part of the ears; pure. */
import type { SampleRate } from "../../ports/audio.ts";
import { samplesIn } from "../audio/pcm.ts";

/** Resolution of places, ms. */
const stepMs = 10;
/** Audio weighed on either side of a place, ms: longer than the closure of a stop consonant. */
const aroundMs = 150;
/** Audio behind the place at least, ms (less where there is little audio). */
const leastBehindMs = 200;

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

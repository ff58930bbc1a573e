/** Voices made in the tests, whose pitch is known at every moment. */
import { createDeliveryMeter } from "../../../src/pipeline/delivery/meter.ts";
import type { VoiceDelivery } from "../../../src/ports/delivery.ts";
import { atLevel, rate } from "../ears/ears.ts";

/** Hz at a moment, s. */
export type Course = (seconds: number) => number;

/** One sample of 1 at the start of each period. */
export function pulses(course: Course, ms: number, at = rate): Float64Array {
  const audio = new Float64Array((ms * at) / 1000);
  let phase = 0;
  for (let i = 0; i < audio.length; i++) {
    phase += course(i / at) / at;
    if (phase < 1) continue;
    phase -= 1;
    audio[i] = 1;
  }
  return audio;
}

/** Formants of four vowels, Hz (Peterson & Barney 1952). */
export const vowels = {
  ah: [730, 1090, 2440],
  ee: [270, 2290, 3010],
  oo: [300, 870, 2240],
  eh: [530, 1840, 2480],
} as const;

/** A vowel: pulses, softened as the glottis does, through the resonances of a mouth. */
export function vowel(name: keyof typeof vowels, course: Course, ms: number, at = rate): Float64Array {
  const softened = resonate(pulses(course, ms, at), 50, 200, at);
  return vowels[name].reduce((audio, formant) => resonate(audio, formant, 90, at), softened);
}

function resonate(audio: Float64Array, hertz: number, width: number, at: number): Float64Array {
  const radius = Math.exp((-Math.PI * width) / at);
  const back1 = 2 * radius * Math.cos((2 * Math.PI * hertz) / at);
  const back2 = -radius * radius;
  let [one, two] = [0, 0];
  return audio.map((sample) => {
    const here = sample + back1 * one + back2 * two;
    [two, one] = [one, here];
    return here;
  });
}

/** Harmonics of these strengths, the fundamental first. */
export function harmonics(hertz: number, strengths: readonly number[], ms: number, at = rate): Float64Array {
  return Float64Array.from({ length: (ms * at) / 1000 }, (_, i) =>
    strengths.reduce((sum, s, k) => sum + s * Math.sin((2 * Math.PI * hertz * (k + 1) * i) / at + k), 0),
  );
}

/** Syllables of a vowel, each swelling and fading, so many a second. */
export function syllables(perSecond: number, course: Course, ms: number): Int16Array {
  const audio = vowel("ah", course, ms);
  return atLevel(
    audio.map((sample, i) => sample * Math.sin((Math.PI * perSecond * i) / rate) ** 2),
    -6,
  );
}

/** The delivery of audio handed over in pieces of these sizes, taken in turn. */
export function measure(
  pcm: Int16Array,
  sizes: readonly number[] = [pcm.length],
  at = rate,
): VoiceDelivery | undefined {
  const meter = createDeliveryMeter(at);
  for (let start = 0, k = 0; start < pcm.length; k++) {
    const end = start + sizes[k % sizes.length]!;
    meter.push(pcm.subarray(start, end));
    start = end;
  }
  return meter.finish();
}

/** Syllables counted in an utterance. */
export function countedIn({ syllablesPerSecond = 0, speechMs, phonationRatio = 1 }: VoiceDelivery): number {
  return (syllablesPerSecond * speechMs * phonationRatio) / 1000;
}

/** Between the microphone's rate and the voice detector's 8 kHz: the cheapest filter that is clean enough to judge by. */

import { kernels, samplesAt } from "../kernels/kernels.ts";

/** The rate at which voice activity is judged, Hz. */
export const analysisRate = 8000;

/** Brings frames down to 8 kHz. Frames follow one another; `skip` stands in for one that is not wanted. */
export interface Decimator {
  /** Writes `frame.length / factor` samples into `out`. */
  process(frame: Int16Array, out: Int16Array): void;
  /** Passes over a frame at almost no cost, so that the next one begins cleanly. */
  skip(frame: Int16Array): void;
}

/**
 * Makes a decimator for frames of `frameLength` samples. A symmetric windowed-sinc filter of six taps per phase: what
 * folds back is about 30 dB down, far below what a voice detector can tell; an engine that hears words gets its audio
 * through `createResampler` instead.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export function createDecimator(rate: number, frameLength: number): Decimator {
  const factor = rate / analysisRate;
  if (![1, 2, 3, 4, 6].includes(factor))
    throw new RangeError(`voice activity cannot be judged at ${rate} Hz`);
  if (factor === 1) return { process: (frame, out) => out.set(frame), skip() {} };
  const length = loadTaps(factor);
  const kept = 2 * tapsPerPhase(factor);
  const line = new Int16Array(kept);
  const count = frameLength / factor;
  return {
    process(frame, out) {
      input.set(line);
      input.set(frame, kept);
      kernels.decimate(factor, length, count);
      for (let i = 0; i < count; i++) out[i] = output[i]!;
      keep(frame);
    },
    skip: keep,
  };
  function keep(frame: Int16Array): void {
    for (let i = 0, at = frame.length - kept; i < kept; i++, at++) line[i] = frame[at]!;
  }
}

const input = samplesAt(kernels.input(), 1040);
const output = samplesAt(kernels.output(), 960);

/** Half of the taps: three for each sample that goes into one. */
function tapsPerPhase(factor: number): number {
  return 3 * factor;
}

/** Writes the filter's taps, 16 bits each, into the kernels' memory; returns their number, a multiple of 8. */
function loadTaps(factor: number): number {
  const half = tapsPerPhase(factor);
  const weights = halfOfSinc(factor, half);
  const length = Math.ceil((2 * half) / 8) * 8;
  const taps = samplesAt(kernels.taps(factor), length);
  for (let k = 0; k < half; k++) taps[k] = taps[2 * half - 1 - k] = Math.round(weights[k]! * 32_768);
  return length;
}

/** The first half of a Hann-windowed sinc that cuts at 0.9 of the new Nyquist rate, of unit gain. */
function halfOfSinc(factor: number, half: number): Float32Array {
  const raw = Array.from({ length: half }, (_, k) => {
    const x = k - half + 0.5;
    const angle = (Math.PI * 0.9 * x) / factor;
    return (Math.sin(angle) / angle) * 0.5 * (1 + Math.cos((Math.PI * x) / half));
  });
  const gain = 2 * raw.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(raw, (weight) => weight / gain);
}

/** Between the microphone's rate and the voice detector's 8 kHz: the cheapest filter that is clean enough to judge by. */

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
  const half = 3 * factor;
  const weights = halfOfSinc(factor, half);
  const length = 2 * half;
  const line = new Float32Array(length + frameLength);
  const keep = (frame: Int16Array) => {
    for (let i = 0, at = frame.length - length; i < length; i++, at++) line[i] = frame[at]!;
  };
  return {
    process(frame, out) {
      for (let i = 0; i < frame.length; i++) line[length + i] = frame[i]!;
      const count = frame.length / factor;
      for (let n = 0, start = factor; n < count; n++, start += factor) {
        let sum = 0;
        for (let k = 0, low = start, high = start + length - 1; k < half; k++, low++, high--)
          sum += weights[k]! * (line[low]! + line[high]!);
        out[n] = Math.max(-32_768, Math.min(32_767, sum));
      }
      keep(frame);
    },
    skip: keep,
  };
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

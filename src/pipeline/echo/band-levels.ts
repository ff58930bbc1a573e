/** Levels of speech bands, by which the loudspeaker's sound and the microphone's are compared. */

/** Bands between 190 Hz and 3.6 kHz, about as wide as the ear's. */
export const bandCount = 14;
/** Length of the analysed window in samples of 8 kHz audio: 16 ms. */
const windowLength = 128;
/** First bin (62.5 Hz each) of each band, and the bin after the last one. */
const edges = [3, 6, 9, 12, 15, 18, 21, 25, 29, 33, 38, 43, 48, 53, 58] as const;
/** Level of digital silence, dB. */
export const silentBand = -120;

const bits = Math.log2(windowLength);
const hann = Float32Array.from(
  { length: windowLength },
  (_, i) => (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / windowLength)) / (32_768 * windowLength * 0.5),
);
const cosines = Float32Array.from({ length: windowLength / 2 }, (_, i) =>
  Math.cos((2 * Math.PI * i) / windowLength),
);
const sines = Float32Array.from(
  { length: windowLength / 2 },
  (_, i) => -Math.sin((2 * Math.PI * i) / windowLength),
);
const reversed = Uint8Array.from({ length: windowLength }, (_, i) => {
  let out = 0;
  for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) out |= 1 << (bits - 1 - bit);
  return out;
});

/** Scratch that all sessions share; nothing here is re-entered. */
const real = new Float32Array(windowLength);
const imaginary = new Float32Array(windowLength);

/**
 * Writes the band levels (dB, a full-scale tone being about 0) of the two windows that begin at `first` and `second` in
 * 8 kHz audio. One transform serves both, one window as its real and one as its imaginary part.
 */
export function bandLevels(
  audio: ArrayLike<number>,
  [first, second]: readonly [number, number],
  [outFirst, outSecond]: readonly [Float32Array, Float32Array],
): void {
  for (let i = 0; i < windowLength; i++) {
    const at = reversed[i]!;
    real[at] = audio[first + i]! * hann[i]!;
    imaginary[at] = audio[second + i]! * hann[i]!;
  }
  transform();
  for (let band = 0; band < bandCount; band++) {
    let powerFirst = 0;
    let powerSecond = 0;
    for (let k = edges[band]!; k < edges[band + 1]!; k++) {
      const mirror = windowLength - k;
      const evenReal = real[k]! + real[mirror]!;
      const oddImaginary = imaginary[k]! - imaginary[mirror]!;
      const evenImaginary = imaginary[k]! + imaginary[mirror]!;
      const oddReal = real[mirror]! - real[k]!;
      powerFirst += evenReal * evenReal + oddImaginary * oddImaginary;
      powerSecond += evenImaginary * evenImaginary + oddReal * oddReal;
    }
    outFirst[band] = toDb(powerFirst);
    outSecond[band] = toDb(powerSecond);
  }
}

function toDb(power: number): number {
  return power <= 1e-12 ? silentBand : 10 * Math.log10(power);
}

/** Fast Fourier transform of `real` and `imaginary` in place, their order bit-reversed before. */
function transform(): void {
  for (let half = 1, stride = windowLength / 2; half < windowLength; half *= 2, stride /= 2)
    for (let start = 0; start < windowLength; start += 2 * half)
      for (let k = 0; k < half; k++) {
        const cosine = cosines[k * stride]!;
        const sine = sines[k * stride]!;
        const low = start + k;
        const high = low + half;
        const re = real[high]! * cosine - imaginary[high]! * sine;
        const im = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - re;
        imaginary[high] = imaginary[low]! - im;
        real[low]! += re;
        imaginary[low]! += im;
      }
}

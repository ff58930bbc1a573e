/** A part of the delivery figures: the shape of the voice's spectrum, 50 times a second. */

/** Coefficients of a reading, c1 up; the level (c0) is left out. */
export const cepstrumOrder = 10;
/** Windows of 32 ms of audio at 8 kHz, in the middle of the 50 ms that a pitch reading is of. */
const windowLength = 256;
const historyLength = 400;
const windowStart = (historyLength - windowLength) / 2;
const frameLength = 80;
/** Lifts what the glottis lets fall with the frequency, so that the upper formants weigh too. */
const preEmphasis = 0.9;
/** Share of the energy that is added as white noise, 40 dB under the voice: steadies the prediction of telephone audio. */
const whitening = 1e-4;
const hamming = Float32Array.from(
  { length: windowLength },
  (_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (windowLength - 1)),
);

/** Scratch for one reading: nothing here is ever re-entered, so all tracks share it. */
const windowed = new Float32Array(windowLength);
const correlation = new Float64Array(cepstrumOrder + 1);
const predictor = new Float64Array(cepstrumOrder + 1);
const earlier = new Float64Array(cepstrumOrder + 1);

/** Follows the spectrum of audio at 8 kHz: cepstra of linear prediction (Atal 1974), whose distance is one of spectra in dB. */
export class CepstrumTrack {
  readonly #history = new Float32Array(historyLength);
  #rows = new Float32Array(64 * cepstrumOrder);
  #count = 0;

  /** Coefficients of all readings, `cepstrumOrder` each; zeros where no voice was. */
  get rows(): Float32Array {
    return this.#rows;
  }

  /** Takes a frame of 10 ms. */
  push(frame: Int16Array): void {
    this.#history.copyWithin(0, frameLength);
    for (let i = 0, at = historyLength - frameLength; i < frameLength; i++, at++)
      this.#history[at] = frame[i]!;
  }

  /** Adds a reading of the last 50 ms; without a voice it is empty, and costs nothing. */
  read(voiced: boolean): void {
    const at = this.#count * cepstrumOrder;
    if (at + cepstrumOrder > this.#rows.length) {
      const longer = new Float32Array(2 * this.#rows.length);
      longer.set(this.#rows);
      this.#rows = longer;
    }
    if (voiced) readCepstrum(this.#history, this.#rows.subarray(at, at + cepstrumOrder));
    this.#count++;
  }
}

function readCepstrum(history: Float32Array, out: Float32Array): void {
  for (let i = 0, at = windowStart; i < windowLength; i++, at++)
    windowed[i] = hamming[i]! * (history[at]! - preEmphasis * history[at - 1]!);
  for (let lag = 0; lag <= cepstrumOrder; lag++) {
    let sum = 0;
    for (let i = lag; i < windowLength; i++) sum += windowed[i]! * windowed[i - lag]!;
    correlation[lag] = sum;
  }
  if (correlation[0]! <= 0) return;
  correlation[0]! *= 1 + whitening;
  predict();
  for (let n = 1; n <= cepstrumOrder; n++) {
    let sum = n * predictor[n]!;
    for (let k = 1; k < n; k++) sum += k * out[k - 1]! * predictor[n - k]!;
    out[n - 1] = sum / n;
  }
}

/** Levinson and Durbin's recursion: each sample predicted from those before it. */
function predict(): void {
  predictor.fill(0);
  let error = correlation[0]!;
  for (let order = 1; order <= cepstrumOrder; order++) {
    let sum = correlation[order]!;
    for (let k = 1; k < order; k++) sum -= predictor[k]! * correlation[order - k]!;
    const reflection = sum / error;
    earlier.set(predictor);
    predictor[order] = reflection;
    for (let k = 1; k < order; k++) predictor[k] = earlier[k]! - reflection * earlier[order - k]!;
    error *= 1 - reflection * reflection;
  }
}

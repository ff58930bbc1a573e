/** Third step of voice activity: does a sound move like a voice? Tones, hum and noise pass the two steps before. */
import { order, predict, residual, residualWeights } from "./linear-prediction.ts";

/** The verdict on one frame, judged together with the frame before it (40 ms). */
interface VoicingFrame {
  /** A pitch was found, and the sound is not a bare tone. */
  voiced: boolean;
  /** Pitch, Hz; 0 when not voiced. */
  pitch: number;
  /** Distance of the spectrum from the frame before's, dB (Itakura distance), 0–3. */
  change: number;
  /** Share of the energy above about 1.2 kHz, dB: −40 and less with the mouth closed, −30 to 0 with it open. */
  bright: number;
}

const frameLength = 160;
const windowLength = 2 * frameLength;
/**
 * Largest prediction gain over four poles that a voice reaches, dB. One or two pure tones, steady or sweeping, are
 * predicted 50 dB and better; voices, synthetic ones too, stay below 40.
 */
const tonal = 41;
/** Pitch is searched for in 4 kHz audio: lags of 8 to 57 samples are 500 to 70 Hz. */
const pitchRate = 4000;
const shortestLag = 8;
const longestLag = 57;
/**
 * Autocorrelation of an 11-tap high-pass (600 Hz −36 dB, 1250 Hz −8 dB, from 1500 Hz on 0 dB; least squares): the
 * energy it would let through is a weighted sum of the audio's autocorrelation, which is computed anyway.
 */
const highPass = [
  0.65055, -0.28177, -0.12389, 0.02209, 0.07176, 0.01202, -0.02188, -0.00692, 0.0011, 0.00177, 0.00045,
] as const;
const hann = Float32Array.from(
  { length: windowLength },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / windowLength),
);

/** Scratch for one frame's work; nothing here is re-entered, so all sessions share it. */
const windowed = new Float32Array(windowLength);
const low = new Float32Array(frameLength);
const clarities = new Float32Array(longestLag + 2);
const squares = new Float64Array(frameLength + 1);
const correlation = new Float64Array(order + 1);
const poles = new Float64Array(order + 1);
const errors = new Float64Array(order + 1);
const ownWeights = new Float64Array(order + 1);

/** The meter of one microphone's 8 kHz audio, in frames of 20 ms one after another. */
export class VoicingMeter {
  /** The last sound's autocorrelation, lags 0–10. Every meter writes here: valid until the next call of any. */
  readonly correlation = correlation;
  readonly #audio = new Float32Array(windowLength);
  /** Residual weights of the frame before's predictor. */
  readonly #weightsBefore = new Float64Array(order + 1);
  readonly #frame: VoicingFrame = { voiced: false, pitch: 0, change: 0, bright: -60 };
  #frames = 0;

  /**
   * Judges a frame, in an object that the next call overwrites. `clarity`: periodicity that counts as a pitch, 0–1; noise
   * of any colour stays under 0.5, breathy voices over it.
   */
  measure(pcm: Int16Array, clarity: number): VoicingFrame {
    const audio = this.#audio;
    const frame = this.#frame;
    audio.copyWithin(0, frameLength);
    for (let i = 0; i < frameLength; i++) audio[frameLength + i] = pcm[i]!;
    this.#frames++;
    frame.pitch = findPitch(audio, clarity);
    correlate(audio);
    frame.bright = brightness();
    predict(correlation, poles, errors);
    residualWeights(poles, ownWeights);
    // How much worse the frame before's predictor does on this frame than its own (Itakura 1975).
    const distance =
      10 * Math.log10(residual(this.#weightsBefore, correlation) / residual(ownWeights, correlation));
    frame.change = this.#frames > 1 ? Math.min(3, distance) : 0;
    this.#weightsBefore.set(ownWeights);
    const gain = 10 * Math.log10(correlation[0]! / Math.max(errors[4]!, 1e-9));
    frame.voiced = frame.pitch > 0 && gain < tonal;
    if (!frame.voiced) frame.pitch = 0;
    return frame;
  }

  /** Forgets the frame before: a frame was skipped. */
  reset(): void {
    this.#audio.fill(0);
    this.#frames = 0;
  }
}

/**
 * Pitch in Hz or 0: the first clear peak of the normalised square difference (McLeod & Wyvill 2005, "A smarter way to
 * find pitch") past its first dip below zero, on the audio halved to 4 kHz.
 */
function findPitch(audio: Float32Array, clarity: number): number {
  halve(audio);
  squares[0] = 0;
  for (let i = 0; i < frameLength; i++) squares[i + 1] = squares[i]! + low[i]! * low[i]!;
  const total = squares[frameLength]!;
  for (let lag = 2; lag <= longestLag + 1; lag++) {
    let product = 0;
    const length = frameLength - lag;
    for (let i = 0; i < length; i++) product += low[i]! * low[i + lag]!;
    const energy = squares[length]! + total - squares[lag]!;
    clarities[lag] = (2 * product) / (energy + 1e-9);
  }
  let dipped = false;
  let best = 0;
  let bestLag = 0;
  for (let lag = 3; lag <= longestLag; lag++) {
    const here = clarities[lag]!;
    if (here < 0) dipped = true;
    else if (dipped && lag >= shortestLag && here > best + 0.05)
      if (here > clarities[lag - 1]! && here >= clarities[lag + 1]!) {
        best = here;
        bestLag = lag;
      }
  }
  return best > clarity ? pitchRate / (bestLag + offset(bestLag)) : 0;
}

/** Place of a peak between the samples, −0.5–0.5, by the parabola through it. */
function offset(lag: number): number {
  const before = clarities[lag - 1]!;
  const after = clarities[lag + 1]!;
  const bend = before - 2 * clarities[lag]! + after;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}

/** Halves 8 kHz audio to 4 kHz into `low`, and removes its mean. */
function halve(audio: Float32Array): void {
  let sum = 0;
  low[0] = 0.5 * (audio[0]! + audio[1]!);
  for (let i = 1; i < frameLength; i++) {
    const at = 2 * i;
    const value = 0.25 * (audio[at - 1]! + audio[at + 1]!) + 0.5 * audio[at]!;
    low[i] = value;
    sum += value;
  }
  const mean = (sum + low[0]!) / frameLength;
  for (let i = 0; i < frameLength; i++) low[i]! -= mean;
}

/** Autocorrelation of the windowed audio, lags 0 to `order`. */
function correlate(audio: Float32Array): void {
  for (let i = 0; i < windowLength; i++) windowed[i] = audio[i]! * hann[i]!;
  for (let lag = 0; lag <= order; lag++) {
    let sum = 0;
    for (let i = lag; i < windowLength; i++) sum += windowed[i]! * windowed[i - lag]!;
    correlation[lag] = sum;
  }
  correlation[0] = correlation[0]! * (1 + 1e-9) + 1e-3;
}

/** Share of the energy in `correlation` that the high-pass lets through, dB. */
function brightness(): number {
  let high = highPass[0] * correlation[0]!;
  for (let lag = 1; lag <= order; lag++) high += 2 * highPass[lag]! * correlation[lag]!;
  return 10 * Math.log10(Math.max(high / correlation[0]!, 1e-6));
}

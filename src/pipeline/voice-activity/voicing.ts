/** Third step of voice activity: does a sound move like a voice? Tones, hum and noise pass the two steps before. */
import { doublesAt, floatsAt, kernels, samplesAt } from "../kernels/kernels.ts";
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
/** Views on the kernels' buffers: scratch for one frame's work, which all sessions share. */
const window = samplesAt(kernels.window(), windowLength);
const clarities = floatsAt(kernels.clarities(), longestLag + 2);
const correlation = doublesAt(kernels.correlation(), order + 1);
floatsAt(kernels.hann(), windowLength).set(
  Float32Array.from(
    { length: windowLength },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / windowLength),
  ),
);

const poles = new Float64Array(order + 1);
const errors = new Float64Array(order + 1);
const ownWeights = new Float64Array(order + 1);

/** The meter of one microphone's 8 kHz audio, in frames of 20 ms one after another. */
export class VoicingMeter {
  /** The last sound's autocorrelation, lags 0–10. Every meter writes here: valid until the next call of any. */
  readonly correlation = correlation;
  readonly #before = new Int16Array(frameLength);
  /** Residual weights of the frame before's predictor. */
  readonly #weightsBefore = new Float64Array(order + 1);
  readonly #frame: VoicingFrame = { voiced: false, pitch: 0, change: 0, bright: -60 };
  #frames = 0;

  /**
   * Judges a frame, in an object that the next call overwrites. `clarity`: periodicity that counts as a pitch, 0–1; noise
   * of any colour stays under 0.5, breathy voices over it.
   */
  measure(pcm: Int16Array, clarity: number): VoicingFrame {
    const frame = this.#frame;
    window.set(this.#before);
    window.set(pcm, frameLength);
    this.#before.set(pcm);
    this.#frames++;
    kernels.measure_clarities();
    frame.pitch = clearestPitch(clarity);
    kernels.correlate();
    correlation[0] = correlation[0]! * (1 + 1e-9) + 1e-3;
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

  /** Takes a frame whose voicing is not asked for. */
  pass(pcm: Int16Array): void {
    this.#before.set(pcm);
    this.#frames = 0;
  }

  /** Forgets the frame before: a frame was skipped. */
  reset(): void {
    this.#before.fill(0);
    this.#frames = 0;
  }
}

/**
 * Pitch in Hz or 0: the first clear peak of the normalised square difference (McLeod & Wyvill 2005, "A smarter way to
 * find pitch") past its first dip below zero, on the audio halved to 4 kHz.
 */
function clearestPitch(clarity: number): number {
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

/** Share of the energy in `correlation` that the high-pass lets through, dB. */
function brightness(): number {
  let high = highPass[0] * correlation[0]!;
  for (let lag = 1; lag <= order; lag++) high += 2 * highPass[lag]! * correlation[lag]!;
  return 10 * Math.log10(Math.max(high / correlation[0]!, 1e-6));
}

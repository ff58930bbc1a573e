/** Third step of the ears' cascade: does this sound move like a voice? Tones, hum and noise pass the two before. */

/** What one frame shows, looked at together with the frame before it (40 ms). */
export interface VoicingFrame {
  /** A pitch was found, and the sound is not a bare tone. */
  voiced: boolean;
  /** Hz; 0 when not voiced. */
  pitch: number;
  /** How far the spectrum moved since the frame before, dB (Itakura distance), 0–3. */
  change: number;
}

/** Looks at 20 ms frames of 8 kHz audio, one after another. */
export interface VoicingMeter {
  /**
   * The frame's verdict, in an object that the next call overwrites. `clarity`: periodicity that counts as a pitch, 0–1;
   * noise of any colour stays under 0.5, breathy voices over it.
   */
  measure(frame: Int16Array, clarity: number): VoicingFrame;
  /** Forgets the frame before: a frame was passed over. */
  reset(): void;
}

const frameLength = 160;
const windowLength = 2 * frameLength;
const order = 10;
/**
 * Largest prediction gain over four poles that a voice reaches, dB. One or two pure tones, steady or sweeping, are
 * predicted 50 dB and better; voices, synthetic ones too, stay below 40.
 */
const tonal = 41;
/** Pitch is sought in 4 kHz audio: lags of 8 to 57 samples are 500 to 70 Hz. */
const pitchRate = 4000;
const shortestLag = 8;
const longestLag = 57;
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
const previousPoles = new Float64Array(order + 1);

/** Makes a meter; it holds 40 ms of audio and the last frame's spectrum. */
export function createVoicingMeter(): VoicingMeter {
  const audio = new Float32Array(windowLength);
  const poles = new Float64Array(order + 1);
  const frameOut: VoicingFrame = { voiced: false, pitch: 0, change: 0 };
  let frames = 0;
  return {
    measure(frame, clarity) {
      audio.copyWithin(0, frameLength);
      for (let i = 0; i < frameLength; i++) audio[frameLength + i] = frame[i]!;
      frames++;
      frameOut.pitch = findPitch(audio, clarity);
      correlate(audio);
      previousPoles.set(poles);
      const gain = predict(poles);
      frameOut.change = frames > 1 ? Math.min(3, itakuraDistance(previousPoles, poles)) : 0;
      frameOut.voiced = frameOut.pitch > 0 && gain < tonal;
      if (!frameOut.voiced) frameOut.pitch = 0;
      return frameOut;
    },
    reset() {
      audio.fill(0);
      poles.fill(0);
      frames = 0;
    },
  };
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

/** Where between the samples a peak lies, −0.5–0.5, by the parabola through it. */
function offset(lag: number): number {
  const before = clarities[lag - 1]!;
  const after = clarities[lag + 1]!;
  const bend = before - 2 * clarities[lag]! + after;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}

/** Halves 8 kHz audio to 4 kHz into `low`, its mean taken out. */
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

/** Levinson–Durbin over `correlation`; leaves the predictor in `poles`, answers its gain at four poles in dB. */
function predict(poles: Float64Array): number {
  poles.fill(0);
  poles[0] = 1;
  let error = correlation[0]!;
  let errorAtFour = error;
  for (let i = 1; i <= order; i++) {
    let sum = correlation[i]!;
    for (let j = 1; j < i; j++) sum += poles[j]! * correlation[i - j]!;
    const reflection = -sum / error;
    for (let j = 1; j <= i >> 1; j++) {
      const low = poles[j]!;
      const high = poles[i - j]!;
      poles[j] = low + reflection * high;
      if (j !== i - j) poles[i - j] = high + reflection * low;
    }
    poles[i] = reflection;
    error *= 1 - reflection * reflection;
    if (i === 4) errorAtFour = error;
  }
  return 10 * Math.log10(correlation[0]! / Math.max(errorAtFour, 1e-9));
}

/** How much worse the frame before's predictor does on this frame than its own, dB (Itakura 1975). */
function itakuraDistance(before: Float64Array, own: Float64Array): number {
  return 10 * Math.log10(residual(before) / Math.max(residual(own), 1e-9));
}

function residual(poles: Float64Array): number {
  let sum = 0;
  for (let i = 0; i <= order; i++) {
    let row = 0;
    for (let j = 0; j <= order; j++) row += poles[j]! * correlation[Math.abs(i - j)]!;
    sum += poles[i]! * row;
  }
  return Math.max(sum, 1e-9);
}

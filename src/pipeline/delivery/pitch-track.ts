/** A part of the delivery figures: the voice's pitch, 50 times a second. */

/** Pitch of 50 ms of audio. */
export interface PitchReading {
  /** Hz; 0 where nothing is periodic at all. */
  readonly pitch: number;
  /** Periodicity, 0–1: noise stays under 0.5, voices at 20 dB over noise lie above 0.8. */
  readonly clarity: number;
}

/** Follows the pitch of audio at 8 kHz that comes in frames of 10 ms. */
export interface PitchTrack {
  /** Takes a frame; with every second comes a reading of the last five. None of them `audible` saves the work. */
  take(frame: Int16Array, audible: boolean): PitchReading | undefined;
}

const rate = 8000;
/** 50 ms: more than three periods of the lowest pitch. */
const windowLength = 400;
const halfLength = windowLength / 2;
const frameLength = 80;
/** Formants above this only disturb; harmonics enough are below, in telephone audio too. */
const lowPass = 1 - Math.exp((-2 * Math.PI * 1000) / rate);
/**
 * Lags of what speaking voices reach, 500 to 65 Hz (a child, an excited woman; a deep man), in samples at 4 kHz, where
 * the peaks are looked for; they are measured at 8 kHz.
 */
const shortestLag = 8;
const longestLag = 62;
/** The first peak that reaches this share of the highest is the pitch (McLeod & Wyvill: 0.8 to 1). */
const firstShare = 0.9;
/** Peaks under this share of the highest at 4 kHz are not measured. */
const measuredShare = 0.75;
const nothing: PitchReading = { pitch: 0, clarity: 0 };

/** Scratch for one reading: nothing here is ever re-entered, so all tracks share it. */
const centred = new Float32Array(windowLength);
const halved = new Float32Array(halfLength);
const squares = new Float64Array(windowLength + 1);
const halvedSquares = new Float64Array(halfLength + 1);
/** Likeness at 4 kHz by lag. */
const likeness = new Float32Array(longestLag + 2);

/** Makes a track. */
export function createPitchTrack(): PitchTrack {
  const window = new Float32Array(windowLength);
  let once = 0;
  let twice = 0;
  let count = 0;
  /** Whether the last frames were audible, one bit each, the newest lowest. */
  let audibleBits = 0;
  return {
    take(frame, audible) {
      window.copyWithin(0, frameLength);
      for (let i = 0, at = windowLength - frameLength; i < frameLength; i++, at++) {
        once += lowPass * (frame[i]! - once);
        twice += lowPass * (once - twice);
        window[at] = twice;
      }
      audibleBits = ((audibleBits << 1) | (audible ? 1 : 0)) & 0b11111;
      // The first window is full after five frames.
      if (++count < 5 || count % 2 === 0) return undefined;
      return audibleBits !== 0 ? findPitch(window) : nothing;
    },
  };
}

/**
 * Pitch as McLeod & Wyvill 2005 find it ("A smarter way to find pitch"): the first of the peaks of the normalised square
 * difference that is nearly as high as the highest. The paper's range of lags goes up to the window's length, where few
 * samples are left to compare and noise looks periodic; here the lags are those of voices.
 */
function findPitch(window: Float32Array): PitchReading {
  prepare(window);
  let highest = 0;
  for (let lag = shortestLag; lag <= longestLag; lag++) highest = Math.max(highest, peakAt(lag));
  if (highest === 0) return nothing;
  const peaks: PitchReading[] = [];
  for (let lag = shortestLag; lag <= longestLag; lag++)
    if (peakAt(lag) >= measuredShare * highest) peaks.push(measurePeak(2 * lag));
  const clearest = peaks.reduce((best, { clarity }) => Math.max(best, clarity), 0);
  return peaks.find(({ clarity }) => clarity >= firstShare * clearest) ?? nothing;
}

/** Takes the mean out, halves the rate, and compares at all lags. */
function prepare(window: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < windowLength; i++) sum += window[i]!;
  const mean = sum / windowLength;
  for (let i = 0; i < windowLength; i++) centred[i] = window[i]! - mean;
  for (let i = 0; i < halfLength; i++) halved[i] = centred[2 * i]! + centred[2 * i + 1]!;
  addSquares(centred, squares);
  addSquares(halved, halvedSquares);
  for (let lag = shortestLag - 1; lag <= longestLag + 1; lag++)
    likeness[lag] = compare(halved, halvedSquares, lag);
}

/** Running sums of squares, so that any stretch's energy is a difference. */
function addSquares(audio: Float32Array, sums: Float64Array): void {
  for (let i = 0; i < audio.length; i++) sums[i + 1] = sums[i]! + audio[i]! * audio[i]!;
}

/** Normalised square difference at a lag, −1–1: 1 when the audio repeats itself after it. */
function compare(audio: Float32Array, sums: Float64Array, lag: number): number {
  const length = audio.length - lag;
  let product = 0;
  for (let i = 0; i < length; i++) product += audio[i]! * audio[i + lag]!;
  const energy = sums[length]! + sums[audio.length]! - sums[lag]!;
  return energy > 0 ? (2 * product) / energy : 0;
}

/** Height of the peak at this lag, between the samples; 0 where there is none. */
function peakAt(lag: number): number {
  const here = likeness[lag]!;
  const before = likeness[lag - 1]!;
  const after = likeness[lag + 1]!;
  if (here <= 0 || here <= before || here < after) return 0;
  return here - ((before - after) * offset(before, here, after)) / 4;
}

/** The peak next to a lag at 8 kHz, which may be a sample or two beside it. */
function measurePeak(near: number): PitchReading {
  let lag = near;
  let here = compare(centred, squares, lag);
  let before = compare(centred, squares, lag - 1);
  let after = compare(centred, squares, lag + 1);
  for (let steps = 0; steps < 2 && (before > here || after > here); steps++) {
    const back = before > here;
    lag += back ? -1 : 1;
    const beyond = compare(centred, squares, back ? lag - 1 : lag + 1);
    [before, here, after] = back ? [beyond, before, here] : [here, after, beyond];
  }
  const between = offset(before, here, after);
  const height = here - ((before - after) * between) / 4;
  return { pitch: rate / (lag + between), clarity: Math.max(0, Math.min(1, height)) };
}

/** Place of a peak between the samples, −0.5–0.5, by the parabola through it. */
function offset(before: number, here: number, after: number): number {
  const bend = before - 2 * here + after;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}

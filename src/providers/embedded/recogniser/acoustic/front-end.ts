/** Recognition, step 1 of 5: turns audio into one feature vector every 10 ms, by SoundSwallower's own signal processing. */
import createModule, { type Decoder, type SoundSwallowerModule } from "soundswallower";
import { STREAM_DIMS, STREAMS } from "./acoustic-model.ts";
import { modelFolder } from "./model-folder.ts";

/** The rate the engine hears at, Hz. */
export const ENGINE_RATE = 16_000;
/** Milliseconds between feature vectors. */
export const FRAME_MS = 10;
const VECTOR = STREAMS * STREAM_DIMS;

export interface Features {
  readonly frames: number;
  /** [frame][stream: cepstra, their slope, their curve][13] */
  readonly values: Float32Array;
  /** Cepstral energy of each frame before normalisation; grows with loudness. */
  readonly energy: Float32Array;
}

export interface FrontEnd {
  /** Turns a whole utterance (mono, 16 kHz) into features; keeps nothing of it. */
  features(pcm: Int16Array): Promise<Features>;
  /** The cepstra of an utterance, or of a stretch of it, not normalised: [frame][13]. */
  cepstra(pcm: Int16Array): Promise<Float32Array>;
}

/** Members of the class beside its published types: the steps of `initialize`, of which the front end needs three. */
interface DecoderSteps {
  init_featparams(): Promise<unknown>;
  init_cleanup(): Promise<void>;
  init_fe(): Promise<number>;
}

const LIFTER = 22;

/** Opens the engine's signal processing for a model of its package (no acoustic model is loaded into it). */
export const openFrontEnd = (model: string): Promise<FrontEnd> => openFrontEndOf(modelFolder(model));

/** The same for the folder of a model, which holds `feat_params.json`. */
export async function openFrontEndOf(folder: string): Promise<FrontEnd> {
  const engine: SoundSwallowerModule = await createModule({ print: () => {}, printErr: () => {} } as never);
  const decoder = new engine.Decoder({
    hmm: folder.replace(/\/$/, ""),
    samprate: ENGINE_RATE,
    loglevel: "FATAL",
  });
  const steps = decoder as Decoder & DecoderSteps;
  await steps.init_featparams();
  await steps.init_cleanup();
  let transform: Float32Array | undefined;
  decoder.initialized = true;
  const cepstra = async (pcm: Int16Array) => {
    // A fresh front end each time: its noise estimate would otherwise carry over from the utterance before.
    await steps.init_fe();
    const { data, nfr, nfeat } = decoder.spectrogram(audible(pcm));
    transform ??= cosineTransform(nfeat);
    return toCepstra(data, nfr, nfeat, transform);
  };
  return { cepstra, features: async (pcm) => toFeatures(await cepstra(pcm)) };
}

/** Samples as floats, at least 100 ms, with a whisper of noise: digital silence has no spectrum to speak of. */
function audible(pcm: Int16Array): Float32Array {
  const samples = new Float32Array(Math.max(pcm.length, ENGINE_RATE / 10));
  let state = 22222;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 196314165) + 907633515) | 0;
    samples[i] = ((pcm[i] ?? 0) + (state / 2 ** 31) * 3) / 32768;
  }
  return samples;
}

/** DCT-II with sinusoidal liftering, as the model was trained with: [cepstrum][mel band]. */
function cosineTransform(bands: number): Float32Array {
  const matrix = new Float32Array(STREAM_DIMS * bands);
  for (let i = 0; i < STREAM_DIMS; i++) {
    const lift = 1 + (LIFTER / 2) * Math.sin((i * Math.PI) / LIFTER);
    const scale = Math.sqrt((i === 0 ? 1 : 2) / bands) * lift;
    for (let j = 0; j < bands; j++)
      matrix[i * bands + j] = scale * Math.cos(((i * Math.PI) / bands) * (j + 0.5));
  }
  return matrix;
}

function toCepstra(mel: Float32Array, frames: number, bands: number, transform: Float32Array): Float32Array {
  const cepstra = new Float32Array(frames * STREAM_DIMS);
  for (let t = 0; t < frames; t++)
    for (let i = 0; i < STREAM_DIMS; i++) {
      let sum = 0;
      for (let j = 0; j < bands; j++)
        sum += (mel[t * bands + j] as number) * (transform[i * bands + j] as number);
      cepstra[t * STREAM_DIMS + i] = sum;
    }
  return cepstra;
}

function toFeatures(cepstra: Float32Array): Features {
  const frames = cepstra.length / STREAM_DIMS;
  const energy = Float32Array.from({ length: frames }, (_, t) => cepstra[t * STREAM_DIMS] as number);
  const values = featureVectors(cepstra, speechMean(cepstra, energy), 0, frames);
  return { frames, values, energy };
}

/**
 * Feature vectors of the frames from `start` to before `end`: cepstra without their mean, their slopes and curves, for which
 * the three frames on either side are looked at where there are any.
 */
export function featureVectors(
  cepstra: Float32Array,
  mean: Float64Array,
  start: number,
  end: number,
): Float32Array {
  const frames = cepstra.length / STREAM_DIMS;
  const at = (t: number, i: number) =>
    cepstra[Math.min(frames - 1, Math.max(0, t)) * STREAM_DIMS + i] as number;
  const values = new Float32Array((end - start) * VECTOR);
  for (let t = start; t < end; t++)
    for (let i = 0; i < STREAM_DIMS; i++) {
      const to = (t - start) * VECTOR + i;
      values[to] = at(t, i) - (mean[i] as number);
      values[to + STREAM_DIMS] = at(t + 2, i) - at(t - 2, i);
      values[to + 2 * STREAM_DIMS] = at(t + 3, i) - at(t - 1, i) - (at(t + 1, i) - at(t - 3, i));
    }
  return values;
}

/**
 * Mean of the cepstra, taken where there is speech and a little beyond, so that a long pause or a late end of the utterance
 * does not shift the vowels.
 */
export function speechMean(cepstra: Float32Array, energy: Float32Array): Float64Array {
  const frames = energy.length;
  const sorted = Float32Array.from(energy).sort();
  const loud = sorted[Math.floor(frames * 0.95)] ?? 0;
  const quiet = sorted[Math.floor(frames * 0.05)] ?? 0;
  const threshold = loud - Math.max(2, 0.6 * (loud - quiet));
  const mean = new Float64Array(STREAM_DIMS);
  let count = 0;
  for (let t = 0; t < frames; t++) {
    if ((energy[t] as number) < threshold) continue;
    count++;
    for (let i = 0; i < STREAM_DIMS; i++) mean[i]! += cepstra[t * STREAM_DIMS + i] as number;
  }
  return count === 0 ? mean : mean.map((sum) => sum / count);
}

/** Milliseconds of the utterance that are not quiet. */
export function speechMs(features: Features): number {
  return loudFrames(features, 0, features.frames) * FRAME_MS;
}

/** Counts the frames from `start` to before `end` that are not quiet, measured by the whole utterance. */
export function loudFrames({ energy }: Features, start: number, end: number): number {
  const sorted = Float32Array.from(energy).sort();
  const loud = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  const quiet = sorted[Math.floor(sorted.length * 0.05)] ?? 0;
  return energy.slice(start, end).filter((e) => e > quiet + 0.4 * (loud - quiet)).length;
}

/** Recognition, step 3 of 5: scores how well each 10 ms of audio fits each of the model's states (senones), as log likelihoods. */
import { type AcousticModel, MIXTURE_STEP, STREAM_DIMS, STREAMS } from "./acoustic-model.ts";
import type { Features } from "./front-end.ts";

/** Gaussians of a codebook that count in a frame; the rest is too far off to matter. */
const TOP = 4;
/** Gaussians kept as candidates for a second scoring with adapted features. */
const KEPT = 6;

export interface SenoneScores {
  readonly frames: number;
  /** Log likelihoods of one senone, by frame; computed when first asked for. */
  of(senone: number): Float32Array;
  /** Scores the frames from `start` to before `end` alone, computed each time. */
  part(senone: number, start: number, end: number): Float32Array;
  /** The Gaussian that accounts best for a senone's stream at a frame, as an index into the model's Gaussians. */
  component(senone: number, stream: number, frame: number): number;
  /** Scores again with other features for each codebook, trusting the first scoring for which Gaussians are near. */
  rescored(perCodebook: readonly Features[]): SenoneScores;
  /** The scores of the frames from `start` to before `end` alone. */
  window(start: number, end: number): SenoneScores;
}

/** The nearest Gaussians of each [codebook and stream][frame], best first, and their log densities. */
export interface Nearest {
  readonly index: Uint8Array;
  readonly score: Float32Array;
  /** Densities relative to the best. */
  readonly density: Float32Array;
}

const emptyNearest = (size: number): Nearest => ({
  index: new Uint8Array(size),
  score: new Float32Array(size),
  density: new Float32Array(size),
});

/** What of a model features are scored with; may be posted to another thread. */
export type ScoringModel = Pick<
  AcousticModel,
  | "phones"
  | "densities"
  | "senones"
  | "codebookOf"
  | "means"
  | "halfPrecisions"
  | "normalisers"
  | "mixture"
  | "stay"
  | "leave"
>;

/** Scores features against the model: the Gaussians of every codebook are found now, senones are mixed when needed. */
export function scoreSenones(model: AcousticModel, features: Features): SenoneScores {
  return senoneScores(model, findNearest(model, features), {
    frames: features.frames,
    start: 0,
    end: features.frames,
  });
}

/** All the frames that were scored, and the stretch of them that is looked at. */
interface Stretch {
  readonly frames: number;
  readonly start: number;
  readonly end: number;
}

function senoneScores(model: AcousticModel, nearest: Nearest, stretch: Stretch): SenoneScores {
  const { frames, start, end } = stretch;
  const { densities, mixture } = model;
  const known = new Map<number, Float32Array>();
  const slotOf = (senone: number, stream: number) =>
    ((model.codebookOf[senone] as number) * STREAMS + stream) * frames + start;
  const part = (senone: number, from: number, to: number): Float32Array => {
    const within = { frames, start: start + from, end: start + to };
    const weights = senone * STREAMS * densities;
    return mix(within, nearest, slotOf(senone, 0) + from, mixture, weights, densities);
  };
  const of = (senone: number): Float32Array => {
    let scores = known.get(senone);
    if (!scores) {
      scores = part(senone, 0, end - start);
      known.set(senone, scores);
    }
    return scores;
  };
  const component = (senone: number, stream: number, frame: number): number => {
    const at = (slotOf(senone, stream) + frame) * KEPT;
    const weights = (senone * STREAMS + stream) * densities;
    let best = 0;
    let most = -Infinity;
    for (let k = 0; k < TOP; k++) {
      const d = nearest.index[at + k] as number;
      const score = (nearest.score[at + k] as number) - (mixture[weights + d] as number) * MIXTURE_STEP;
      if (score <= most) continue;
      most = score;
      best = d;
    }
    return ((model.codebookOf[senone] as number) * STREAMS + stream) * densities + best;
  };
  const rescored = (perCodebook: readonly Features[]) =>
    senoneScores(model, rescore(model, perCodebook, nearest), stretch);
  const window = (from: number, to: number) =>
    senoneScores(model, nearest, { frames, start: start + from, end: start + to });
  return { frames: end - start, of, part, component, rescored, window };
}

const WEIGHT = Float64Array.from({ length: 256 }, (_, step) => Math.exp(-step * MIXTURE_STEP));

/** Log likelihoods of a senone: over the streams, the logarithm of the sum of its weighted Gaussians. */
function mix(
  { frames, start, end }: Stretch,
  nearest: Nearest,
  slot: number,
  mixture: Uint8Array,
  weights: number,
  densities: number,
): Float32Array {
  const scores = new Float32Array(end - start);
  for (let t = 0; t < scores.length; t++)
    scores[t] = mixFrame(nearest, (slot + t) * KEPT, frames * KEPT, mixture, weights, densities);
  return scores;
}

/**
 * Log likelihood of a senone at one frame. `at`, `stride`: place of the frame's nearest Gaussians of the first stream, and
 * from stream to stream; `weights`, `densities`: the same of the senone's weights in `mixture`.
 */
function mixFrame(
  { index, score, density }: Nearest,
  at: number,
  stride: number,
  mixture: Uint8Array,
  weights: number,
  densities: number,
): number {
  let peak = 0;
  let product = 1;
  let place = at;
  let w = weights;
  for (let stream = 0; stream < STREAMS; stream++) {
    peak += score[place] as number;
    let sum = 0;
    for (let k = 0; k < TOP; k++)
      sum +=
        (density[place + k] as number) *
        (WEIGHT[mixture[w + (index[place + k] as number)] as number] as number);
    product *= sum;
    place += stride;
    w += densities;
  }
  return peak + Math.log(product);
}

/** Log likelihood of one senone at one of the `frames` whose nearest Gaussians are known, as `mix` has it. */
export function mixAt(
  { codebookOf, mixture, densities }: ScoringModel,
  nearest: Nearest,
  frames: number,
  senone: number,
  frame: number,
): number {
  const at = ((codebookOf[senone] as number) * STREAMS * frames + frame) * KEPT;
  return mixFrame(nearest, at, frames * KEPT, mixture, senone * STREAMS * densities, densities);
}

/** Log density of Gaussian `g` at the vector that starts at `x`. */
function gaussian(model: AcousticModel, values: Float32Array, x: number, g: number): number {
  let score = model.normalisers[g] as number;
  for (let i = 0; i < STREAM_DIMS; i++) {
    const off = (values[x + i] as number) - (model.means[g * STREAM_DIMS + i] as number);
    score -= off * off * (model.halfPrecisions[g * STREAM_DIMS + i] as number);
  }
  return score;
}

/** Puts a Gaussian in its place among the best so far. */
function rank(bestScore: Float64Array, bestIndex: Int32Array, score: number, d: number): void {
  let k = KEPT - 1;
  while (k > 0 && (bestScore[k - 1] as number) < score) {
    bestScore[k] = bestScore[k - 1] as number;
    bestIndex[k] = bestIndex[k - 1] as number;
    k--;
  }
  bestScore[k] = score;
  bestIndex[k] = d;
}

function keep(nearest: Nearest, at: number, bestIndex: Int32Array, bestScore: Float64Array): void {
  const peak = bestScore[0] as number;
  for (let k = 0; k < KEPT; k++) {
    nearest.index[at + k] = bestIndex[k] as number;
    nearest.score[at + k] = bestScore[k] as number;
    nearest.density[at + k] = Math.exp((bestScore[k] as number) - peak);
  }
}

/**
 * Ranks the Gaussians of a codebook's stream, the first of which is `first`, at the vector that starts at `x`. Written out:
 * a loop over the dimensions, or leaving off once a score is out of reach, costs more in branches than it saves.
 */
function rankAll(
  { means, halfPrecisions, normalisers, densities }: ScoringModel,
  values: Float32Array,
  x: number,
  first: number,
  bestScore: Float64Array,
  bestIndex: Int32Array,
): void {
  const x0 = values[x + 0] as number;
  const x1 = values[x + 1] as number;
  const x2 = values[x + 2] as number;
  const x3 = values[x + 3] as number;
  const x4 = values[x + 4] as number;
  const x5 = values[x + 5] as number;
  const x6 = values[x + 6] as number;
  const x7 = values[x + 7] as number;
  const x8 = values[x + 8] as number;
  const x9 = values[x + 9] as number;
  const x10 = values[x + 10] as number;
  const x11 = values[x + 11] as number;
  const x12 = values[x + 12] as number;
  let worst = -Infinity;
  bestScore.fill(worst);
  for (let d = 0, m = first * STREAM_DIMS; d < densities; d++, m += STREAM_DIMS) {
    const off0 = x0 - (means[m + 0] as number);
    const off1 = x1 - (means[m + 1] as number);
    const off2 = x2 - (means[m + 2] as number);
    const off3 = x3 - (means[m + 3] as number);
    const off4 = x4 - (means[m + 4] as number);
    const off5 = x5 - (means[m + 5] as number);
    const off6 = x6 - (means[m + 6] as number);
    const off7 = x7 - (means[m + 7] as number);
    const off8 = x8 - (means[m + 8] as number);
    const off9 = x9 - (means[m + 9] as number);
    const off10 = x10 - (means[m + 10] as number);
    const off11 = x11 - (means[m + 11] as number);
    const off12 = x12 - (means[m + 12] as number);
    const nearby =
      off0 * off0 * (halfPrecisions[m + 0] as number) +
      off1 * off1 * (halfPrecisions[m + 1] as number) +
      off2 * off2 * (halfPrecisions[m + 2] as number) +
      off3 * off3 * (halfPrecisions[m + 3] as number);
    const score =
      (normalisers[first + d] as number) -
      nearby -
      off4 * off4 * (halfPrecisions[m + 4] as number) -
      off5 * off5 * (halfPrecisions[m + 5] as number) -
      off6 * off6 * (halfPrecisions[m + 6] as number) -
      off7 * off7 * (halfPrecisions[m + 7] as number) -
      off8 * off8 * (halfPrecisions[m + 8] as number) -
      off9 * off9 * (halfPrecisions[m + 9] as number) -
      off10 * off10 * (halfPrecisions[m + 10] as number) -
      off11 * off11 * (halfPrecisions[m + 11] as number) -
      off12 * off12 * (halfPrecisions[m + 12] as number);
    if (score <= worst) continue;
    rank(bestScore, bestIndex, score, d);
    worst = bestScore[KEPT - 1] as number;
  }
}

/** Finds the nearest Gaussians of every codebook at every frame. */
export function findNearest(
  model: ScoringModel,
  { frames, values }: Pick<Features, "frames" | "values">,
): Nearest {
  const slots = model.phones.length * STREAMS;
  const nearest = emptyNearest(slots * frames * KEPT);
  const bestScore = new Float64Array(KEPT);
  const bestIndex = new Int32Array(KEPT);
  for (let slot = 0; slot < slots; slot++) {
    for (let t = 0; t < frames; t++) {
      const x = (t * STREAMS + (slot % STREAMS)) * STREAM_DIMS;
      rankAll(model, values, x, slot * model.densities, bestScore, bestIndex);
      keep(nearest, (slot * frames + t) * KEPT, bestIndex, bestScore);
    }
  }
  return nearest;
}

function rescore(model: AcousticModel, perCodebook: readonly Features[], first: Nearest): Nearest {
  const slots = model.phones.length * STREAMS;
  const frames = first.index.length / slots / KEPT;
  const nearest = emptyNearest(first.index.length);
  const bestScore = new Float64Array(KEPT);
  const bestIndex = new Int32Array(KEPT);
  for (let slot = 0; slot < slots; slot++) {
    const { values } = perCodebook[Math.floor(slot / STREAMS)] as Features;
    for (let t = 0; t < frames; t++) {
      const x = (t * STREAMS + (slot % STREAMS)) * STREAM_DIMS;
      const at = (slot * frames + t) * KEPT;
      bestScore.fill(-Infinity);
      for (let k = 0; k < KEPT; k++) {
        const d = first.index[at + k] as number;
        rank(bestScore, bestIndex, gaussian(model, values, x, slot * model.densities + d), d);
      }
      keep(nearest, at, bestIndex, bestScore);
    }
  }
  return nearest;
}

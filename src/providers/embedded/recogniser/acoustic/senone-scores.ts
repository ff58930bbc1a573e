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
interface Nearest {
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
  { index, score, density }: Nearest,
  slot: number,
  mixture: Uint8Array,
  weights: number,
  densities: number,
): Float32Array {
  const scores = new Float32Array(end - start);
  const stride = frames * KEPT;
  for (let t = 0; t < scores.length; t++) {
    let peak = 0;
    let product = 1;
    let at = (slot + t) * KEPT;
    let w = weights;
    for (let stream = 0; stream < STREAMS; stream++) {
      peak += score[at] as number;
      let sum = 0;
      for (let k = 0; k < TOP; k++)
        sum +=
          (density[at + k] as number) * (WEIGHT[mixture[w + (index[at + k] as number)] as number] as number);
      product *= sum;
      at += stride;
      w += densities;
    }
    scores[t] = peak + Math.log(product);
  }
  return scores;
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

function findNearest(model: AcousticModel, features: Features): Nearest {
  const { means, halfPrecisions, normalisers, densities } = model;
  const { frames, values } = features;
  const slots = model.phones.length * STREAMS;
  const nearest = emptyNearest(slots * frames * KEPT);
  const bestScore = new Float64Array(KEPT);
  const bestIndex = new Int32Array(KEPT);
  for (let slot = 0; slot < slots; slot++) {
    const stream = slot % STREAMS;
    for (let t = 0; t < frames; t++) {
      const x = (t * STREAMS + stream) * STREAM_DIMS;
      // The winners of the frame before are likely to do well again: they say early what is worth computing in full.
      let worst = Infinity;
      for (let k = 0; k < KEPT; k++)
        worst = Math.min(
          worst,
          gaussian(model, values, x, slot * densities + (t === 0 ? k : (bestIndex[k] as number))),
        );
      worst -= 1e-6 * Math.abs(worst);
      bestScore.fill(worst);
      for (let d = 0; d < densities; d++) {
        let g = (slot * densities + d) * STREAM_DIMS;
        let score = normalisers[slot * densities + d] as number;
        // The first dimensions tell most: a look after four of them saves the rest of nearly every Gaussian.
        const off0 = (values[x] as number) - (means[g] as number);
        const off1 = (values[x + 1] as number) - (means[g + 1] as number);
        const off2 = (values[x + 2] as number) - (means[g + 2] as number);
        const off3 = (values[x + 3] as number) - (means[g + 3] as number);
        score -=
          off0 * off0 * (halfPrecisions[g] as number) +
          off1 * off1 * (halfPrecisions[g + 1] as number) +
          off2 * off2 * (halfPrecisions[g + 2] as number) +
          off3 * off3 * (halfPrecisions[g + 3] as number);
        if (score <= worst) continue;
        g += 4;
        for (let i = 4; i < STREAM_DIMS && score > worst; i++, g++) {
          const off = (values[x + i] as number) - (means[g] as number);
          score -= off * off * (halfPrecisions[g] as number);
        }
        if (score <= worst) continue;
        rank(bestScore, bestIndex, score, d);
        worst = bestScore[KEPT - 1] as number;
      }
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

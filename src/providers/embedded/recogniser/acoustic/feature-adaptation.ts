/** Adapts the features to the model, from words already aligned (diagonal constrained MLLR, Gales 1998). */
import { type AcousticModel, STREAM_DIMS, STREAMS } from "./acoustic-model.ts";
import type { Features } from "./front-end.ts";
import type { SenoneScores } from "./senone-scores.ts";

/** A frame and the senone it was placed on. */
export interface FrameAssignment {
  readonly frame: number;
  readonly senone: number;
}

/** Lays each of the frames from `from` to before `to` on the best of the senones that it may score as. */
export function assignFrames(
  scores: SenoneScores,
  senones: readonly number[],
  from: number,
  to: number,
): FrameAssignment[] {
  return Array.from({ length: to - from }, (_, i) => {
    const frame = from + i;
    const score = (senone: number) => scores.of(senone)[frame] as number;
    return { frame, senone: senones.reduce((best, next) => (score(next) > score(best) ? next : best)) };
  });
}

/** Fewer placed frames than this say too little about a voice. */
const LEAST_FRAMES = 20;
/** Fewest frames of a single phone. */
const LEAST_PHONE_FRAMES = 8;
/** Nats a frame by which natural voices fall short of the best phones, at most, before anything is fitted. */
export const NATURAL_MISFIT = 0.7;
/** Weight of "no change", in frames. */
const PRIOR_FRAMES = 40;
const ROUNDS = 4;

/** Kinds of phone that a voice, or a synthesiser, colours alike: silence, vowels, other voiced sounds, hisses, the rest. */
const KINDS = 5;
const VOWELS = new Set(
  "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW aa ai an au ee ei eu ii in oe on oo ou un uu".split(" "),
);
const SONORANTS = new Set("L M N NG R W Y gn ll mm nn rr uy ww yy".split(" "));
const HISSES = new Set("S Z SH ZH CH JH F TH ch jj ss zz ff".split(" "));
function kindOf(phone: string): number {
  if (phone === "SIL" || phone.startsWith("+")) return 0;
  if (VOWELS.has(phone)) return 1;
  if (SONORANTS.has(phone)) return 2;
  return HISSES.has(phone) ? 3 : 4;
}

/**
 * Features for every codebook: each dimension scaled and shifted so that the placed frames fit the model best, as finely
 * as they allow. For a `strange` voice down to single phones; for others that would only explain slips away.
 */
export function adaptFeatures(
  model: AcousticModel,
  features: Features,
  scores: SenoneScores,
  placements: readonly FrameAssignment[],
  strange: boolean,
): readonly Features[] {
  const kinds = model.phones.map(kindOf);
  const all = placements.length < LEAST_FRAMES ? features : transform(model, features, scores, placements);
  const perKind = Array.from({ length: KINDS }, (_, kind) => {
    const own = placements.filter(({ senone }) => kinds[model.codebookOf[senone] as number] === kind);
    return own.length < LEAST_FRAMES ? all : transform(model, all, scores, own);
  });
  return kinds.map((kind, phone) => {
    const base = perKind[kind] as Features;
    if (!strange) return base;
    const own = placements.filter(({ senone }) => model.codebookOf[senone] === phone);
    return own.length < LEAST_PHONE_FRAMES ? base : transform(model, base, scores, own);
  });
}

function transform(
  model: AcousticModel,
  base: Features,
  scores: SenoneScores,
  placements: readonly FrameAssignment[],
): Features {
  const width = STREAMS * STREAM_DIMS;
  const values = new Float32Array(base.values.length);
  for (let stream = 0; stream < STREAMS; stream++) {
    const gaussians = placements.map(({ senone, frame }) => scores.component(senone, stream, frame));
    for (let d = 0; d < STREAM_DIMS; d++) {
      const column = stream * STREAM_DIMS + d;
      const { scale, shift } = fitColumn(
        placements.map(({ frame }) => base.values[frame * width + column] as number),
        gaussians.map((g) => model.means[g * STREAM_DIMS + d] as number),
        gaussians.map((g) => model.halfPrecisions[g * STREAM_DIMS + d] as number),
      );
      for (let t = 0; t < base.frames; t++)
        values[t * width + column] = scale * (base.values[t * width + column] as number) + shift;
    }
  }
  return { ...base, values };
}

/** Scale and shift that maximise the likelihood of `xs` under Gaussians, drawn towards 1 and 0. */
function fitColumn(xs: readonly number[], means: readonly number[], precisions: readonly number[]) {
  const n = xs.length;
  const typical = precisions.reduce((sum, p) => sum + p, 0) / n;
  const spread = xs.reduce((sum, x) => sum + x * x, 0) / n;
  let scale = 1;
  let shift = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let over = 0;
    let under = PRIOR_FRAMES * typical;
    for (let i = 0; i < n; i++) {
      over += (precisions[i] as number) * ((means[i] as number) - scale * (xs[i] as number));
      under += precisions[i] as number;
    }
    shift = over / under;
    // d/da of Σ h(ax+b−μ)² − N·ln a, with the prior as frames of its own that want a = 1.
    let square = PRIOR_FRAMES * typical * spread;
    let linear = PRIOR_FRAMES * typical * spread;
    for (let i = 0; i < n; i++) {
      const weighted = (precisions[i] as number) * (xs[i] as number);
      square += weighted * (xs[i] as number);
      linear += weighted * ((means[i] as number) - shift);
    }
    scale = (linear + Math.sqrt(linear * linear + 2 * square * n)) / (2 * square);
  }
  return { scale, shift };
}

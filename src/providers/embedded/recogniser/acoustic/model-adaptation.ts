/** Statistics of a speaker from earlier readings of the session, and the acoustic model adapted to them. */
import { type AcousticModel, STREAM_DIMS, STREAMS } from "./acoustic-model.ts";
import type { FrameAssignment } from "./feature-adaptation.ts";
import type { Features } from "./front-end.ts";
import type { SenoneScores } from "./senone-scores.ts";

/** Everything that is kept of a voice; for the English model 0.9 MB, however long the session. */
export interface SpeakerProfile {
  /** Number of frames that each Gaussian of the model accounted for best. */
  readonly frames: Float32Array;
  /** The sum of those frames' features: [gaussian][dimension] */
  readonly sums: Float32Array;
  /** Readings that were learnt from, and the text of the last. */
  readonly readings: number;
  readonly text: string;
  /** Strangeness of the first readings to the unadapted model, nats a frame: their mean. */
  readonly misfit: number;
}

/** Contribution of one reading to a speaker's profile. */
export interface SpeakerSample {
  /** Gaussians of the model, one a frame and stream. */
  readonly gaussians: Uint16Array;
  /** The features that each accounted for: [sample][dimension] */
  readonly values: Float32Array;
  /** All Gaussians of the model. */
  readonly of: number;
  /** Strangeness of the voice to the model that it was judged with, nats a frame. */
  readonly misfit: number;
}

/** Weight of a Gaussian's own mean against the voice's, in frames. */
const GAUSSIAN_PRIOR = 5;
/** Weight of "no shift" against the mean shift of all Gaussians of one phone's stream, in frames. */
const PHONE_PRIOR = 50;
/** Readings of a session that are judged before its voice is fitted to. */
const FIRST_READINGS = 3;
/** Frames from which on a Gaussian forgets: another one may be speaking by now. */
const MOST_FRAMES = 200;

/**
 * The model as the voice says its phones: means moved towards what was heard (MAP, Gauvain & Lee 1994), those of Gaussians
 * that were heard little with the others of their phone (as in structural MAP, Shinoda & Lee 2001). The model as it is
 * while the voice is new, and for a voice that is strange to it.
 */
export function adaptModel(
  model: AcousticModel,
  { frames, sums, readings, misfit }: SpeakerProfile,
): AcousticModel {
  // Fitted to a voice that is stranger, its slips would be explained away.
  if (readings < FIRST_READINGS || misfit > model.tolerance.strangest) return model;
  const means = new Float32Array(model.means.length);
  const { densities } = model;
  for (let first = 0; first < frames.length; first += densities) {
    const shift = meanShift(model, frames, sums, first);
    for (let g = first; g < first + densities; g++) {
      const heard = frames[g] as number;
      for (let d = 0; d < STREAM_DIMS; d++) {
        const at = g * STREAM_DIMS + d;
        const prior = (model.means[at] as number) + (shift[d] as number);
        means[at] = (GAUSSIAN_PRIOR * prior + (sums[at] as number)) / (GAUSSIAN_PRIOR + heard);
      }
    }
  }
  return { ...model, adapted: true, means };
}

/** By how much the voice's frames lie off the means of the codebook stream whose Gaussians start at `first`. */
function meanShift(
  { means, densities }: AcousticModel,
  frames: Float32Array,
  sums: Float32Array,
  first: number,
): Float64Array {
  const shift = new Float64Array(STREAM_DIMS);
  let total = PHONE_PRIOR;
  for (let g = first; g < first + densities; g++) {
    const heard = frames[g] as number;
    if (heard === 0) continue;
    total += heard;
    for (let d = 0; d < STREAM_DIMS; d++) {
      const at = g * STREAM_DIMS + d;
      shift[d] = (shift[d] as number) + (sums[at] as number) - heard * (means[at] as number);
    }
  }
  return shift.map((sum) => sum / total);
}

/** Samples the voice from placed frames; `features` as they came, `scores` of the same frames. */
export function sampleSpeaker(
  model: AcousticModel,
  features: Features,
  scores: SenoneScores,
  placements: readonly FrameAssignment[],
  misfit: number,
): SpeakerSample {
  const gaussians = new Uint16Array(placements.length * STREAMS);
  const values = new Float32Array(gaussians.length * STREAM_DIMS);
  let at = 0;
  for (const { frame, senone } of placements) {
    for (let stream = 0; stream < STREAMS; stream++, at++) {
      gaussians[at] = scores.component(senone, stream, frame);
      const from = (frame * STREAMS + stream) * STREAM_DIMS;
      values.set(features.values.subarray(from, from + STREAM_DIMS), at * STREAM_DIMS);
    }
  }
  return { gaussians, values, of: model.normalisers.length, misfit };
}

/**
 * Adds a reading to what is known of its voice, in place; begins anew where there is nothing, or another
 * language's. The same `text` over again teaches nothing: its every sound would come to fit, slips and all.
 */
export function updateProfile(
  known: SpeakerProfile | undefined,
  sample: SpeakerSample,
  text: string,
): SpeakerProfile {
  const { gaussians, values, of } = sample;
  if (known?.text === text) return known;
  const before = known?.frames.length === of ? known : emptyProfile(of);
  const { frames, sums, readings } = before;
  gaussians.forEach((g, i) => {
    const full = (frames[g] as number) >= MOST_FRAMES ? 0.5 : 1;
    frames[g] = full * (frames[g] as number) + 1;
    for (let d = 0; d < STREAM_DIMS; d++) {
      const at = g * STREAM_DIMS + d;
      sums[at] = full * (sums[at] as number) + (values[i * STREAM_DIMS + d] as number);
    }
  });
  const misfit =
    readings < FIRST_READINGS ? (before.misfit * readings + sample.misfit) / (readings + 1) : before.misfit;
  return { frames, sums, readings: readings + 1, text, misfit };
}

const emptyProfile = (gaussians: number): SpeakerProfile => ({
  frames: new Float32Array(gaussians),
  sums: new Float32Array(gaussians * STREAM_DIMS),
  readings: 0,
  text: "",
  misfit: 0,
});

import { expect, test } from "vitest";
import {
  type AcousticModel,
  loadAcousticModel,
  MIXTURE_STEP,
  STREAM_DIMS,
  STREAMS,
} from "../../../../../src/providers/embedded/recogniser/acoustic/acoustic-model.ts";
import { modelFolder } from "../../../../../src/providers/embedded/recogniser/acoustic/model-folder.ts";
import { scoreSenones } from "../../../../../src/providers/embedded/recogniser/acoustic/senone-scores.ts";

const model = loadAcousticModel(modelFolder("en-us"));
const frames = 4;
/** Frames about the means of Gaussian 7, 14, … of each stream of the first codebook. */
const values = Float32Array.from({ length: frames * STREAMS * STREAM_DIMS }, (_, at) => {
  const [frame, stream, d] = [
    Math.floor(at / STREAMS / STREAM_DIMS),
    Math.floor(at / STREAM_DIMS) % STREAMS,
    at % STREAM_DIMS,
  ];
  const gaussian = stream * model.densities + 7 * (frame + 1);
  return (model.means[gaussian * STREAM_DIMS + d] as number) + 0.3 * Math.sin(at);
});

/** The weighted log densities of a senone's stream at a frame, of its nearest four Gaussians, by plain search. */
function plainSearch({ means, halfPrecisions, normalisers, densities, mixture, codebookOf }: AcousticModel) {
  return (senone: number, stream: number, frame: number) => {
    const slot = (codebookOf[senone] as number) * STREAMS + stream;
    const all = Array.from({ length: densities }, (_, d) => {
      const g = slot * densities + d;
      let score = normalisers[g] as number;
      for (let i = 0; i < STREAM_DIMS; i++) {
        const off =
          (values[(frame * STREAMS + stream) * STREAM_DIMS + i] as number) -
          (means[g * STREAM_DIMS + i] as number);
        score -= off * off * (halfPrecisions[g * STREAM_DIMS + i] as number);
      }
      const weight = (mixture[(senone * STREAMS + stream) * densities + d] as number) * MIXTURE_STEP;
      return { g, score, weighted: score - weight };
    });
    return all.sort((a, b) => b.score - a.score).slice(0, 4);
  };
}

test("a senone's score is that of its four nearest Gaussians in each stream, and its component the likeliest of them", () => {
  const scores = scoreSenones(model, { frames, values, energy: new Float32Array(frames) });
  const nearest = plainSearch(model);
  for (let senone = 0; senone < model.senones; senone += 97)
    for (let frame = 0; frame < frames; frame++) {
      let expected = 0;
      for (let stream = 0; stream < STREAMS; stream++) {
        const found = nearest(senone, stream, frame);
        const peak = found[0]!.score;
        expected += peak + Math.log(found.reduce((sum, { weighted }) => sum + Math.exp(weighted - peak), 0));
        const [likeliest] = found.toSorted((a, b) => b.weighted - a.weighted);
        expect(scores.component(senone, stream, frame)).toBe(likeliest!.g);
      }
      expect(scores.of(senone)[frame]).toBeCloseTo(expected, 3);
    }
});

/** Aligns the text roughly with the audio and adapts the features to the speaker by that alignment. */
import type { AcousticModel } from "../acoustic/acoustic-model.ts";
import {
  adaptFeatures,
  assignFrames,
  type FrameAssignment,
  NATURAL_MISFIT,
} from "../acoustic/feature-adaptation.ts";
import type { Features } from "../acoustic/front-end.ts";
import type { SenoneScores } from "../acoustic/senone-scores.ts";
import { type Emissions, openEmissions } from "../decoding/emissions.ts";
import { bestPath, type Path } from "../decoding/viterbi.ts";
import {
  type ReadingNetwork,
  readingNetwork,
  type SlotOptions,
  type Weights,
  type WordSlot,
} from "./reading-network.ts";

/** The text is believed unless it fits very badly; at first, when the voice is strange, even more so. */
const ROUNDS: readonly Weights[] = [
  { similarWord: 0, rarity: 0, unknown: -180, skip: -160, extra: -80, repetition: -150, pause: -2 },
  { similarWord: 0, rarity: 0, unknown: -100, skip: -100, extra: -60, repetition: -120, pause: -2 },
];
/** Share of the words that tells how strange a voice is. */
const BETTER_PART = 0.6;
const OPEN: SlotOptions = { expected: true, similarWords: [], unknown: true, skip: true };

export interface Alignment {
  /** Scores on the model fitted to the voice. */
  readonly scores: SenoneScores;
  readonly network: ReadingNetwork;
  readonly path: Path;
  /** Strangeness of the voice to the unadapted model: nats a frame by which the words fall short of the best phones. */
  readonly misfit: number;
}

/** Undefined where the audio is too short for any of it. */
export function alignText(
  model: AcousticModel,
  features: Features,
  first: SenoneScores,
  places: readonly WordSlot[],
): Alignment | undefined {
  let scores = first;
  let placed: Alignment | undefined;
  let misfit: number | undefined;
  for (const weights of ROUNDS) {
    const emissions = openEmissions(model, scores);
    const network = readingNetwork(emissions, places, weights, () => OPEN);
    const path = bestPath(network.network, 0, features.frames);
    if (!path) return undefined;
    misfit ??= shortfall(emissions, network, path);
    const placements = assignSenones(scores, network, path);
    scores = first.rescored(adaptFeatures(model, features, first, placements, misfit > NATURAL_MISFIT));
    placed = { misfit, scores, network, path };
  }
  return placed;
}

/** Assigns a senone to each frame of the expected words. */
function assignSenones(
  scores: SenoneScores,
  { labels, bodies }: ReadingNetwork,
  path: Path,
): FrameAssignment[] {
  return path.steps.flatMap((step) => {
    if (labels[step.chain]!.kind !== "expected") return [];
    const { senones } = bodies[step.chain]!;
    return step.states.flatMap((from, s) =>
      assignFrames(scores, senones[s] as readonly number[], from, step.states[s + 1] ?? step.end),
    );
  });
}

/** The mean over the better part of the words, so that a few slips do not make a voice strange. */
function shortfall({ bestPhone }: Emissions, { labels }: ReadingNetwork, path: Path): number {
  const words = path.steps.flatMap((step) => {
    if (labels[step.chain]!.kind !== "expected") return [];
    let sum = 0;
    step.states.forEach((from, s) => {
      for (let t = from; t < (step.states[s + 1] ?? step.end); t++)
        sum += (bestPhone[t] as number) - (step.emissions[s]![t] as number);
    });
    return [sum / (step.end - step.start)];
  });
  words.sort((a, b) => a - b);
  words.length = Math.ceil(words.length * BETTER_PART);
  return words.reduce((sum, word) => sum + word, 0) / Math.max(1, words.length);
}

/** Recognises the words of a text read so far, for partials: quick rather than exact. */
import type { AcousticModel } from "../acoustic/acoustic-model.ts";
import type { Features } from "../acoustic/front-end.ts";
import { scoreSenones } from "../acoustic/senone-scores.ts";
import { openEmissions } from "../decoding/emissions.ts";
import { phoneScores } from "../decoding/phone-scores.ts";
import { bestPath } from "../decoding/viterbi.ts";
import type { Pronunciation } from "../lexicon/lexicon.ts";
import { readingNetwork, type Weights } from "./reading-network.ts";
import type { TextToken, TextWord } from "./reading-report.ts";

const WEIGHTS: Weights = {
  similarWord: 0,
  rarity: 0,
  unknown: -40,
  skip: -50,
  extra: -40,
  repetition: -120,
  pause: -2,
  early: -5,
};
/** A word that scores less is not shown yet. */
const SHOWN = 0.5;

/** The recognised words as they are written, in order. */
export function readPartial(model: AcousticModel, features: Features, tokens: readonly TextToken[]): string {
  const places = tokens.map(({ written, wordsByReading: readings }, token) => ({
    written,
    token,
    pronunciations: readings.slice(0, MOST_READINGS).flatMap(withoutPauses),
    similarWords: [],
  }));
  const emissions = openEmissions(model, scoreSenones(model, features));
  const { network, labels } = readingNetwork(emissions, places, WEIGHTS, () => ({
    expected: true,
    similarWords: [],
    unknown: true,
    skip: true,
  }));
  const path = bestPath(network, 0, features.frames);
  const words = (path?.steps ?? []).flatMap((step) => {
    const label = labels[step.chain];
    if (label?.kind !== "expected") return [];
    const scores = phoneScores(label.phones, step, emissions);
    const mean = scores.reduce((sum, { score }) => sum + score, 0) / scores.length;
    return mean < SHOWN ? [] : [(places[label.place] as (typeof places)[number]).written];
  });
  return words.join(" ");
}

/** Readings of a token that are looked for. */
const MOST_READINGS = 6;

/** A reading's words said without a pause between them. A lone word keeps all its pronunciations. */
function withoutPauses(words: readonly TextWord[]): readonly Pronunciation[] {
  const [only] = words;
  if (only && words.length === 1) return only.pronunciations;
  return [words.flatMap(({ pronunciations }) => pronunciations[0] ?? [])];
}

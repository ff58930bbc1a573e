/** Hearing: for each word of the text, how much worse each way it may have been read is than the best. */
import type { LookAlike } from "./lexicon.ts";
import type { Place, ReadingNetwork } from "./reading-network.ts";
import { bestThrough } from "./search.ts";

/** Nats by which the expected word may be worse than the best path and still be called read; tuned by bench/reader-eval.ts. */
export const MARGINS = {
  keep: 38,
  /** Added per nat that the voice's usual word loses. */
  voice: 2,
};

/** What the best whole path loses, in nats, by each reading of a place. */
export interface Losses {
  expected: number;
  unknown: number;
  omitted: number;
  lookAlike: number;
  /** Look-alikes that were not far off. */
  readonly candidates: LookAlike[];
}

/** Weighs every reading of every place in the frames from `start` to before `end`. */
export function weighReadings(
  places: readonly Place[],
  { network, labels, skips }: ReadingNetwork,
  start: number,
  end: number,
): Losses[] {
  const through = bestThrough(network, start, end);
  const best = through.chains.reduce((most, score) => Math.max(most, score), -Infinity);
  const found = places.map((_, place): Losses & { scored: { loss: number; word: LookAlike }[] } => ({
    expected: Infinity,
    unknown: Infinity,
    omitted: best - (through.jumps[skips[place] as number] ?? -Infinity),
    lookAlike: Infinity,
    candidates: [],
    scored: [],
  }));
  labels.forEach((label, chain) => {
    const at = found[label.place];
    const loss = best - (through.chains[chain] as number);
    if (!at) return;
    if (label.kind === "expected") at.expected = Math.min(at.expected, loss);
    if (label.kind === "unknown") at.unknown = loss;
    if (label.kind === "look_alike") at.scored.push({ loss, word: label.word });
  });
  for (const at of found) {
    at.scored.sort((a, b) => a.loss - b.loss);
    at.lookAlike = at.scored[0]?.loss ?? Infinity;
    at.candidates.push(...at.scored.slice(0, 6).map(({ word }) => word));
  }
  return found;
}

/** Which places the expected word stands at: nothing else may explain the audio better by more than a margin. */
export function readAsExpected(found: readonly Losses[]): boolean[] {
  // A voice the model does not fit loses something on every word: the margin widens with what its usual word loses.
  const usual = found.map((at) => at.expected).sort((a, b) => a - b)[
    Math.floor(found.length * 0.4)
  ] as number;
  const margin = MARGINS.keep + MARGINS.voice * Math.min(60, usual);
  return found.map((at) => at.expected <= margin + Math.min(at.unknown, at.omitted, at.lookAlike));
}

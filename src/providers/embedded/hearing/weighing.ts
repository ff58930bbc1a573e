/** Hearing: for each word of the text, how much worse each way it may have been read is than the best. */
import type { LookAlike } from "./lexicon.ts";
import type { Place, ReadingNetwork } from "./reading-network.ts";
import { bestThrough } from "./search.ts";
import { NATURAL_MISFIT } from "./speaker.ts";

/** Nats by which the expected word may be worse than another reading and still count as read; tuned by bench/reader-eval.ts. */
const KEEP = 32;
/** Added per nat that the voice's usual word loses: a voice the model does not fit loses something on every word. */
const PER_USUAL_LOSS = 1;
/** Added per nat a frame by which the voice is stranger than natural voices are. */
const PER_MISFIT = 15;
const WIDEST = 130;
/** How much more, or less, than a look-alike the other readings have to win by. */
const UNKNOWN_EXTRA = 5;
const OMITTED_EXTRA = -16;
/** A look-alike no further off than one kindred phone may be an accent: it has to win by so much more. */
const ACCENT = 0.61;
const ACCENT_EXTRA = 20;
/** The share of the words, best first, that shows what the voice usually loses. */
const USUAL_SHARE = 2 / 3;

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
    for (const { loss, word } of at.scored)
      at.lookAlike = Math.min(at.lookAlike, loss + (word.distance <= ACCENT ? ACCENT_EXTRA : 0));
    at.candidates.push(...at.scored.slice(0, 6).map(({ word }) => word));
  }
  return found;
}

/** Which places the expected word stands at. `misfit`: how strange the voice is to the model, nats a frame. */
export function readAsExpected(found: readonly Losses[], misfit: number): boolean[] {
  const best = found.map((at) => at.expected).sort((a, b) => a - b);
  best.length = Math.max(1, Math.floor(best.length * USUAL_SHARE));
  const usual = best.reduce((sum, loss) => sum + loss, 0) / best.length;
  const strange = PER_MISFIT * Math.max(0, misfit - NATURAL_MISFIT);
  const margin = Math.min(WIDEST, KEEP + PER_USUAL_LOSS * usual + strange);
  return found.map(
    (at) =>
      at.expected <= margin + Math.min(at.lookAlike, at.unknown + UNKNOWN_EXTRA, at.omitted + OMITTED_EXTRA),
  );
}

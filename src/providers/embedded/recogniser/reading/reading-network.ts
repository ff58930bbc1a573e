/** Builds the search network of a text: for each word, itself, a similar word, other speech, an omission, or a repetition. */
import { type ChainBody, type Emissions, withFrameCost } from "../decoding/emissions.ts";
import type { Chain, Network } from "../decoding/viterbi.ts";
import type { Pronunciation, SimilarWord } from "../lexicon/lexicon.ts";

/** A word of the text with everything that may stand in its place. */
export interface WordSlot {
  readonly pronunciations: readonly Pronunciation[];
  readonly similarWords: readonly SimilarWord[];
}

/** Meaning of a chain of the network. */
export type Label =
  | { readonly kind: "expected"; readonly place: number; readonly phones: Pronunciation }
  | {
      readonly kind: "look_alike";
      readonly place: number;
      readonly phones: Pronunciation;
      readonly word: SimilarWord;
    }
  | { readonly kind: "unknown"; readonly place: number }
  | { readonly kind: "extra"; readonly place: number }
  | { readonly kind: "pause"; readonly place: number };

/** Log weights (nats, ≤ 0) of everything but the expected word. */
export interface Weights {
  readonly similarWord: number;
  /** Per natural logarithm of a look-alike's rank among common words. */
  readonly rarity: number;
  /** Per unit of a look-alike's distance from the word: slips resemble what is written. */
  readonly dissimilarity?: number;
  readonly unknown: number;
  readonly skip: number;
  readonly extra: number;
  readonly repetition: number;
  readonly pause: number;
  /**
   * Cost of garbage, nats a frame (≥ 0): words pay 0.2 to 1.2 for their transitions, and drawn-out ones would lose to free
   * garbage by their length. Left out: none.
   */
  readonly garbageFrame?: number;
  /** To end before the last word (an unfinished reading); left out: not allowed. */
  readonly early?: number;
}

export interface ReadingNetwork {
  readonly network: Network;
  /** By chain. */
  readonly labels: readonly Label[];
  /** The senones of each chain's states. */
  readonly bodies: readonly ChainBody[];
  /** Index of the jump that leaves a place out, by place. */
  readonly skips: readonly number[];
}

/** Options open at a place; everything where not said. */
export interface SlotOptions {
  readonly expected: boolean;
  readonly similarWords: readonly SimilarWord[];
  readonly unknown: boolean;
  readonly skip: boolean;
}

/** Distance beyond which words do not resemble each other at all. */
const MOST_UNLIKE = 2.6;
/** Rank from which on a word counts as less than common. */
const COMMON_RANK = 500;

/** Builds the network over `places`; `open` narrows what may stand at a place. */
export function readingNetwork(
  emissions: Emissions,
  places: readonly WordSlot[],
  weights: Weights,
  open: (place: number) => SlotOptions,
): ReadingNetwork {
  const count = places.length;
  const begin = (place: number) => count + 1 + place;
  const chains: Chain[] = [];
  const labels: Label[] = [];
  const bodies: ChainBody[] = [];
  const jumps: { from: number; to: number; weight: number }[] = [];
  const skips: number[] = [];
  const garbage = withFrameCost(emissions.garbage, weights.garbageFrame ?? 0);
  const add = (from: number, to: number, weight: number, body: ChainBody, label: Label) => {
    chains.push({ from, to, weight, emissions: body.emissions, stay: body.stay, leave: body.leave });
    labels.push(label);
    bodies.push(body);
  };
  for (let place = 0; place <= count; place++) {
    // Nodes 0…count: that many words are done. Then, in the same order, the places where the next may begin.
    jumps.push({ from: place, to: begin(place), weight: 0 });
    for (const pause of emissions.pauses)
      add(begin(place), begin(place), weights.pause, pause, { kind: "pause", place });
    if (weights.extra > -Infinity)
      add(begin(place), begin(place), weights.extra, garbage, { kind: "extra", place });
    for (let back = 1; back <= 2 && place - back >= 0 && weights.repetition > -Infinity; back++)
      jumps.push({ from: place, to: begin(place - back), weight: weights.repetition });
    if (place === count) break;
    const { pronunciations } = places[place] as WordSlot;
    const { expected, similarWords, unknown, skip } = open(place);
    const before = edges(places[place - 1], -1);
    const after = edges(places[place + 1], 0);
    if (expected)
      for (const phones of pronunciations)
        add(begin(place), place + 1, 0, emissions.word(phones, before, after), {
          kind: "expected",
          place,
          phones,
        });
    for (const word of similarWords) {
      const rarity = Math.log(Math.max(1, (word.rank + 1) / COMMON_RANK));
      const unlike = Math.min(word.distance, MOST_UNLIKE);
      const weight = weights.similarWord + weights.rarity * rarity + (weights.dissimilarity ?? 0) * unlike;
      const label: Label = { kind: "look_alike", place, phones: word.phones, word };
      add(begin(place), place + 1, weight, emissions.word(word.phones, before, after), label);
    }
    if (unknown) add(begin(place), place + 1, weights.unknown, garbage, { kind: "unknown", place });
    skips.push(skip ? jumps.length : -1);
    if (skip) jumps.push({ from: begin(place), to: begin(place + 1), weight: weights.skip });
  }
  const end = begin(count) + 1;
  jumps.push({ from: begin(count), to: end, weight: 0 });
  if (weights.early !== undefined)
    for (let place = 0; place < count; place++)
      jumps.push({ from: begin(place), to: end, weight: weights.early });
  return { network: { nodes: 2 * count + 3, chains, jumps }, labels, bodies, skips };
}

/** The phones that a neighbouring word may end (−1) or begin (0) with. */
function edges(place: WordSlot | undefined, at: 0 | -1): readonly string[] {
  return [...new Set((place?.pronunciations ?? []).map((phones) => phones.at(at) as string))];
}

/** Computes, for each word of the text, the loss of each alternative against the best path. */

import type { AcousticModel } from "../acoustic/acoustic-model.ts";
import { NATURAL_MISFIT } from "../acoustic/feature-adaptation.ts";
import { bestThrough } from "../decoding/viterbi.ts";
import { isVowel, type Pronunciation, type SimilarWord } from "../lexicon/lexicon.ts";
import type { SubstitutionLeads } from "./phone-substitutions.ts";
import type { ReadingNetwork, WordSlot } from "./reading-network.ts";

/**
 * Added to the model's margin per nat that the voice's usual word loses: a voice the model does not fit loses something on
 * every word. All nats here are tuned by eval/reader.
 */
const PER_USUAL_LOSS = 2;
/** Added per nat a frame by which the voice is stranger than natural voices are. */
const PER_MISFIT = 40;
const WIDEST = 130;
/** Added per unit of log odds that the word's worst phone was said right: a wrong sound leaves its mark on one phone. */
const PER_WORST_PHONE = 4;
const WORST_PHONE = { least: -4, most: 3 };
/**
 * Margin by which a run of any sounds has to win beyond a look-alike's: it fits whatever the model does not, as slips
 * through a microphone that colours them.
 */
const UNKNOWN_EXTRA = { stranger: 10, known: 20 };
/** A look-alike no further off than one kindred phone has to win by so much more: a vowel may be an accent. */
const KINDRED = 0.61;
const ACCENT_EXTRA = 20;
const SLIP_EXTRA = 5;
/**
 * Weights of the leads of other sounds, and what their sum may come to while the word still stands: set where four right
 * words in a thousand of the calibration sentences, read in sessions, lose. A better vowel takes some of what a look-alike
 * won by: it may have won by an accent.
 */
const PER_CONSONANT = 0.8;
const PER_VOWEL = -0.3;
const SOUNDS_KEEP = 42;
/** Excess losses between which other sounds are sought: beyond, they should not turn the decision. */
const LEAST_DOUBT = -60;
const MOST_DOUBT = 40;
/** The share of the words, best first, that shows what the voice usually loses. */
const USUAL_SHARE = 2 / 3;

/** Loss of the best whole path, in nats, by each reading of a place. */
export interface Losses {
  expected: number;
  unknown: number;
  omitted: number;
  similarWord: number;
  /** Look-alikes that were not far off. */
  readonly candidates: SimilarWord[];
}

/** Weighs every reading of every place in the frames from `start` to before `end`. */
export function lossesOf(
  places: readonly WordSlot[],
  { network, labels, skips }: ReadingNetwork,
  start: number,
  end: number,
): Losses[] {
  const through = bestThrough(network, start, end);
  const best = through.chains.reduce((most, score) => Math.max(most, score), -Infinity);
  const found = places.map((_, place): Losses & { scored: { loss: number; word: SimilarWord }[] } => ({
    expected: Infinity,
    unknown: Infinity,
    omitted: best - (through.jumps[skips[place] as number] ?? -Infinity),
    similarWord: Infinity,
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
    at.candidates.push(...at.scored.slice(0, 6).map(({ word }) => word));
  }
  found.forEach((at, place) => {
    const { pronunciations } = places[place] as WordSlot;
    for (const { loss, word } of at.scored)
      at.similarWord = Math.min(at.similarWord, loss + kindredExtra(word, pronunciations));
  });
  return found;
}

function kindredExtra(word: SimilarWord, ways: readonly Pronunciation[]): number {
  if (word.distance > KINDRED) return 0;
  const consonants = consonantsOf(word.phones);
  return ways.some((way) => consonantsOf(way) === consonants) ? ACCENT_EXTRA : SLIP_EXTRA;
}

const consonantsOf = (phones: Pronunciation) => phones.filter((phone) => !isVowel(phone)).join(" ");

/**
 * By how many nats the expected word loses more than it may at each place (below 0: less). `misfit`: how strange the voice
 * is to the model, nats a frame. `worstPhones`: by place, the score (0–1) of the word's worst phone were the text read as
 * written.
 */
export function excessLosses(
  { tolerance, adapted: known = false }: Pick<AcousticModel, "tolerance" | "adapted">,
  found: readonly Losses[],
  misfit: number,
  worstPhones: ReadonlyMap<number, number>,
): number[] {
  const best = found.map((at) => at.expected).sort((a, b) => a - b);
  best.length = Math.max(1, Math.floor(best.length * USUAL_SHARE));
  const usual = best.reduce((sum, loss) => sum + loss, 0) / best.length;
  const strange = PER_MISFIT * Math.max(0, misfit - NATURAL_MISFIT);
  const margin = Math.min(WIDEST, tolerance.margin + PER_USUAL_LOSS * usual + strange);
  const unknownExtra = known ? UNKNOWN_EXTRA.known : UNKNOWN_EXTRA.stranger;
  return found.map(
    (at, place) =>
      at.expected -
      margin -
      phoneMargin(worstPhones.get(place)) -
      Math.min(at.similarWord, at.unknown + unknownExtra, at.omitted),
  );
}

/**
 * The places where other sounds could turn the decision, and may: not beside a word that was not read, whose frames its
 * neighbours have to fill, and not against an omission or sounds of no word. None for a strange voice; for one that is
 * not known yet other sounds are better not sought at all: as often as not it is the voice that differs.
 */
export function doubtfulPlaces(
  found: readonly Losses[],
  excess: readonly number[],
  misfit: number,
): ReadonlySet<number> {
  if (trustInSounds(misfit) === 0) return new Set();
  const missing = (place: number) => (excess[place] ?? 0) > 0;
  return new Set(
    found.flatMap(({ similarWord, unknown, omitted }, place) => {
      const loss = excess[place] as number;
      if (loss < LEAST_DOUBT || loss > MOST_DOUBT || missing(place - 1) || missing(place + 1)) return [];
      return loss > 0 && similarWord > Math.min(unknown + UNKNOWN_EXTRA.known, omitted) ? [] : [place];
    }),
  );
}

/**
 * Finds the places where the expected word stands, by its excess loss and, where they were sought, by the leads of
 * other sounds.
 */
export function readAsExpected(
  excess: readonly number[],
  misfit: number,
  leads: ReadonlyMap<number, SubstitutionLeads>,
): boolean[] {
  const trust = trustInSounds(misfit);
  return excess.map((loss, place) => {
    const lead = leads.get(place);
    if (!lead) return loss <= 0;
    return loss + trust * (PER_CONSONANT * lead.consonant + PER_VOWEL * lead.vowel - SOUNDS_KEEP) <= 0;
  });
}

/** 1 for natural voices; of one that is strange to the model every sound fits another one better, down to 0. */
const trustInSounds = (misfit: number): number =>
  Math.min(1, Math.max(0, (NATURAL_MISFIT - misfit) / NATURAL_MISFIT));

function phoneMargin(score: number | undefined): number {
  if (score === undefined) return 0;
  const odds = Math.log(Math.max(score, 1e-3) / Math.max(1 - score, 1e-3));
  return PER_WORST_PHONE * Math.min(WORST_PHONE.most, Math.max(WORST_PHONE.least, odds));
}

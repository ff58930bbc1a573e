/** Recognition, step 5 of 5: judges what of a text was read, word by word. */
import { type AcousticModel, STATES } from "../acoustic/acoustic-model.ts";
import { assignFrames, type FrameAssignment } from "../acoustic/feature-adaptation.ts";
import type { Features } from "../acoustic/front-end.ts";
import { sampleSpeaker } from "../acoustic/model-adaptation.ts";
import type { SenoneScores } from "../acoustic/senone-scores.ts";
import { type ChainBody, type Emissions, openEmissions } from "../decoding/emissions.ts";
import { phoneScores } from "../decoding/phone-scores.ts";
import { bestPath } from "../decoding/viterbi.ts";
import type { CommonWord, SimilarWord } from "../lexicon/lexicon.ts";
import { type Alignment, alignText } from "./alignment.ts";
import { doubtfulPlaces, excessLosses, type Losses, lossesOf, readAsExpected } from "./alternatives.ts";
import { dropIsolatedWords } from "./isolated-words.ts";
import { substitutionLeads } from "./phone-substitutions.ts";
import { chooseReadings } from "./reading-choice.ts";
import { type Label, readingNetwork, type Weights } from "./reading-network.ts";
import {
  type ReadingJudgement,
  reportReading,
  type SpokenSegment,
  type TextToken,
  type TextWord,
} from "./reading-report.ts";
import { findWordCandidates } from "./word-candidates.ts";

/** Log weights in nats, tuned on synthetic voices by eval/reader. */
const WEIGHING: Weights = {
  similarWord: -20,
  rarity: -6,
  unknown: -20,
  skip: -30,
  extra: -40,
  repetition: -90,
  pause: -2,
  garbageFrame: 1,
};
/** Once the words read are settled: which of the others were left out, which became something else. */
const SETTLING: Weights = {
  similarWord: -5,
  rarity: -7,
  dissimilarity: -14,
  unknown: -80,
  skip: -35,
  extra: -60,
  repetition: -90,
  pause: -2,
  garbageFrame: 1,
};
/** Words of a text that can be judged in one utterance; the rest counts as left out. */
const MOST_WORDS = 400;
/** Words weighed together, at least, and at most before a cut at a less certain place. */
const PART_WORDS = 10;
const LONGEST_PART = 16;

/**
 * Judges how the `tokens` of `text` were read in audio with these `scores`; undefined where the audio is too short for
 * any of it. `common` are the words that others may have become.
 */
export function judgeReading(
  model: AcousticModel,
  features: Features,
  scores: SenoneScores,
  text: string,
  tokens: readonly TextToken[],
  common: readonly CommonWord[],
): ReadingJudgement | undefined {
  const places = chooseReadings(model, features, scores, tokens);
  const considered = places.slice(0, MOST_WORDS);
  const placed = alignText(model, features, scores, considered);
  if (!placed) return undefined;
  const parts = cutAtCertainWords(placed, considered, features.frames).map((cut): Part => {
    const emissions = openEmissions(model, placed.scores.window(cut.start, cut.end));
    return { ...cut, emissions };
  });
  const found = parts.flatMap(partLosses);
  const candidates = found.map((losses) => losses.candidates);
  const asWritten =
    settle(
      parts,
      considered.map(() => true),
      candidates,
    ) ?? [];
  const excess = excessLosses(model, found, placed.misfit, scoresOf(asWritten, Math.min));
  const doubtful = model.adapted ? doubtfulPlaces(found, excess, placed.misfit) : new Set<number>();
  const leads = substitutionLeads(model, placed.scores, asWritten, doubtful);
  const fitting = readAsExpected(excess, placed.misfit, leads);
  // One wrong sound makes no gap: the words beside it were still read where they seem to be.
  const present = fitting.map((is, place) => is || (excess[place] as number) <= 0);
  const first = settle(parts, present, candidates);
  if (!first) return undefined;
  const kept = dropIsolatedWords(
    present,
    scoresOf(first),
    considered.map(({ pronunciations }) => pronunciations[0]!.length),
  );
  const read = kept.map((is, place) => is && (fitting[place] as boolean));
  const settled = read.every((is, place) => is === present[place]) ? first : settle(parts, read, candidates);
  if (!settled) return undefined;
  const judged = reportReading(text, tokens, places, settled, features);
  const sample = judged.understood
    ? sampleSpeaker(model, features, placed.scores, surelyReadFrames(settled, placed.scores), placed.misfit)
    : undefined;
  const named = judged.understood ? addWordCandidates(settled, candidates, common) : undefined;
  const spoken = named && settle(parts, read, named);
  const told = spoken ? reportReading(text, tokens, places, spoken, features) : judged;
  return sample ? { ...told, sample } : told;
}

/** The best path once it is settled at which places the expected words stand; undefined where none fits the audio. */
function settle(
  parts: readonly Part[],
  read: readonly boolean[],
  candidates: readonly (readonly SimilarWord[])[],
): SpokenSegment[] | undefined {
  const spoken: SpokenSegment[] = [];
  for (const part of parts) {
    const settled = settlePart(part, read, candidates);
    if (!settled) return undefined;
    spoken.push(...settled);
  }
  return spoken;
}

/** The score from which a sound was surely the one that is written. */
const SURE_SOUND = 0.8;

/**
 * The frames of the words that were surely read right: from others nothing is learnt, or a slip would become the voice's own.
 * Nor from a sound beside a pause, which may have taken some of the silence.
 */
function surelyReadFrames(settled: readonly SpokenSegment[], scores: SenoneScores): FrameAssignment[] {
  return settled.flatMap(({ step, label, senones, emissions, offset }, i) => {
    if (label.kind !== "expected") return [];
    if (phoneScores(label.phones, step, emissions).some(({ score }) => score < SURE_SOUND)) return [];
    const first = endOf(settled[i - 1]) === offset + step.start ? 0 : STATES;
    const last = step.states.length - (startOf(settled[i + 1]) === offset + step.end ? 0 : STATES);
    return step.states.flatMap((from, s) => {
      const to = step.states[s + 1] ?? step.end;
      const inside = s >= first && s < last;
      return inside ? assignFrames(scores, senones[s] as readonly number[], offset + from, offset + to) : [];
    });
  });
}

const startOf = (piece: SpokenSegment | undefined) => piece && piece.offset + piece.step.start;
const endOf = (piece: SpokenSegment | undefined) => piece && piece.offset + piece.step.end;

const mean = (...scores: number[]) => scores.reduce((sum, score) => sum + score, 0) / scores.length;

/** Scores each expected word, by place: the mean of its phones' scores, or what `of` makes of them. */
function scoresOf(
  spoken: readonly SpokenSegment[],
  of: (...scores: number[]) => number = mean,
): Map<number, number> {
  return new Map(
    spoken.flatMap(({ step, label, emissions }) => {
      if (label.kind !== "expected") return [];
      const scores = phoneScores(label.phones, step, emissions).map(({ score }) => score);
      return [[label.place, of(...scores)] as const];
    }),
  );
}

/** The candidates, and all common words that fit where something else was said; undefined where nothing else was. */
function addWordCandidates(
  settled: readonly SpokenSegment[],
  candidates: readonly (readonly SimilarWord[])[],
  common: readonly CommonWord[],
): (readonly SimilarWord[])[] | undefined {
  const others = settled.filter(({ label }) => label.kind === "unknown" || label.kind === "look_alike");
  if (others.length === 0) return undefined;
  const named = [...candidates];
  for (const { step, label, emissions } of others)
    named[label.place] = [
      ...(candidates[label.place] as readonly SimilarWord[]),
      ...findWordCandidates(emissions, common, step.start, step.end),
    ];
  return named;
}

/** A run of the text and the frames it was read in. */
interface Cut {
  readonly places: readonly TextWord[];
  /** Place in the text at which it begins. */
  readonly first: number;
  readonly start: number;
  readonly end: number;
}

interface Part extends Cut {
  /** Emissions of its own frames, counted from its start. */
  readonly emissions: Emissions;
}

/** Long texts are weighed part by part, cut where the words on both sides of the cut were surely read. */
function cutAtCertainWords(placed: Alignment, places: readonly TextWord[], frames: number): Cut[] {
  const began = new Map<number, number>();
  for (const step of placed.path.steps) {
    const label = placed.network.labels[step.chain] as Label;
    if (label.kind === "expected") began.set(label.place, step.start);
  }
  const parts: Cut[] = [];
  let first = 0;
  let start = 0;
  for (let place = 1; place < places.length; place++) {
    const length = place - first;
    const cut = began.get(place);
    if (length < PART_WORDS || places.length - place < 3 || cut === undefined || cut <= start) continue;
    if (!began.has(place - 1) && length < LONGEST_PART) continue;
    parts.push({ places: places.slice(first, place), first, start, end: cut });
    first = place;
    start = cut;
  }
  parts.push({ places: places.slice(first), first, start, end: frames });
  return parts;
}

function partLosses({ places, emissions }: Part): Losses[] {
  const network = readingNetwork(emissions, places, WEIGHING, (place) => ({
    expected: true,
    similarWords: (places[place] as TextWord).similarWords,
    unknown: true,
    skip: true,
  }));
  return lossesOf(places, network, 0, emissions.frames);
}

function settlePart(
  { places, first, start, emissions }: Part,
  read: readonly boolean[],
  candidates: readonly (readonly SimilarWord[])[],
): SpokenSegment[] | undefined {
  const { network, labels, bodies } = readingNetwork(emissions, places, SETTLING, (place) => {
    const expected = read[first + place] as boolean;
    const similarWords = expected ? [] : (candidates[first + place] as readonly SimilarWord[]);
    return { expected, similarWords, unknown: !expected, skip: !expected };
  });
  return bestPath(network, 0, emissions.frames)?.steps.flatMap((step) => {
    const label = labels[step.chain] as Label;
    return label.kind === "pause"
      ? []
      : [
          {
            step,
            label: { ...label, place: label.place + first },
            senones: (bodies[step.chain] as ChainBody).senones,
            emissions,
            offset: start,
          },
        ];
  });
}

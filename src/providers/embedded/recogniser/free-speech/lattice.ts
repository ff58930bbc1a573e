/**
 * Free speech: the words of the best path, and how sure each is, from all the ways that the search remembers. Every end of a
 * word or pause is an arc between two frames; arcs that meet at a frame are taken to follow each other, whatever was said
 * before (word posteriors after Wessel et al. 2001).
 */
import type { WordRecordColumns } from "./word-records.ts";

export interface RecognisedWord {
  readonly word: number;
  /** First frame, and the one after its last. */
  readonly start: number;
  readonly end: number;
  /** Share of all ways through the utterance, weighed by their scores, on which the word is said at this time, 0..1. */
  readonly posterior: number;
}

interface Arcs {
  readonly word: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly score: Float64Array;
  /** Arcs in the order of their ends. */
  readonly count: number;
}

/** The words on the way to the record `end`. */
export function bestWords({ word, back }: WordRecordColumns, end: number): number[] {
  const words: number[] = [];
  for (let r = end; r >= 0; r = back[r]!) if (word[r]! >= 0) words.unshift(word[r]!);
  return words;
}

/** The same words with their times and shares. `scale`: how much scores count, below 1. */
export function recognisedWords(records: WordRecordColumns, end: number, scale: number): RecognisedWord[] {
  const frames = end < 0 ? 0 : Math.max(records.frame[end]!, 1);
  const arcs = collectArcs(records, frames);
  const shareOf = arcPosteriors(arcs, frames, scale);
  const { word, back, frame } = records;
  const found: RecognisedWord[] = [];
  for (let to = end, r = end; r >= 0; r = back[r]!) {
    if (word[r]! < 0) {
      to = r;
      continue;
    }
    const from = back[r]!;
    const [start, stop] = [frame[from]!, frame[to]!];
    const shares = sharesAt(arcs, shareOf, (start + stop) >> 1);
    const posterior = shares.get(word[r]!) ?? 0;
    found.unshift({ word: word[r]!, start, end: stop, posterior });
  }
  return found;
}

/** The best arc of each word between two frames. */
function collectArcs({ count, word, back, frame, score }: WordRecordColumns, frames: number): Arcs {
  const arcs = {
    word: new Int32Array(count),
    start: new Int32Array(count),
    end: new Int32Array(count),
    score: new Float64Array(count),
    count: 0,
  };
  let known = new Map<number, number>();
  let last = -1;
  for (let r = 0; r < count; r++) {
    const [before, end] = [back[r]!, frame[r]!];
    if (word[r]! >= 0 || before < 0 || end > frames) continue;
    if (end !== last) known = new Map();
    last = end;
    // A pause follows the end of a word at once, a word is decided on in between.
    const w = word[before]!;
    const from = w < 0 ? before : back[before]!;
    const value = score[r]! - score[from]!;
    const key = w * 16_384 + frame[from]!;
    const same = known.get(key);
    if (same !== undefined) {
      if (value > arcs.score[same]!) arcs.score[same] = value;
      continue;
    }
    const at = arcs.count++;
    known.set(key, at);
    arcs.word[at] = w;
    arcs.start[at] = frame[from]!;
    arcs.end[at] = end;
    arcs.score[at] = value;
  }
  return arcs;
}

const NEVER = -1e300;

/** ln(e^a + e^b) */
function logAdd(a: number, b: number): number {
  const [most, least] = a > b ? [a, b] : [b, a];
  return least <= NEVER ? most : most + Math.log1p(Math.exp(least - most));
}

/** Share of all ways from the first to the last frame that go through each arc. */
function arcPosteriors({ count, start, end, score }: Arcs, frames: number, scale: number): Float64Array {
  const before = new Float64Array(frames + 1).fill(NEVER);
  const after = new Float64Array(frames + 1).fill(NEVER);
  before[0] = 0;
  for (let i = 0; i < count; i++)
    if (before[start[i]!]! > NEVER)
      before[end[i]!] = logAdd(before[end[i]!]!, before[start[i]!]! + score[i]! * scale);
  after[frames] = 0;
  for (let i = count - 1; i >= 0; i--)
    if (after[end[i]!]! > NEVER)
      after[start[i]!] = logAdd(after[start[i]!]!, after[end[i]!]! + score[i]! * scale);
  const whole = before[frames]!;
  return Float64Array.from({ length: count }, (_, i) => {
    const [a, b] = [before[start[i]!]!, after[end[i]!]!];
    return a <= NEVER || b <= NEVER ? 0 : Math.exp(a + score[i]! * scale + b - whole);
  });
}

/** Longest arc that is looked for, frames. */
const LONGEST = 300;

/** The share of each word that is being said at a frame. */
function sharesAt(
  { count, word, start, end }: Arcs,
  posterior: Float64Array,
  frame: number,
): Map<number, number> {
  const shares = new Map<number, number>();
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (end[middle]! <= frame) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < count && end[i]! <= frame + LONGEST; i++)
    if (start[i]! <= frame && posterior[i]! > 1e-6)
      shares.set(word[i]!, (shares.get(word[i]!) ?? 0) + posterior[i]!);
  return shares;
}

/** Melody of a reading, measured: which syllable and which word stand out, how the voice ends, where it pauses. Pure. */
import type { Contour } from "../../pipeline/delivery/contour.ts";
import { Melody } from "../../pipeline/delivery/melody.ts";
import { type Prominence, prominenceOf, vowelsOf } from "../../pipeline/delivery/prominence.ts";
import type { ReadPhone, ReadWord } from "../../ports/reading.ts";

/** Weight of each figure of a prominence, in log odds. */
type Weights = Readonly<Record<keyof Prominence, number>>;

/** Weights of stress, by logistic regression on the calibration part of `npm run eval:prosody`. */
const stressWeights: Weights = { length: 1.6, level: 0.03, pitch: 0.7, full: 0.55 };
/** Vowels at the end of a word are longer by this, as a natural logarithm (Klatt 1976: by some 40 %). */
const finalLength = 0.35;
/** Semitones under the highest syllable of its word by which a syllable loses at most: sentences move by more than words. */
const mostUnder = 3;
/** Weights of emphasis, found in the same way, rounded. */
const emphasisWeights: Weights = { length: 2, level: 0.3, pitch: 0.5, full: 0 };

/** The end of a sentence: its last word, and so much at least, ms. */
const shortestEndMs = 350;
/** Voiced points of 20 ms that an end needs for its direction. */
const fewestPoints = 5;
/** Points whose median is where the voice arrives. */
const arrival = 3;

/** Words of the text in their order, and the contour of their audio with a point every 20 ms. */
export interface MeasuredReading {
  readonly words: readonly ReadWord[];
  readonly contour: Contour;
}

/** Weight of each syllable of a word in log odds against each other; undefined where its vowels are not all known. */
export function syllableWeights(
  { words, contour }: MeasuredReading,
  word: number,
  syllables: number,
): number[] | undefined {
  const phones = words[word]?.phones ?? [];
  if (vowelsOf(phones).length !== syllables) return undefined;
  return syllableProminences(phones, new Melody(contour)).map((each) => weigh(each, stressWeights));
}

/**
 * Prominence of a word's vowels beside each other. People's pitch often peaks behind the stressed syllable (Xu 1999), so
 * that a syllable has the pitch of the next one, too. The vowel of "party" and "carries" is full, and hardly ever stressed.
 */
function syllableProminences(phones: readonly ReadPhone[], melody: Melody): Prominence[] {
  const vowels = vowelsOf(phones);
  const found = vowels.map((vowel) => prominenceOf(vowel, melody));
  const highest = Math.max(...found.map(({ pitch }) => pitch));
  return found.map((own, at) => {
    const vowel = vowels[at] as ReadPhone;
    const behind = phones.slice(phones.indexOf(vowel) + 1).map(({ phone }) => phone);
    const peak = Math.max(own.pitch, found[at + 1]?.pitch ?? own.pitch);
    const isWeak = vowel.phone === "IY" && (behind.length === 0 || behind.join() === "Z");
    return {
      ...own,
      length: own.length - (behind.length === 0 ? finalLength : 0),
      pitch: Math.max(peak - highest, -mostUnder),
      full: isWeak ? 0 : own.full,
    };
  });
}

/** Weight of each word, that of its weightiest vowel; undefined for words whose vowels are not known. */
export function wordWeights({ words, contour }: MeasuredReading): (number | undefined)[] {
  const melody = new Melody(contour);
  return words.map(({ phones = [] }) => {
    const vowels = vowelsOf(phones).map((vowel) => prominenceOf(vowel, melody));
    if (vowels.length === 0) return undefined;
    const most = (figure: keyof Prominence) => Math.max(...vowels.map((vowel) => vowel[figure]));
    const strongest = {
      length: most("length"),
      level: most("level"),
      pitch: most("pitch"),
      full: most("full"),
    };
    return weigh(strongest, emphasisWeights);
  });
}

function weigh(prominence: Prominence, weights: Weights): number {
  const { length, level, pitch, full } = weights;
  return (
    length * prominence.length + level * prominence.level + pitch * prominence.pitch + full * prominence.full
  );
}

/** How the voice moves over the end of a sentence. */
export interface SentenceEnd {
  /** From where the end begins to where it arrives. */
  readonly semitones: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Undefined where the last word's place is not known, or too little of its end is voiced. */
export function sentenceEnd({ words, contour }: MeasuredReading): SentenceEnd | undefined {
  const last = words.at(-1);
  if (last?.startMs === undefined || last.endMs === undefined) return undefined;
  const melody = new Melody(contour);
  const from = vowelsOf(last.phones ?? [])[0]?.startMs ?? last.startMs;
  const voiceEnd = melody.points.at(-1)?.atMs ?? 0;
  const points = melody.between(Math.min(from, voiceEnd - shortestEndMs), voiceEnd + 1);
  if (points.length < fewestPoints) return undefined;
  const heights = points.map(({ semitones }) => semitones);
  const begun = median(heights.slice(0, Math.max(arrival, Math.floor(heights.length / 3))));
  const [first, end] = [points[0], points.at(-1)];
  return {
    semitones: median(heights.slice(-arrival)) - begun,
    startMs: first?.atMs ?? last.startMs,
    endMs: end?.atMs ?? last.endMs,
  };
}

/**
 * Silence behind each word but the last, ms; undefined where the places of the words are not known. Silence may be aligned
 * with the consonants beside it, so that it is looked for between the middles of the words as well.
 */
export function gapsBetween({ words, contour }: MeasuredReading): (number | undefined)[] {
  const melody = new Melody(contour);
  return words.slice(0, -1).map((word, at) => {
    const next = words[at + 1];
    if (word.endMs === undefined || next?.startMs === undefined) return undefined;
    const quiet = melody.quietMs(middleOf(word), middleOf(next));
    return Math.max(0, next.startMs - word.endMs, quiet);
  });
}

function middleOf({ startMs = 0, endMs = 0 }: ReadWord): number {
  return (startMs + endMs) / 2;
}

/** The middle value, the lower of the middle two. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}

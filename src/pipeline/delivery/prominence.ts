/** Prominence of vowels: how long, loud and high each is beside what it usually is. Pure. */
import type { ReadPhone } from "../../ports/reading.ts";
import type { Melody } from "./melody.ts";

/** Prominence of one vowel, in figures that compare within an utterance. */
export interface Prominence {
  /** Natural logarithm of its length by the vowel's usual one. */
  readonly length: number;
  /** Highest level, dBFS. */
  readonly level: number;
  /** Highest pitch over the line on which the voice sinks, semitones; 0 where no pitch was measured. */
  readonly pitch: number;
  /** 1: a full vowel; 0: one of those that unstressed syllables have. */
  readonly full: number;
}

/** Usual lengths of stressed vowels, ms, by ARPAbet (Klatt 1979, "Synthesis by rule of segmental durations", table). */
const usualMs: Readonly<Record<string, number>> = {
  AA: 240,
  AE: 230,
  AH: 140,
  AO: 240,
  AW: 260,
  AY: 250,
  EH: 150,
  ER: 180,
  EY: 190,
  IH: 135,
  IY: 155,
  OW: 220,
  OY: 280,
  UH: 160,
  UW: 210,
};
const weak = new Set(["AH", "IH", "ER"]);
/** A pitch peak may lie a little beside its vowel, ms (Xu 1999: peaks are late). */
const beforeMs = 10;
const afterMs = 40;

/** Vowels among the phones of a word, in ARPAbet. */
export function vowelsOf(phones: readonly ReadPhone[]): ReadPhone[] {
  return phones.filter(({ phone }) => usualMs[phone] !== undefined);
}

/** Prominence of a vowel of an utterance. */
export function prominenceOf(vowel: ReadPhone, melody: Melody): Prominence {
  const { phone, startMs, endMs } = vowel;
  const pitches = melody.excursions(startMs - beforeMs, endMs + afterMs);
  return {
    length: Math.log((endMs - startMs) / (usualMs[phone] ?? 180)),
    level: melody.level(startMs, endMs),
    pitch: Math.max(...(pitches.length > 0 ? pitches : [0])),
    full: weak.has(phone) ? 0 : 1,
  };
}

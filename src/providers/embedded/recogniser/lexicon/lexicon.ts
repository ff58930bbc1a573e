/** The pronunciation dictionary of a language, and the common words that sound similar to a given one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { phoneCodes, phoneDistance } from "./phone-distance.ts";

/** In both models' alphabets a vowel's name begins with a vowel, and no consonant's does. */
export const isVowel = (phone: string): boolean => /^[aeiou]/i.test(phone);

/** Phone names of one way to say a word. */
export type Pronunciation = readonly string[];

export interface SimilarWord {
  readonly word: string;
  readonly phones: Pronunciation;
  /** Weighted phone edit distance to the nearest pronunciation of the word asked about. */
  readonly distance: number;
  /** Place among the language's common words, from 0. */
  readonly rank: number;
}

export interface CommonWord {
  readonly word: string;
  readonly phones: Pronunciation;
  readonly codes: Uint8Array;
  readonly rank: number;
}

export interface Lexicon {
  /** All ways to say a word (lower case) that the dictionary knows. */
  pronunciations(word: string): readonly Pronunciation[];
  /** Common words that could be heard for these pronunciations, nearest first; never one that sounds the same. */
  similarWords(pronunciations: readonly Pronunciation[]): readonly SimilarWord[];
  /** Common words with their pronunciations, most common first. */
  readonly common: readonly CommonWord[];
}

/** Number of look-alikes kept for a word. */
const KEPT = 32;

/** Reads a model's dictionary; `commonWords` come most common first. */
export function loadLexicon(folder: string, commonWords: readonly string[]): Lexicon {
  const entries = new Map<string, string[]>();
  for (const line of readFileSync(join(folder, "dict.txt"), "utf8").split("\n")) {
    const space = line.search(/\s/);
    if (space < 0) continue;
    const word = line.slice(0, space).replace(/\(\d+\)$/, "");
    const known = entries.get(word);
    const phones = line.slice(space + 1).trim();
    if (known) known.push(phones);
    else entries.set(word, [phones]);
  }
  const pronunciations = (word: string): readonly Pronunciation[] =>
    (entries.get(word) ?? []).map((phones) => phones.split(/\s+/));
  const taken = new Set<string>();
  const common = commonWords.flatMap((word, rank) =>
    [...pronunciations(word), ...pronunciations(word).map(mergedVowels)].flatMap((phones) => {
      const sound = phones.join(" ");
      // Of words that sound the same, the most common spelling is the one that was probably meant.
      if (taken.has(sound)) return [];
      taken.add(sound);
      return [{ word, phones, codes: phoneCodes(phones), rank }];
    }),
  );
  const remembered = new Map<string, readonly SimilarWord[]>();
  return {
    pronunciations,
    common,
    similarWords(expected) {
      const key = expected.map((phones) => phones.join(" ")).join("|");
      let found = remembered.get(key);
      if (!found) {
        found = nearest(common, expected);
        if (remembered.size > 5000) remembered.clear();
        remembered.set(key, found);
      }
      return found;
    },
  };
}

/** Merges the vowels of "cot" and "caught", as many speakers do and no dictionary entry does. */
const mergedVowels = (phones: Pronunciation): Pronunciation =>
  phones.map((phone, i) => (phone === "AO" && phones[i + 1] !== "R" ? "AA" : phone));

function nearest(common: Lexicon["common"], expected: readonly Pronunciation[]): SimilarWord[] {
  const found: SimilarWord[] = [];
  const limits = expected.map((phones) => Math.min(2.6, 0.9 + 0.28 * phones.length));
  const targets = expected.map(phoneCodes);
  for (const { word, phones, codes, rank } of common) {
    let distance = Infinity;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i] as Uint8Array;
      const limit = limits[i] as number;
      if (Math.abs(target.length - codes.length) > limit) continue;
      distance = Math.min(distance, phoneDistance(target, codes, limit));
    }
    if (distance > 0 && distance < Infinity) found.push({ word, phones, distance, rank });
  }
  const cost = (a: SimilarWord) => a.distance + 0.12 * Math.log(a.rank + 10);
  return found.sort((a, b) => cost(a) - cost(b)).slice(0, KEPT);
}

/** Free speech: a trigram language model with back-off, in arrays that threads share. */
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import {
  BACKOFF_STEP,
  BACKOFF_ZERO,
  type LanguageModelColumns,
  MAGIC,
  PROBABILITY_STEP,
} from "./language-model-format.ts";

/** The model's data, over shared memory: may be posted to other threads. */
export interface LanguageModelData extends LanguageModelColumns {
  /** The words joined by line ends, UTF-8; the first is the beginning of a sentence, the second its end. */
  readonly text: Uint8Array;
  /** Index of each word's first bigram, and of each bigram's first trigram. */
  readonly firstBigram: Uint32Array;
  readonly firstTrigram: Uint32Array;
}

/** Numbers of the markers among the words. */
const SENTENCE_START = 0;
export const SENTENCE_END = 1;

export const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(Math.max(8, bytes));

/** Reads a model's file. @throws Error where it is none */
export function readLanguageModel(path: URL | string): LanguageModelData {
  const file = brotliDecompressSync(readFileSync(path));
  const [magic, words, bigrams, trigrams, textBytes] = Array.from({ length: 5 }, (_, i) =>
    file.readInt32LE(4 * i),
  ) as [number, number, number, number, number];
  if (magic !== MAGIC) throw new Error(`${path}: not a language model`);
  let at = 20;
  const bytes = (count: number): Uint8Array => {
    const column = new Uint8Array(shared(count), 0, count);
    column.set(file.subarray(at, at + count));
    at += count;
    return column;
  };
  const pairs = (count: number): Uint16Array => {
    const column = new Uint16Array(shared(2 * count), 0, count);
    for (let i = 0; i < count; i++) column[i] = file[at + i]! | (file[at + count + i]! << 8);
    at += 2 * count;
    return column;
  };
  const text = bytes(textBytes);
  const unigramP = bytes(words);
  const unigramBackoff = bytes(words);
  const bigramCount = pairs(words);
  const trigramCount = pairs(bigrams);
  return {
    text,
    unigramP,
    unigramBackoff,
    bigramCount,
    trigramCount,
    bigramWord: pairs(bigrams),
    bigramP: bytes(bigrams),
    bigramBackoff: bytes(bigrams),
    trigramWord: pairs(trigrams),
    trigramP: bytes(trigrams),
    firstBigram: startsOf(bigramCount),
    firstTrigram: startsOf(trigramCount),
  };
}

/** Running sums of counts: where each list begins, and the last one ends. */
function startsOf(counts: Uint16Array): Uint32Array {
  const starts = new Uint32Array(shared(4 * (counts.length + 1)), 0, counts.length + 1);
  for (let i = 0; i < counts.length; i++) starts[i + 1] = starts[i]! + counts[i]!;
  return starts;
}

/** Index of `word` among the ascending numbers from `from` to before `to`; -1: not among them. */
function find(column: Uint16Array, from: number, to: number, word: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = column[middle]!;
    if (found === word) return middle;
    if (found < word) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/**
 * Scores words after what was said before them. A context is a number: below the count of bigrams, the bigram of the last
 * two words; from there on, the last word alone, where the model knows no trigram after the two.
 */
export class LanguageModel {
  readonly words: readonly string[];
  readonly #data: LanguageModelData;
  readonly #bigrams: number;
  /** Context after the word that was scored last. */
  next = 0;

  constructor(data: LanguageModelData) {
    this.#data = data;
    this.#bigrams = data.bigramWord.length;
    this.words = Buffer.from(data.text).toString("utf8").split("\n");
  }

  /** Context at the beginning of a sentence. */
  get start(): number {
    return this.#bigrams + SENTENCE_START;
  }

  /** Log probability of a word alone, nats. */
  unigram(word: number): number {
    return -PROBABILITY_STEP * this.#data.unigramP[word]!;
  }

  /** Log probability of a word in a context, nats; sets `next`. */
  score(context: number, word: number): number {
    const { firstTrigram, trigramWord, trigramP, bigramWord, bigramBackoff } = this.#data;
    if (context >= this.#bigrams) return this.#afterWord(context - this.#bigrams, word);
    const shorter = this.#afterWord(bigramWord[context]!, word);
    const at = find(trigramWord, firstTrigram[context]!, firstTrigram[context + 1]!, word);
    if (at >= 0) return -PROBABILITY_STEP * trigramP[at]!;
    return BACKOFF_STEP * (bigramBackoff[context]! - BACKOFF_ZERO) + shorter;
  }

  #afterWord(before: number, word: number): number {
    const { firstBigram, bigramWord, bigramP, trigramCount, unigramBackoff, unigramP } = this.#data;
    const at = find(bigramWord, firstBigram[before]!, firstBigram[before + 1]!, word);
    this.next = at >= 0 && trigramCount[at]! > 0 ? at : this.#bigrams + word;
    if (at >= 0) return -PROBABILITY_STEP * bigramP[at]!;
    return BACKOFF_STEP * (unigramBackoff[before]! - BACKOFF_ZERO) - PROBABILITY_STEP * unigramP[word]!;
  }
}

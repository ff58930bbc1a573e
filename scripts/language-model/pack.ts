/** Writes a language model as the recogniser reads it. */
import {
  BACKOFF_STEP,
  BACKOFF_ZERO,
  type LanguageModelColumns,
  MAGIC,
  PROBABILITY_STEP,
} from "../../src/providers/embedded/recogniser/free-speech/language-model-format.ts";
import type { SmallModel } from "./prune.ts";

const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
const probability = (logP: number): number => byte(-logP / PROBABILITY_STEP);
const backoffWeight = (backoff: number): number => byte(BACKOFF_ZERO + backoff / BACKOFF_STEP);

export function packLanguageModel({ words, unigrams, bigrams }: SmallModel): Buffer {
  const second = bigrams.flat();
  const third = second.flatMap((bigram) => bigram.trigrams);
  if (words.length > 65_536) throw new Error("more words than 16 bits can name");
  const columns: LanguageModelColumns = {
    unigramP: Uint8Array.from(unigrams, ({ logP }) => probability(logP)),
    unigramBackoff: Uint8Array.from(unigrams, ({ backoff }) => backoffWeight(backoff)),
    bigramCount: Uint16Array.from(bigrams, (list) => list.length),
    trigramCount: Uint16Array.from(second, ({ trigrams }) => trigrams.length),
    bigramWord: Uint16Array.from(second, ({ word }) => word),
    bigramP: Uint8Array.from(second, ({ logP }) => probability(logP)),
    bigramBackoff: Uint8Array.from(second, ({ backoff }) => backoffWeight(backoff)),
    trigramWord: Uint16Array.from(third, ({ word }) => word),
    trigramP: Uint8Array.from(third, ({ logP }) => probability(logP)),
  };
  const text = Buffer.from(words.join("\n"), "utf8");
  const head = Buffer.from(
    Int32Array.of(MAGIC, words.length, second.length, third.length, text.length).buffer,
  );
  return Buffer.concat([head, text, ...Object.values(columns).flatMap(bytesOf)]);
}

/** Bytes of a column; of 16-bit ones the low bytes before the high ones, which compresses better. */
function bytesOf(column: Uint8Array | Uint16Array): Uint8Array[] {
  if (column instanceof Uint8Array) return [column];
  return [Uint8Array.from(column, (value) => value & 255), Uint8Array.from(column, (value) => value >> 8)];
}

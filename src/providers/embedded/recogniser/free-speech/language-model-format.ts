/**
 * The file of a trigram language model, compressed with Brotli: a header of 32-bit numbers (`magic`, words, bigrams,
 * trigrams, bytes of the words), the words joined by line ends, then columns. All logarithms are natural ones in steps.
 */

export const MAGIC = 0x314d4c4b;
/** Nats in one step of a log probability, which is `-step × value`. */
export const PROBABILITY_STEP = 0.08;
/** A back-off weight is `BACKOFF_STEP × (value - BACKOFF_ZERO)`, nats. */
export const BACKOFF_STEP = 0.05;
export const BACKOFF_ZERO = 180;

/** Columns of the file in their order; `u16` values are stored as all low bytes, then all high ones. */
export interface LanguageModelColumns {
  /** Of each word. */
  readonly unigramP: Uint8Array;
  readonly unigramBackoff: Uint8Array;
  /** Number of each word's bigrams, and of each bigram's trigrams. */
  readonly bigramCount: Uint16Array;
  readonly trigramCount: Uint16Array;
  /** Last word of each bigram and trigram. */
  readonly bigramWord: Uint16Array;
  readonly bigramP: Uint8Array;
  readonly bigramBackoff: Uint8Array;
  readonly trigramWord: Uint16Array;
  readonly trigramP: Uint8Array;
}

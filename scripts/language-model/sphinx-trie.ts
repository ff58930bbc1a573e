/** Reads a trigram language model in the binary trie format of CMU Sphinx (`Trie Language Model`, order 3). */

/** A trigram model; probabilities and back-off weights are natural logarithms. */
export interface Trigrams {
  readonly words: readonly string[];
  readonly unigram: { readonly logP: Float32Array; readonly backoff: Float32Array };
  readonly bigrams: NgramTable;
  readonly trigrams: NgramTable;
}

/** N-grams in columns, in no particular order; `history` holds the words before `word`, last first. */
interface NgramTable {
  readonly word: Uint32Array;
  readonly history: readonly Uint32Array[];
  readonly logP: Float32Array;
  /** Of bigrams alone. */
  readonly backoff?: Float32Array;
}

const MAGIC = "Trie Language Model";
const QUANTA = 65_536;
/** Nats in one unit of the file's logarithms, whose base is 1.0001. */
const UNIT = Math.log(1.0001);

const bitsFor = (most: number): number => 32 - Math.clz32(most);

/** Reads up to 25 bits that start at bit `at`. */
function readBits(file: Buffer, at: number, bits: number): number {
  return (file.readUInt32LE(at >>> 3) >>> (at & 7)) & ((1 << bits) - 1);
}

/** @throws Error where the file is not of that format */
export function readSphinxTrie(file: Buffer): Trigrams {
  if (file.toString("latin1", 0, MAGIC.length) !== MAGIC || file[MAGIC.length] !== 3)
    throw new Error("not a trigram model in Sphinx's trie format");
  const [n1, n2, n3] = [0, 1, 2].map((i) => file.readUInt32LE(MAGIC.length + 1 + 4 * i)) as [
    number,
    number,
    number,
  ];
  let at = MAGIC.length + 1 + 12 + 4;
  const quanta = () => {
    const values = Float32Array.from({ length: QUANTA }, (_, i) => file.readFloatLE(at + 4 * i) * UNIT);
    at += 4 * QUANTA;
    return values;
  };
  const [bigramP, bigramBackoff, trigramP] = [quanta(), quanta(), quanta()];
  const unigram = { logP: new Float32Array(n1), backoff: new Float32Array(n1) };
  const firstChild = new Uint32Array(n1 + 1);
  for (let word = 0; word <= n1; word++, at += 12) {
    if (word < n1) unigram.logP[word] = file.readFloatLE(at) * UNIT;
    if (word < n1) unigram.backoff[word] = file.readFloatLE(at + 4) * UNIT;
    firstChild[word] = file.readUInt32LE(at + 8);
  }
  const wordBits = bitsFor(n1);
  const nextBits = bitsFor(n3);
  const middleBits = wordBits + 32 + nextBits;
  const longestBits = wordBits + 16;
  const middle = file.subarray(at);
  const longest = middle.subarray(Math.floor(((1 + n2) * middleBits + 7) / 8) + 8);
  const bigrams = {
    word: new Uint32Array(n2),
    history: [new Uint32Array(n2)],
    logP: new Float32Array(n2),
    backoff: new Float32Array(n2),
  };
  const trigrams = {
    word: new Uint32Array(n3),
    history: [new Uint32Array(n3), new Uint32Array(n3)],
    logP: new Float32Array(n3),
  };
  for (let word = 0; word < n1; word++)
    for (let i = firstChild[word]!; i < firstChild[word + 1]!; i++) {
      const bit = i * middleBits;
      const before = readBits(middle, bit, wordBits);
      bigrams.word[i] = word;
      bigrams.history[0]![i] = before;
      bigrams.backoff[i] = bigramBackoff[readBits(middle, bit + wordBits, 16)]!;
      bigrams.logP[i] = bigramP[readBits(middle, bit + wordBits + 16, 16)]!;
      const next = readBits(middle, bit + wordBits + 32, nextBits);
      const end = readBits(middle, bit + middleBits + wordBits + 32, nextBits);
      for (let k = next; k < end; k++) {
        trigrams.word[k] = word;
        trigrams.history[0]![k] = before;
        trigrams.history[1]![k] = readBits(longest, k * longestBits, wordBits);
        trigrams.logP[k] = trigramP[readBits(longest, k * longestBits + wordBits, 16)]!;
      }
    }
  at += Math.floor(((1 + n2) * middleBits + 7) / 8) + 8 + Math.floor(((1 + n3) * longestBits + 7) / 8) + 8;
  const words = file
    .toString("utf8", at + 4, at + 4 + file.readInt32LE(at))
    .split("\0")
    .slice(0, n1);
  return { words, unigram, bigrams, trigrams };
}

/** Makes a trigram model smaller: fewer words, and no n-gram whose loss the model hardly notices. */
import type { Trigrams } from "./sphinx-trie.ts";

/** N-grams of a model in ascending order of their words: a row's words, then its values. */
export interface SmallModel {
  readonly words: readonly string[];
  readonly unigrams: readonly { readonly logP: number; readonly backoff: number }[];
  /** By first word, ascending by second; each with its trigrams, ascending by third. */
  readonly bigrams: readonly (readonly Bigram[])[];
}

interface Bigram {
  readonly word: number;
  readonly logP: number;
  backoff: number;
  trigrams: readonly { readonly word: number; readonly logP: number }[];
}

export interface PruneOptions {
  /** Words that can be said at all, such as those of a dictionary. */
  readonly sayable: (word: string) => boolean;
  /** Number of words kept, the likeliest. */
  readonly vocabulary: number;
  /** Least loss of an n-gram that is kept: its probability times the change of its logarithm (Seymore & Rosenfeld 1996). */
  readonly bigramLoss: number;
  readonly trigramLoss: number;
}

const markers = ["<s>", "</s>"];

export function prune(model: Trigrams, options: PruneOptions): SmallModel {
  const { unigram } = model;
  const kept = model.words
    .map((word, id) => ({ word, id, logP: unigram.logP[id]! }))
    .filter(({ word }) => !markers.includes(word) && options.sayable(word))
    .sort((a, b) => b.logP - a.logP)
    .slice(0, options.vocabulary);
  const old = [...markers.map((word) => model.words.indexOf(word)), ...kept.map(({ id }) => id)];
  const renumbered = new Int32Array(model.words.length).fill(-1);
  old.forEach((id, at) => {
    renumbered[id] = at;
  });
  const bigrams: Bigram[][] = old.map(() => []);
  const known = new Map<number, Bigram>();
  const key = (first: number, second: number) => first * old.length + second;
  const { word, history, logP, backoff } = model.bigrams;
  word.forEach((second, i) => {
    const [a, b] = [renumbered[history[0]![i]!]!, renumbered[second]!];
    if (a < 0 || b < 0) return;
    const bigram = { word: b, logP: logP[i]!, backoff: backoff![i]!, trigrams: [] };
    bigrams[a]!.push(bigram);
    known.set(key(a, b), bigram);
  });
  const unigrams = old.map((id) => ({ logP: unigram.logP[id]!, backoff: unigram.backoff[id]! }));
  // The beginning of a sentence is no word, but as likely a context as the end of one.
  const likelihood = (id: number) => (id === 0 ? unigrams[1]!.logP : unigrams[id]!.logP);
  const found = new Map<Bigram, { word: number; logP: number }[]>();
  model.trigrams.word.forEach((third, i) => {
    const [a, b, c] = [model.trigrams.history[1]![i]!, model.trigrams.history[0]![i]!, third].map(
      (id) => renumbered[id]!,
    ) as [number, number, number];
    const context = a < 0 || b < 0 || c < 0 ? undefined : known.get(key(a, b));
    if (!context) return;
    const p = model.trigrams.logP[i]!;
    const shorter =
      context.backoff + (known.get(key(b, c))?.logP ?? unigrams[b]!.backoff + unigrams[c]!.logP);
    if (Math.exp(likelihood(a) + context.logP + p) * Math.abs(p - shorter) < options.trigramLoss) return;
    const list = found.get(context) ?? [];
    list.push({ word: c, logP: p });
    found.set(context, list);
  });
  for (const [context, list] of found) context.trigrams = list.sort((x, y) => x.word - y.word);
  const small = bigrams.map((list, a) =>
    list
      .filter((bigram) => {
        const loss =
          Math.exp(likelihood(a) + bigram.logP) *
          Math.abs(bigram.logP - unigrams[a]!.backoff - unigrams[bigram.word]!.logP);
        return bigram.trigrams.length > 0 || loss >= options.bigramLoss;
      })
      .sort((x, y) => x.word - y.word),
  );
  return { words: old.map((id) => model.words[id]!), ...weighBackoffs(unigrams, small) };
}

/** The mass that the kept n-grams of a context leave goes to the shorter context. */
function weighBackoffs(
  unigrams: SmallModel["unigrams"],
  bigrams: Bigram[][],
): Pick<SmallModel, "unigrams" | "bigrams"> {
  const left = (taken: number, shorter: number) =>
    Math.log(Math.max(1e-3, 1 - taken) / Math.max(1e-3, 1 - shorter));
  const weighed = unigrams.map(({ logP }, a) => {
    let [taken, shorter] = [0, 0];
    for (const { word, logP } of bigrams[a]!) {
      taken += Math.exp(logP);
      shorter += Math.exp(unigrams[word]!.logP);
    }
    return { logP, backoff: left(taken, shorter) };
  });
  const second = bigrams.map((list) => new Map(list.map((bigram) => [bigram.word, bigram.logP])));
  for (const bigram of bigrams.flat()) {
    let [taken, shorter] = [0, 0];
    for (const { word, logP } of bigram.trigrams) {
      taken += Math.exp(logP);
      shorter += Math.exp(
        second[bigram.word]!.get(word) ?? weighed[bigram.word]!.backoff + weighed[word]!.logP,
      );
    }
    bigram.backoff = bigram.trigrams.length === 0 ? 0 : left(taken, shorter);
  }
  return { unigrams: weighed, bigrams };
}

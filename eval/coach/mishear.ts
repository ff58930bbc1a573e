/** A recogniser with word errors, simulated: what it makes of words, and how well it knows where it is wrong. */
import type { Transcript } from "../../src/ports/transcriber.ts";

export interface MishearOptions {
  /** Share of the words that come out wrong, 0–1. */
  readonly errors: number;
  /** Share of the wrong words that are marked as doubtful, and of the right ones. */
  readonly doubted: number;
  readonly doubtedRight: number;
  /** Any integer; the same gives the same. */
  readonly seed: number;
}

/** What words are taken for: common ones, as a language model makes them up. */
const others: Readonly<Record<string, readonly string[]>> = {
  en: "the and house about money right never mother paper again water think sister table morning little".split(
    " ",
  ),
  fr: "le et maison argent jamais mère papier encore eau pense sœur table matin petit avec toujours".split(
    " ",
  ),
};

/**
 * The transcript of what was said, without punctuation, as recognisers give it. Of the errors, six in ten are another word,
 * two a word left out, and two one too many.
 */
export function misheard(said: string, language: string, options: MishearOptions): Transcript {
  const random = randomFrom(options.seed, said);
  const vocabulary = others[language.slice(0, 2)] ?? others.en ?? [];
  const other = () => vocabulary[Math.floor(random() * vocabulary.length)] ?? "the";
  const words = said.match(/[\p{L}\p{N}'’-]+/gu) ?? [];
  const heard = words.flatMap((word) => {
    if (random() >= options.errors) return [{ text: word, wrong: false }];
    const kind = random();
    if (kind < 0.6) return [{ text: other(), wrong: true }];
    if (kind < 0.8) return [];
    return [
      { text: word, wrong: false },
      { text: other(), wrong: true },
    ];
  });
  const timed = heard.map(({ text, wrong }, at) => {
    const doubtful = random() < (wrong ? options.doubted : options.doubtedRight);
    const confidence = doubtful ? 0.3 : 0.95;
    return { text, startMs: at * 300, endMs: at * 300 + 250, confidence, doubtful };
  });
  const text = heard.map((word) => word.text).join(" ");
  return { text, understood: timed.some(({ doubtful }) => !doubtful), words: timed };
}

/** Numbers from 0 to 1 that depend on the seed and the words alone. */
function randomFrom(seed: number, words: string): () => number {
  let state = seed >>> 0;
  for (const letter of words) state = (Math.imul(state, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The transcript of what a recogniser gives: its text as a person would write it, and the times of its words. */
import type { TimedWord } from "../../../ports/audio.ts";

interface Recognised {
  readonly tokens?: readonly string[];
  readonly timestamps?: readonly number[];
}

/** Adds punctuation and casing to a text in small letters that has none. */
export type Punctuate = (text: string) => string;

/** The longest that a last word is taken to last, ms: its end is not told. */
const lastWordMs = 400;

/** Trims the text; one that is all capitals, as of models without casing, becomes a sentence's. */
export function tidyText(text: string): string {
  const trimmed = text.trim();
  return hasCapitalsOnly(trimmed) ? sentenceCase(trimmed.toLowerCase()) : trimmed;
}

/** The text, punctuated where the recogniser gave neither marks nor casing; with its words, where they are as many as its own. */
export function toTranscript(
  raw: string,
  words: readonly TimedWord[],
  punctuate: Punctuate | undefined,
): { readonly text: string; readonly words?: readonly TimedWord[] } {
  const text = (punctuate && punctuated(raw.trim(), punctuate)) ?? tidyText(raw);
  const spoken = text.split(/\s+/);
  if (words.length === 0 || spoken.length !== words.length) return { text };
  return { text, words: words.map((word, i) => ({ ...word, text: spoken[i] as string })) };
}

/** The words with their times; none where the tokens do not tell them, as most models' do: a word's first begins with a space. */
export function timedWords(
  { tokens = [], timestamps = [] }: Recognised,
  offsetMs: number,
): readonly TimedWord[] {
  if (tokens.length !== timestamps.length) return [];
  const words: { text: string; startMs: number; endMs: number }[] = [];
  for (const [i, token] of tokens.entries()) {
    const atMs = offsetMs + (timestamps[i] as number) * 1000;
    const last = words.at(-1);
    if (last && !token.startsWith(" ")) {
      last.text += token;
      last.endMs = atMs;
      continue;
    }
    if (last) last.endMs = Math.max(last.startMs, Math.min(atMs, last.endMs + lastWordMs));
    words.push({ text: token.trimStart(), startMs: atMs, endMs: atMs });
  }
  const last = words.at(-1);
  if (last) last.endMs += lastWordMs;
  return words;
}

/** Undefined where the text has marks or casing of its own, and where its words would not be the same ones. */
function punctuated(text: string, punctuate: Punctuate): string | undefined {
  const isPlain = text === text.toLowerCase() || hasCapitalsOnly(text);
  if (text === "" || !isPlain || /[.,!?;:。，、？！]/.test(text)) return undefined;
  const marked = punctuate(text.toLowerCase());
  return wordsOf(marked) === wordsOf(text) ? marked : undefined;
}

const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .split(/[\s.,!?。，、？！]+/)
    .filter((word) => word !== "")
    .join(" ");

const hasCapitalsOnly = (text: string) => text === text.toUpperCase() && text !== text.toLowerCase();

/** Has the sentences of a text in small letters begin with a capital. */
export function sentenceCase(text: string): string {
  return text
    .replace(/\bi\b/g, "I")
    .replace(/(^|[.!?]\s+)(\p{Ll})/gu, (_, before, letter) => `${before}${letter.toUpperCase()}`);
}

/** Text and word times of what a recogniser gives. */
import type { TimedWord } from "../../../ports/audio.ts";

interface Recognised {
  readonly text: string;
  readonly tokens?: readonly string[];
  readonly timestamps?: readonly number[];
}

/** The longest that a last word is taken to last, ms: its end is not told. */
const lastWordMs = 400;

/** Trims the text; one that is all capitals, as of models without casing, becomes a sentence's. */
export function tidyText(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed !== trimmed.toUpperCase() || trimmed === trimmed.toLowerCase())
    return trimmed;
  const lower = trimmed.toLowerCase().replace(/\bi\b/g, "I");
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** The words with their times, where the tokens begin words by a space as those of most models do; else undefined. */
export function timedWords(
  { text, tokens = [], timestamps = [] }: Recognised,
  offsetMs: number,
): readonly TimedWord[] | undefined {
  if (tokens.length === 0 || tokens.length !== timestamps.length) return undefined;
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
  const spoken = tidyText(text).split(/\s+/);
  if (spoken.length !== words.length) return undefined;
  return words.map((word, i) => ({ ...word, text: spoken[i] as string }));
}

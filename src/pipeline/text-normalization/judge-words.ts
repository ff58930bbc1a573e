/** Judging a reading from words alone: the text's words against those that a transcriber wrote down. */
import type { Reading, ReadWord } from "../../ports/reading.ts";
import { type SpokenToken, spokenLanguage, spokenTokens } from "./spoken-words.ts";
import { type SpokenVerdict, tokenVerdicts } from "./token-verdicts.ts";
import { alignWords } from "./word-alignment.ts";

/**
 * Verdicts from words alone, for transcribers that give text but judge nothing: both texts as they are read aloud, in
 * whichever ways make them most alike ("$25" is "twenty five dollars"). No scores, no times. `accuracy` is 0 when the
 * text has no words. `language`: BCP 47.
 */
export function judgeWords(text: string, heardText: string, language = "en-US"): Reading {
  const spoken = spokenLanguage(language);
  const expected = spokenTokens(text, spoken).map((token) => comparable(token, spoken));
  const heard = spokenTokens(heardText, spoken).map((token) => comparable(token, spoken));
  const words = verdicts(expected, heard);
  const correct = words.filter((word) => word.verdict === "correct").length;
  return { text, words, accuracy: expected.length === 0 ? 0 : correct / expected.length };
}

/** In French an s at the end of these is not heard. */
function comparable(token: SpokenToken, language: string | undefined): SpokenToken {
  if (language !== "fr") return token;
  const readings = token.readings.map((words) => words.map((word) => word.replace(/^(vingt|cent)s$/, "$1")));
  return { ...token, readings };
}

function verdicts(expected: readonly SpokenToken[], heard: readonly SpokenToken[]): ReadWord[] {
  const pairs = alignWords(expected, heard);
  /** Number of words that each heard token was read as. */
  const lengths = new Map<number, number>();
  for (const { heard: found } of pairs)
    if (found) lengths.set(found.token, (lengths.get(found.token) ?? 0) + 1);
  const origins = new Map<ReadWord, number>();
  const spoken = pairs.map((pair): SpokenVerdict => {
    const word = wordVerdict(pair.expected?.word, pair.heard?.word);
    if (pair.heard) origins.set(word, pair.heard.token);
    if (pair.expected) return { word, token: pair.expected.token };
    return { word: { ...word, heard: nameOf([word], origins, lengths, heard) ?? word.heard ?? "" } };
  });
  return tokenVerdicts(spoken, expected, (_, parts) => nameOf(parts, origins, lengths, heard));
}

function wordVerdict(expected: string | undefined, heard: string | undefined): ReadWord {
  if (expected === undefined) return { verdict: "inserted", heard: heard ?? "" };
  if (heard === undefined) return { verdict: "omitted", expected };
  return { verdict: expected === heard ? "correct" : "substituted", expected, heard };
}

/**
 * Names what was heard for these words: as the transcriber wrote it where all of a token is among them, else the
 * words.
 */
function nameOf(
  parts: readonly ReadWord[],
  origins: ReadonlyMap<ReadWord, number>,
  lengths: ReadonlyMap<number, number>,
  heard: readonly SpokenToken[],
): string | undefined {
  const told = new Set<number>();
  const names = parts.flatMap((part) => {
    const token = origins.get(part);
    if (token === undefined || told.has(token)) return [];
    const own = parts.filter((each) => origins.get(each) === token);
    if (own.length < (lengths.get(token) ?? 0)) return part.heard ?? [];
    told.add(token);
    return (heard[token] as SpokenToken).written;
  });
  return names.length > 0 ? names.join(" ") : undefined;
}

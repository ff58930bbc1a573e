/** Verdicts on spoken words brought together as verdicts on the text's tokens. */
import type { ReadWord } from "../../ports/reading.ts";
import type { SpokenToken } from "./spoken-words.ts";

/** The verdict on one spoken word. `token`: which of the text's tokens it is part of; absent: it was added. */
export interface SpokenVerdict {
  readonly word: ReadWord;
  readonly token?: number;
}

/**
 * One verdict a token, in their order, and what was added where it was. A token is correct where all of its words were,
 * omitted where none was said, else substituted by what was said. `heardAs`: what is told to have been heard for a token
 * whose words these are; by default the token itself where it was right, else the words.
 */
export function tokenVerdicts(
  spoken: readonly SpokenVerdict[],
  tokens: readonly SpokenToken[],
  heardAs: (token: SpokenToken, parts: readonly ReadWord[]) => string | undefined = heardWords,
): ReadWord[] {
  const parts = new Map<number, ReadWord[]>();
  for (const { word, token } of spoken)
    if (token !== undefined) parts.set(token, [...(parts.get(token) ?? []), word]);
  const told = new Set<number>();
  return spoken.flatMap(({ word, token }) => {
    if (token === undefined) return [word];
    if (told.has(token)) return [];
    told.add(token);
    const whole = tokens[token] as SpokenToken;
    const own = parts.get(token) as ReadWord[];
    return [tokenVerdict(whole, own, heardAs(whole, own))];
  });
}

function heardWords({ written }: SpokenToken, parts: readonly ReadWord[]): string | undefined {
  if (parts.every((part) => part.verdict === "correct")) return written;
  const heard = parts.flatMap((part) => part.heard ?? []);
  return heard.length > 0 ? heard.join(" ") : undefined;
}

function tokenVerdict(
  { written }: SpokenToken,
  parts: readonly ReadWord[],
  heard: string | undefined,
): ReadWord {
  const all = (verdict: ReadWord["verdict"]) => parts.every((part) => part.verdict === verdict);
  if (all("omitted")) return { verdict: "omitted", expected: written };
  const verdict = all("correct") ? "correct" : "substituted";
  const [only] = parts;
  if (only && parts.length === 1) return { ...only, verdict, expected: written, heard };
  const scored = parts.some((part) => part.score !== undefined);
  const score = parts.reduce((sum, part) => sum + (part.score ?? 0), 0) / parts.length;
  const starts = parts.flatMap((part) => part.startMs ?? []);
  const ends = parts.flatMap((part) => part.endMs ?? []);
  const phones = parts.flatMap((part) => part.phones ?? []);
  return {
    verdict,
    expected: written,
    heard,
    ...(scored && { score: Math.round(score * 1000) / 1000 }),
    ...(starts.length > 0 && ends.length > 0 && { startMs: Math.min(...starts), endMs: Math.max(...ends) }),
    ...(verdict === "correct" && phones.length > 0 && { phones }),
  };
}

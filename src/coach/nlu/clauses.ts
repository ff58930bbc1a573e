/** Cuts a text into sentences and clauses that are literal parts of it, so that quotes and notes are words as they were said. Pure. */
import { patternsFor } from "./patterns-by-language.ts";

/** A word of a text and its place there. */
interface Token {
  readonly word: string;
  /** UTF-16 offsets in the text. */
  readonly start: number;
  readonly end: number;
}

/** A run of words between two ends of clauses. */
export interface Clause {
  readonly tokens: readonly Token[];
  /** The words joined by single spaces, capitals kept, apostrophes straight. */
  readonly words: string;
  /** The part of the text from the first word to the last, as it was said. */
  readonly literal: string;
  /** UTF-16 offsets in the text. */
  readonly start: number;
  readonly end: number;
}

/** Punctuation that ends a clause; a full stop or a comma within a number ends none. */
const clauseEnd = /[!?;:…\n—–]|[.,](?!\d)/;
const sentenceEnd = /(?<=[.!?…])\s+|\n+/;
const wordPattern = /[\p{L}\p{N}\p{M}'’]+/gu;

/** The form of a text that clauses are parts of. */
export function normalText(text: string): string {
  return text.normalize("NFC");
}

/** The sentences of a text, each with its punctuation. */
export function sentencesIn(text: string): string[] {
  return normalText(text)
    .split(sentenceEnd)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

/** The clauses of a text in a BCP 47 language, in order; the conjunctions between them belong to none. */
export function clausesIn(text: string, language: string): Clause[] {
  const whole = normalText(text);
  return runsOf(whole)
    .flatMap((run) => splitAtConjunctions(run, language))
    .map((tokens) => clauseOf(whole, tokens));
}

/** The literal part of the text from one clause to another, both included. */
export function literalBetween(text: string, first: Clause, last: Clause): string {
  return normalText(text).slice(first.start, last.end);
}

/** The clause cut down to so many of its words. */
export function cutClause(clause: Clause, from: number, to: number): Clause | undefined {
  const tokens = clause.tokens.slice(from, to);
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (!first || !last) return undefined;
  const literal = clause.literal.slice(first.start - clause.start, last.end - clause.start);
  return { tokens, words: joined(tokens), literal, start: first.start, end: last.end };
}

function clauseOf(text: string, tokens: readonly Token[]): Clause {
  const start = tokens[0]?.start ?? 0;
  const end = tokens.at(-1)?.end ?? start;
  return { tokens, words: joined(tokens), literal: text.slice(start, end), start, end };
}

const joined = (tokens: readonly Token[]) => tokens.map(({ word }) => word).join(" ");

/** Words up to each end of a clause by punctuation. */
function runsOf(text: string): Token[][] {
  const runs: Token[][] = [];
  let run: Token[] = [];
  let after = 0;
  for (const match of text.matchAll(wordPattern)) {
    if (run.length > 0 && clauseEnd.test(text.slice(after, match.index + 1))) {
      runs.push(run);
      run = [];
    }
    after = match.index + match[0].length;
    run.push({ word: match[0].replaceAll("’", "'"), start: match.index, end: after });
  }
  return run.length > 0 ? [...runs, run] : runs;
}

/** Cuts a run of words where the language's conjunctions stand. */
function splitAtConjunctions(tokens: readonly Token[], language: string): Token[][] {
  const { clauseBreak } = patternsFor(language);
  const words = ` ${joined(tokens)} `;
  const parts: Token[][] = [];
  let from = 0;
  for (const match of words.matchAll(new RegExp(clauseBreak.source, `${clauseBreak.flags}i`))) {
    const first = wordsBefore(words, match.index);
    const next = wordsBefore(words, match.index + match[0].length);
    parts.push(tokens.slice(from, first));
    from = next;
  }
  return [...parts, tokens.slice(from)].filter((part) => part.length > 0);
}

/** Number of words of a text of single spaces that end before an offset. */
function wordsBefore(words: string, offset: number): number {
  return words
    .slice(0, offset)
    .split(" ")
    .filter((word) => word !== "").length;
}

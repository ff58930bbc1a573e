/** Quotes: whole clauses as somebody said them. No other text passes for one. Pure. */
import { type Clause, clausesIn, literalBetween, normalText } from "./clauses.ts";

declare const wholeClauses: unique symbol;

/** Whole clauses of one turn, word for word and with the punctuation between them; made here alone. */
export type Quote = string & { readonly [wholeClauses]: true };

/** Finds the fewest whole clauses of `text` that hold the words of `claim` in a row; undefined: it does not hold them. */
export function quoteFrom(claim: string, text: string, language: string): Quote | undefined {
  const wanted = clausesIn(claim, language).flatMap(plainTokens);
  if (wanted.length === 0) return undefined;
  const clauses = clausesIn(text, language);
  const spoken = clauses.flatMap((clause, at) => plainTokens(clause).map((word) => ({ word, at })));
  const start = spoken.findIndex((_, from) => wanted.every((word, to) => spoken[from + to]?.word === word));
  const [first, last] = [spoken[start], spoken[start + wanted.length - 1]];
  if (!first || !last) return undefined;
  return quoteClauses(text, clauses[first.at] as Clause, clauses[last.at] as Clause);
}

/** Quotes a text from one of its clauses to another, both included, with the stops behind the last. */
export function quoteClauses(text: string, first: Clause, last: Clause): Quote {
  const stops = /^[.!…]+/.exec(normalText(text).slice(last.end))?.[0] ?? "";
  return `${literalBetween(text, first, last)}${stops}`.replace(/\s+/g, " ") as Quote;
}

function plainTokens({ tokens }: Clause): string[] {
  return tokens.map(({ word }) => word.toLowerCase());
}

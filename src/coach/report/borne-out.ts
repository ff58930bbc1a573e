/** What the user said, as evidence of the claims that a report makes. Pure. */
import { contentWords, sharedWords } from "../nlu/content-words.ts";
import { type Quote, quoteFrom } from "../nlu/quotes.ts";
import type { EvidenceItem } from "./report.ts";

/** A turn of the user with certain words. */
export interface SaidText {
  readonly text: string;
  readonly itemId?: string;
}

/** The words of a claim in whole clauses of the first turn that holds them; undefined: nobody said them so. */
export function literalOf(
  claim: string,
  turns: readonly SaidText[],
  language: string,
): { readonly quote: Quote; readonly evidence: readonly EvidenceItem[] } | undefined {
  for (const { text, itemId } of turns) {
    const quote = quoteFrom(claim, text, language);
    if (quote !== undefined) return { quote, evidence: [{ itemId }] };
  }
  return undefined;
}

/** The turn that bears out a claim in other words best; none where no turn shares a word with it. */
export function evidenceFor(claim: string, turns: readonly SaidText[], language: string): EvidenceItem[] {
  const literal = literalOf(claim, turns, language);
  if (literal) return [...literal.evidence];
  const words = contentWords(claim, language);
  let best: { readonly shared: number; readonly itemId?: string } | undefined;
  for (const { text, itemId } of turns) {
    const shared = sharedWords(words, contentWords(text, language));
    if (shared > (best?.shared ?? 0)) best = { shared, itemId };
  }
  return best ? [{ itemId: best.itemId }] : [];
}

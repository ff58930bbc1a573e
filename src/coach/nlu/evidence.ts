import type { Intention } from "../../ports/brief.ts";
import { clausesIn } from "./clauses.ts";
import { timeIn } from "./commitments.ts";
import { contentWords, sharedWords } from "./content-words.ts";
import { plainWords } from "./patterns.ts";
import { patternsFor } from "./patterns-by-language.ts";

/** The share of a claim's content words that one turn of the user must hold. */
const leastShared = 0.6;
/** Least share of words where two turns that follow each other say it: "I'll go." – "Where?" – "To the gym." */
const leastSharedByTwo = 0.75;
/** The least for what is no commitment: a fact, an idea, a topic in other words. */
const leastLoosely = 0.25;
/** Turns within which a possibility becomes a commitment by "yes, I'll do that". */
const assentWithin = 2;

/** The user's words, as something that claims are checked against. */
export interface Evidence {
  /**
   * The intention as far as the user's words bear it out: undefined when they did not say it, took it back, or only
   * played with the thought; without its `when` when they named no such time.
   */
  confirm(intention: Intention): Intention | undefined;
  /** Whether a claim that is no commitment is about something the user spoke of. */
  mentions(claim: string | undefined): boolean;
  /** Whether these are words of one turn as they were said, but for case and punctuation. */
  quotes(text: string): boolean;
}

/** Opens the user's words for checking; `turns` in order, `language` BCP 47. Each turn is read once at most. */
export function evidenceOf(turns: readonly string[], language: string): Evidence {
  const cache: string[][] = [];
  const wordsAt = (at: number) => {
    cache[at] ??= contentWords(turns[at] ?? "", language);
    return cache[at];
  };
  const saysTime = (when: string) => {
    const words = contentWords(when, language);
    return words.length > 0 && turns.some((_, at) => sharedWords(words, wordsAt(at)) === 1);
  };
  return {
    confirm({ text, when }) {
      const words = contentWords(text, language);
      if (words.length === 0) return undefined;
      for (let at = turns.length - 1; at >= 0; at--) {
        const here = sharedWords(words, wordsAt(at));
        if (here === 0) continue;
        const turn = turns[at] as string;
        if (retracts(turn, { text }, language)) return undefined;
        const alone = here >= leastShared;
        if (!alone && sharedWords(words, [...wordsAt(at - 1), ...wordsAt(at)]) < leastSharedByTwo) continue;
        const told = alone ? turn : `${turns[at - 1]}. ${turn}`;
        const later = turns.slice(at + 1, at + 1 + assentWithin);
        if (!isCommitment(told, text, words, later, language)) continue;
        return when !== undefined && saysTime(when) ? { text, when } : { text };
      }
      return undefined;
    },
    mentions(claim) {
      const words = contentWords(claim ?? "", language);
      const said = words.filter((word) => turns.some((_, at) => sharedWords([word], wordsAt(at)) > 0));
      return words.length > 0 && said.length / words.length >= leastLoosely;
    },
    quotes(text) {
      const words = plainWords(text);
      return words !== "" && turns.some((turn) => ` ${plainWords(turn)} `.includes(` ${words} `));
    },
  };
}

/** Whether the user says in this turn that they will not do it after all. */
export function retracts(turn: string, { text }: Intention, language: string): boolean {
  const { negation, withdrawal } = patternsFor(language);
  if (!withdrawal.test(plainWords(turn)) || negation.test(plainWords(text))) return false;
  const words = contentWords(text, language);
  return clausesIn(turn, language).some(
    (clause) =>
      withdrawal.test(clause.words.toLowerCase()) &&
      sharedWords(words, contentWords(clause.words, language)) >= leastShared,
  );
}

/** Whether the clause that says it means it: not the opposite, and no mere possibility that nothing came of. */
function isCommitment(
  turn: string,
  text: string,
  words: readonly string[],
  later: readonly string[],
  language: string,
): boolean {
  const { negation, hedge, assent } = patternsFor(language);
  let best = { shared: 0, clause: "" };
  for (const { words: clause } of clausesIn(turn, language)) {
    const shared = sharedWords(words, contentWords(clause, language));
    if (shared > 0 && shared >= best.shared) best = { shared, clause: clause.toLowerCase() };
  }
  if (negation.test(best.clause) !== negation.test(plainWords(text))) return false;
  if (!hedge.test(best.clause)) return true;
  return later.some((each) => assent.test(plainWords(each)) && namesOnlyTime(each, language));
}

/** Whether a turn names nothing of its own but a time: "yes, I'll do that tomorrow". */
function namesOnlyTime(turn: string, language: string): boolean {
  const time = contentWords(timeIn(turn, language) ?? "", language);
  return contentWords(turn, language).every((word) => time.includes(word));
}

/** Whether two intentions are about the same deed. */
export function sameIntention(a: Intention, b: Intention, language: string): boolean {
  const [first, second] = [contentWords(a.text, language), contentWords(b.text, language)];
  return Math.min(sharedWords(first, second), sharedWords(second, first)) >= leastShared;
}

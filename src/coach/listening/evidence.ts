/** Checks what somebody claims the user said against the user's own words, so that nothing is invented. Pure. */
import type { Intention } from "../../pipeline/speech.ts";
import { clausesOf, timeIn } from "./commitments.ts";
import { contentWords, sharedWords } from "./content-words.ts";
import { plainWords } from "./patterns.ts";
import { tongueOf } from "./tongue.ts";

/** The share of a claim's content words that one turn of the user must hold. */
const leastShared = 0.6;
/** The same where it takes two turns that follow each other: "I'll go." – "Where?" – "To the gym." */
const leastSharedByTwo = 0.75;
/** The least for what is no commitment: a fact, an idea, a topic in other words. */
const leastLoosely = 0.25;
/** Turns within which a possibility becomes a commitment by "yes, I'll do that". */
const assentWithin = 2;

/**
 * The intention as far as the user's words bear it out: undefined when they did not say it, took it back, or only
 * played with the thought; without its `when` when they named no such time. `turns` are the user's, in order.
 */
export function provenIntention(
  { text, when }: Intention,
  turns: readonly string[],
  language: string,
): Intention | undefined {
  const words = contentWords(text, language);
  if (words.length === 0) return undefined;
  for (let at = turns.length - 1; at >= 0; at--) {
    const turn = turns[at] as string;
    if (takesBack(turn, { text }, language)) return undefined;
    const before = at > 0 ? (turns[at - 1] as string) : "";
    const here = sharedWords(words, contentWords(turn, language));
    const both = sharedWords(words, contentWords(`${before} ${turn}`, language));
    if (here < leastShared && (here === 0 || both < leastSharedByTwo)) continue;
    const told = here >= leastShared ? turn : `${before}. ${turn}`;
    if (!committedIn(told, text, words, turns.slice(at + 1, at + 1 + assentWithin), language)) continue;
    return when !== undefined && timeSaid(when, turns, language) ? { text, when } : { text };
  }
  return undefined;
}

/** Whether the user says in this turn that they will not do it after all. */
export function takesBack(turn: string, { text }: Intention, language: string): boolean {
  const { negation, withdrawal } = tongueOf(language);
  if (negation.test(plainWords(text))) return false;
  const words = contentWords(text, language);
  return clausesOf(turn, language).some(
    (clause) =>
      withdrawal.test(clause.toLowerCase()) &&
      sharedWords(words, contentWords(clause, language)) >= leastShared,
  );
}

/** Whether the clause that says it means it: not the opposite, and no mere possibility that nothing came of. */
function committedIn(
  turn: string,
  text: string,
  words: readonly string[],
  later: readonly string[],
  language: string,
): boolean {
  const { negation, hedge, assent } = tongueOf(language);
  let best = { shared: 0, clause: "" };
  for (const clause of clausesOf(turn, language)) {
    const shared = sharedWords(words, contentWords(clause, language));
    if (shared > 0 && shared >= best.shared) best = { shared, clause: clause.toLowerCase() };
  }
  if (negation.test(best.clause) !== negation.test(plainWords(text))) return false;
  if (!hedge.test(best.clause)) return true;
  return later.some((each) => assent.test(plainWords(each)) && isAboutThat(each, language));
}

/** Whether a turn names nothing of its own but a time: "yes, I'll do that tomorrow". */
function isAboutThat(turn: string, language: string): boolean {
  const time = contentWords(timeIn(turn, language) ?? "", language);
  return contentWords(turn, language).every((word) => time.includes(word));
}

function timeSaid(when: string, turns: readonly string[], language: string): boolean {
  const words = contentWords(when, language);
  return words.length > 0 && turns.some((turn) => sharedWords(words, contentWords(turn, language)) === 1);
}

/** Whether a claim that is no commitment is about something the user spoke of. */
export function spokenOf(claim: string, turns: readonly string[], language: string): boolean {
  const said = turns.flatMap((turn) => contentWords(turn, language));
  return sharedWords(contentWords(claim, language), said) >= leastLoosely;
}

/** Whether these are the user's words as they said them, but for case and punctuation. */
export function quotesUser(quote: string, turns: readonly string[]): boolean {
  const words = plainWords(quote);
  return words !== "" && turns.some((turn) => ` ${plainWords(turn)} `.includes(` ${words} `));
}

/** Whether two intentions are about the same deed. */
export function sameIntention(a: Intention, b: Intention, language: string): boolean {
  const [first, second] = [contentWords(a.text, language), contentWords(b.text, language)];
  return Math.min(sharedWords(first, second), sharedWords(second, first)) >= leastShared;
}

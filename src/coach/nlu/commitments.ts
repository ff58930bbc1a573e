import type { Intention } from "../../ports/brief.ts";
import { type Clause, clausesIn, cutClause, normalText } from "./clauses.ts";
import { plainWords } from "./patterns.ts";
import { patternsFor } from "./patterns-by-language.ts";
import { type Quote, quoteClauses } from "./quotes.ts";

/** A commitment and the words it was found in. */
export interface Commitment extends Intention {
  /** The clause, in the form of `plainWords`. */
  readonly clause: string;
  /** The whole clause as it was said, with that of its time. */
  readonly said: Quote;
}

/** Longer deeds are stories. */
const longestDeed = 20;

/** Finds the user's commitments in a text, in their own words. Possibilities, fears and what others do are none. */
export function commitmentsIn(text: string, language: string): Commitment[] {
  const clauses = clausesIn(text, language);
  return clauses.flatMap((clause, at) => {
    const found = commitmentOf(clause, language);
    if (!found || isConditional(text, clauses, at, language)) return [];
    const beside = found.when === undefined ? timeBeside(clauses, at, language) : undefined;
    const [first, last] = [clauses[Math.min(at, beside?.at ?? at)], clauses[Math.max(at, beside?.at ?? at)]];
    const said = quoteClauses(text, first as Clause, last as Clause);
    return [{ ...found, when: found.when ?? beside?.when, said }];
  });
}

/** The time a text names, in its own words: "tomorrow at ten"; undefined where it names none. */
export function timeIn(text: string, language: string): string | undefined {
  const clauses = clausesIn(text, language);
  return clauses.map((clause) => findTime(clause, language)?.when).findLast((when) => when !== undefined);
}

/** "If he does it again, I'll move out" promises nothing, nor does what would follow: "She's busy. Then I'll ask Tim." */
function isConditional(text: string, clauses: readonly Clause[], at: number, language: string): boolean {
  const { condition, consequence } = patternsFor(language);
  const whole = normalText(text);
  const [before, clause] = [clauses[at - 1], clauses[at] as Clause];
  if (consequence.test(whole.slice(0, clause.start))) return true;
  if (!before || /[.!?…\n]/.test(whole.slice(before.end, clause.start))) return false;
  return condition.test(before.words.toLowerCase());
}

function commitmentOf(clause: Clause, language: string): Omit<Commitment, "said"> | undefined {
  const tongue = patternsFor(language);
  const plain = clause.words.toLowerCase();
  for (const way of tongue.commitment) {
    const { lead = "", deed } = way.exec(plain)?.groups ?? {};
    if (deed === undefined || tongue.doubtfulLead.test(lead)) continue;
    const bare = deed.replace(tongue.reason, "");
    const start = countWords(plain) - countWords(deed);
    const part = cutClause(clause, start, start + countWords(bare));
    const found = part && nameDeed(part, language);
    if (!found || tongue.notADeed.test(found.text.toLowerCase())) continue;
    if (countWords(found.text) > longestDeed) continue;
    return { ...found, clause: plain };
  }
  return undefined;
}

/**
 * The deed as it stands in a list, and its time. A time at either end is taken out of the words; one in their middle, or
 * that would leave a preposition behind, stays there, so that the rest is words that were said in a row.
 */
function nameDeed(part: Clause, language: string): Intention | undefined {
  const { nameDeed: named, dangling } = patternsFor(language);
  const time = findTime(part, language);
  const all = part.tokens.length;
  const cut =
    time === undefined
      ? part
      : time.to === all
        ? cutClause(part, 0, time.from)
        : time.from === 0
          ? cutClause(part, time.to, all)
          : part;
  if (!cut) return undefined;
  const rest = dangling.test(cut.words.toLowerCase()) ? part : cut;
  const text = named(rest.literal);
  return text === "" ? undefined : { text, when: time?.when };
}

/** A clause beside a commitment that is a time and nothing else: "…, tomorrow morning". */
function timeBeside(clauses: readonly Clause[], at: number, language: string) {
  for (const beside of [at + 1, at - 1]) {
    const clause = clauses[beside];
    const time = clause && findTime(clause, language);
    if (!time) continue;
    const others = clause.tokens.filter((_, index) => index < time.from || index >= time.to);
    const short = others.every(({ word }) => word.length <= 4);
    if (others.length <= 1 && short) return { at: beside, when: time.when };
  }
  return undefined;
}

/** The last time that a clause names, and the words of the clause it takes. */
function findTime(clause: Clause, language: string) {
  const words = clause.words;
  const found = [...words.toLowerCase().matchAll(patternsFor(language).when)];
  const last = found.at(-1);
  if (!last) return undefined;
  // Times that follow each other are one: "tomorrow" "at ten".
  let start = last.index;
  for (const before of found.toReversed().slice(1)) {
    if (before.index + before[0].length + 1 !== start) break;
    start = before.index;
  }
  const from = countWords(words.slice(0, start));
  const to = countWords(words.slice(0, last.index + last[0].length));
  const part = cutClause(clause, from, to);
  return part && { from, to, when: part.literal };
}

function countWords(words: string): number {
  return words.split(" ").filter((word) => word !== "").length;
}

/** Whether the words say nothing of the matter: "I don't know", "you tell me", or none at all. */
export function hasNoContent(text: string, language: string): boolean {
  const said = plainWords(text);
  return said === "" || patternsFor(language).noContent.test(said);
}

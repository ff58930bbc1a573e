import type { Intention } from "../../ports/brief.ts";
import { plainWords } from "./patterns.ts";
import { patternsFor } from "./patterns-by-language.ts";

/** A commitment and the words it was found in. */
export interface Commitment extends Intention {
  /** The clause, in the form of `plainWords`. */
  readonly clause: string;
}

/** Longer deeds are stories. */
const longestDeed = 20;

/** The sentences of a text, each cut into clauses; the clauses keep their capitals and lose their punctuation. */
export function clausesOf(text: string, language: string): string[] {
  const { clauseBreak } = patternsFor(language);
  return text
    .split(/[.!?;:,…\n]+/)
    .map(casedWords)
    .flatMap((part) => splitAt(part, clauseBreak))
    .map((clause) => clause.trim())
    .filter((clause) => clause !== "");
}

/** Finds the user's commitments in a text, in their own words. Possibilities, fears and what others do are none. */
export function commitmentsIn(text: string, language: string): Commitment[] {
  const clauses = clausesOf(text, language);
  return clauses.flatMap((clause, index) => {
    const found = commitmentOf(clause, language);
    if (!found) return [];
    const when =
      found.when ?? timeAlone(clauses[index + 1], language) ?? timeAlone(clauses[index - 1], language);
    return [{ ...found, when }];
  });
}

/** The time a text names, in its own words: "tomorrow at ten"; undefined where it names none. */
export function timeIn(text: string, language: string): string | undefined {
  return cutTime(casedWords(text), language).when;
}

function commitmentOf(clause: string, language: string): Commitment | undefined {
  const tongue = patternsFor(language);
  const plain = clause.toLowerCase();
  for (const way of tongue.commitment) {
    const { lead = "", deed } = way.exec(plain)?.groups ?? {};
    if (deed === undefined || tongue.doubtfulLead.test(lead)) continue;
    const spelled = clause.slice(clause.length - deed.length).replace(tongue.reason, "");
    const { rest, when } = cutTime(spelled, language);
    const text = tongue.nameDeed(rest);
    if (text === "" || tongue.notADeed.test(text.toLowerCase())) continue;
    if (text.split(" ").length > longestDeed) continue;
    return { text, when, clause: plain };
  }
  return undefined;
}

/** A clause that is a time and nothing else: "…, tomorrow morning". */
function timeAlone(clause: string | undefined, language: string): string | undefined {
  if (clause === undefined) return undefined;
  const { rest, when } = cutTime(clause, language);
  return rest.split(" ").length <= 1 && (rest === "" || rest.length <= 4) ? when : undefined;
}

/** The words without the time they name, and the time. */
function cutTime(words: string, language: string): { rest: string; when?: string } {
  const found = [...words.toLowerCase().matchAll(patternsFor(language).when)];
  const last = found.at(-1);
  if (!last) return { rest: words };
  // Times that follow each other are one: "tomorrow" "at ten".
  let start = last.index;
  for (const before of found.toReversed().slice(1)) {
    if (before.index + before[0].length + 1 !== start) break;
    start = before.index;
  }
  const end = last.index + last[0].length;
  const rest = `${words.slice(0, start)} ${words.slice(end)}`.replace(/\s+/g, " ").trim();
  return { rest, when: words.slice(start, end) };
}

function splitAt(words: string, at: RegExp): string[] {
  return ` ${words} `.split(new RegExp(at.source, `${at.flags.replace("g", "")}i`));
}

/** `plainWords` with the capitals kept. */
function casedWords(text: string): string {
  return text
    .normalize("NFC")
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}\p{M}']+/gu, " ")
    .trim();
}

/** Whether the words say nothing of the matter: "I don't know", "you tell me", or none at all. */
export function hasNoContent(text: string, language: string): boolean {
  const said = plainWords(text);
  return said === "" || patternsFor(language).noContent.test(said);
}

/** What the user's sentences tell, each under one heading. Pure. */
import type { Matter } from "../../ports/brief.ts";
import { clausesIn } from "../nlu/clauses.ts";
import { commitmentsIn } from "../nlu/commitments.ts";
import { plainWords } from "../nlu/patterns.ts";
import { patternsFor } from "../nlu/patterns-by-language.ts";
import { type Quote, quoteClauses } from "../nlu/quotes.ts";
import { type FlowState, userTexts } from "./flow-state.ts";

/** Turns back to which what was told is looked for; what was told earlier may be asked about anew. */
const turnsBack = 30;

type PlainMatter = "tried" | "obstacle" | "now" | "people" | "sure";

const plainMatters: readonly PlainMatter[] = ["sure", "tried", "obstacle", "now", "people"];

/** Tells what a sentence is about beside goals, ideas and actions, or undefined. */
export function matterOf(sentence: string, language: string): PlainMatter | undefined {
  const { matters } = patternsFor(language);
  const words = plainWords(sentence);
  return plainMatters.find((matter) => matters[matter].test(words));
}

/** Finds the goal that a sentence names, to the end of its clause and without the words that lead to it; undefined: none. */
export function goalOf(
  sentence: string,
  language: string,
  { wishes }: { wishes: boolean },
): string | undefined {
  const { namedGoal, wish, notAGoal } = patternsFor(language);
  const clauses = clausesIn(sentence, language);
  for (const [at, clause] of clauses.entries()) {
    // "My goal, this year, is to …": what leads to it may stand in the clause before.
    for (const first of [clause, ...clauses.slice(Math.max(0, at - 1), at)]) {
      const words = first === clause ? clause.words : `${first.words} ${clause.words}`;
      const plain = words.toLowerCase();
      const named = namedGoal.exec(plain)?.groups?.deed;
      const wished = wishes && first === clause ? wish.exec(plain)?.groups?.deed : undefined;
      const deed = named ?? (wished !== undefined && !notAGoal.test(wished) ? wished : undefined);
      if (deed === undefined) continue;
      const count = deed.split(" ").length;
      const from = clause.tokens[clause.tokens.length - count];
      if (from) return clause.literal.slice(from.start - clause.start);
    }
  }
  return undefined;
}

/** Whether a sentence holds an idea, or may be one as the answer to a question for ideas. */
export function isIdea(sentence: string, language: string, { asked }: { asked: boolean }): boolean {
  const { idea, notAnIdea } = patternsFor(language);
  const words = plainWords(sentence);
  return idea.test(words) || (asked && !notAnIdea.test(words));
}

/** The sentence without the fillers and greetings at its ends; undefined where it is nothing else. */
export function withoutFillers(sentence: string, language: string): Quote | undefined {
  const { filler } = patternsFor(language);
  const clauses = clausesIn(sentence, language);
  const first = clauses.find(({ words }) => !filler.test(words.toLowerCase()));
  const last = clauses.findLast(({ words }) => !filler.test(words.toLowerCase()));
  return first && last ? quoteClauses(sentence, first, last) : undefined;
}

/** Lists what the user has told so far, asked or not. */
export function knownMatters(flow: FlowState, language: string): Matter[] {
  const texts = userTexts(flow).slice(-turnsBack);
  const plain = plainMatters.filter((matter) =>
    texts.some((text) => patternsFor(language).matters[matter].test(plainWords(text))),
  );
  return [
    ...(flow.goal === undefined ? [] : (["goal"] as const)),
    ...(flow.options.length === 0 ? [] : (["idea"] as const)),
    ...(flow.actions.length === 0 ? [] : (["action"] as const)),
    ...plain,
  ];
}

/** Whether a sentence promises something, whatever comes of it. */
export function isPromise(sentence: string, language: string): boolean {
  return commitmentsIn(sentence, language).length > 0;
}

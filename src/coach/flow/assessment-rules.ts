/** The assessment without a model: what plain rules take from the user's own words. Pure. */

import { commitmentsIn, hasNoContent, timeIn } from "../nlu/commitments.ts";
import { contentWords } from "../nlu/content-words.ts";
import { plainWords } from "../nlu/patterns.ts";
import { patternsFor } from "../nlu/patterns-by-language.ts";
import type { Assessment } from "./assessment.ts";
import type { CoachingStage, FlowState } from "./flow-state.ts";

/** Words kept of what was said; the rest is for the transcript. */
const longestNote = 25;
/** Fewer words tell no fact. */
const shortestNote = 3;
/** A time alone answers "when?" in no more words than these. */
const longestTime = 10;

/**
 * Assesses the user's words for the stage they answer, that of the question before (`asked`): the topic (the first
 * thing said), the goal ("I want to …"), facts, ideas, commitments with a time. English and French; in other
 * languages only topic, facts and ideas.
 */
export function assessByRules(
  flow: FlowState,
  { words, asked, language }: { words: string; asked: CoachingStage; language: string },
): Assessment {
  const text = words.trim();
  const blank = { stage: flow.stage, topic: undefined, goal: undefined, facts: [], options: [], actions: [] };
  if (hasNoContent(text, language)) return blank;
  const late = asked === "options" || asked === "way_forward";
  const actions = actionsIn(flow, late, text, language);
  const telling =
    !text.includes("?") &&
    plainWords(text).split(" ").length >= shortestNote &&
    contentWords(text, language).length > 0;
  const note = shorten(text);
  const idea = asked === "options" || patternsFor(language).idea.test(plainWords(text));
  return {
    ...blank,
    // A user who has decided what to do is on the way forward.
    stage: late && flow.stage === "options" && actions.length > 0 ? "way_forward" : flow.stage,
    topic: flow.topic === undefined && !isFollowUp(flow) && telling ? note : undefined,
    goal: asked === "topic" || asked === "goal" ? goalIn(flow, text, language) : undefined,
    facts: asked === "reality" && telling && !idea ? [note] : [],
    options: idea && telling && actions.length === 0 ? [note] : [],
    actions,
  };
}

/** The first answer of someone who was asked about an open action is about that. */
function isFollowUp(flow: FlowState): boolean {
  return flow.openActions.length > 0 && flow.round <= 1;
}

/** Early in a talk people say "I will" of many things; there only what has a time counts. */
function actionsIn(flow: FlowState, late: boolean, text: string, language: string): Assessment["actions"] {
  const found = commitmentsIn(text, language).filter(({ when }) => late || when !== undefined);
  if (found.length > 0) return found.map(({ text: deed, when }) => ({ text: deed, ...(when && { when }) }));
  const last = flow.actions.at(-1);
  const short = plainWords(text).split(" ").length <= longestTime;
  const when = last && last.when === undefined && late && short ? timeIn(text, language) : undefined;
  return last && when ? [{ text: last.text, when }] : [];
}

function goalIn(flow: FlowState, text: string, language: string): string | undefined {
  const tongue = patternsFor(language);
  for (const sentence of text.split(/[.!?;\n]+/)) {
    const plain = plainWords(sentence);
    const named = tongue.namedGoal.exec(plain)?.groups?.deed;
    if (named) return shorten(named);
    const wish = flow.goal === undefined ? tongue.wish.exec(plain)?.groups?.deed : undefined;
    if (wish && !tongue.notAGoal.test(wish)) return shorten(wish);
  }
  return undefined;
}

/** The first words, as they were said. */
function shorten(text: string): string {
  const words = text.replace(/\s+/g, " ").trim().split(" ");
  return words.length <= longestNote ? words.join(" ") : `${words.slice(0, longestNote).join(" ")} …`;
}

/** The assessment without a model: what plain rules take from the user's own words. Pure. */

import type { Intention, Matter } from "../../ports/brief.ts";
import { clausesIn, sentencesIn } from "../nlu/clauses.ts";
import { type Commitment, commitmentsIn, hasNoContent, timeIn } from "../nlu/commitments.ts";
import { contentWords } from "../nlu/content-words.ts";
import { plainWords } from "../nlu/patterns.ts";
import { patternsFor } from "../nlu/patterns-by-language.ts";
import { type Quote, quoteClauses } from "../nlu/quotes.ts";
import type { Assessment } from "./assessment.ts";
import type { CoachingStage, FlowState } from "./flow-state.ts";
import { goalOf, isIdea, isPromise, knownMatters, matterOf, withoutFillers } from "./matters.ts";

/** Words kept of a sentence; a longer one is kept to the end of a clause. */
const longestNote = 25;
/** Fewer words tell no fact. */
const shortestNote = 3;
/** A time alone answers "when?" in no more words than these. */
const longestTime = 10;
/** Sentences of a turn that are noted under a heading. */
const notesPerTurn = 2;

/** An assessment, and what the turn told above all. */
export interface RuleAssessment extends Assessment {
  readonly told?: { readonly matter: Matter; readonly quote?: Quote };
}

/** A sentence of the user under the one heading that it has. */
interface Filed {
  readonly matter: Matter;
  readonly note: Quote;
  /** True where any of its words carries matter. */
  readonly telling: boolean;
  readonly goal?: string;
}

/** What weighs most in a turn comes first. */
const weight: readonly Matter[] = [
  "action",
  "goal",
  "idea",
  "obstacle",
  "tried",
  "now",
  "people",
  "sure",
  "statement",
];

/**
 * Assesses the user's words for the stage they answer, that of the question before (`asked`): each sentence is a goal, a
 * commitment, an idea, something of how things are, or the topic, and no two of these. English and French; in other
 * languages only topic, facts and ideas.
 */
export function assessByRules(
  flow: FlowState,
  { words, asked, language }: { words: string; asked: CoachingStage; language: string },
): RuleAssessment {
  const text = words.trim();
  const blank = { stage: flow.stage, topic: undefined, goal: undefined, facts: [], options: [], actions: [] };
  if (hasNoContent(text, language)) return blank;
  const late = asked === "options" || asked === "way_forward";
  const taken = commitmentsIn(text, language).filter(({ when }) => late || when !== undefined);
  const filed = fileSentences(text, flow, asked, language);
  const noted = filed.filter(({ matter }) => matter !== "action");
  const topic = flow.topic === undefined && !isFollowUp(flow) ? topicOf(noted) : undefined;
  const goal = filed.find((each) => each.goal !== undefined)?.goal;
  const facts = noted.filter((each) => each !== topic && tellsReality(each, asked));
  const ideas = noted.filter((each) => each !== topic && each.matter === "idea" && isTelling(each));
  const actions = taken.length > 0 ? taken.map(intention) : timeOfLast(flow, late, text, language);
  const found = { actions, goal: goal ?? flow.goal, facts, ideas, known: knownMatters(flow, language) };
  return {
    ...blank,
    stage: stageAfter(flow, asked, found),
    topic: topic?.note,
    goal,
    facts: facts.slice(0, notesPerTurn).map(({ note }) => note),
    options: ideas.slice(0, notesPerTurn).map(({ note }) => note),
    actions,
    told: toldIn(filed, taken),
  };
}

/** "I could call her. Or write.": what is added with an "or" has the heading of what it is added to. */
function fileSentences(text: string, flow: FlowState, asked: CoachingStage, language: string): Filed[] {
  const filed: Filed[] = [];
  for (const sentence of sentencesIn(text)) {
    const each = file(sentence, flow, asked, language);
    if (!each) continue;
    const added = patternsFor(language).alternative.test(plainWords(sentence));
    const idea = added && each.matter === "statement" && filed.at(-1)?.matter === "idea";
    filed.push(idea ? { ...each, matter: "idea" } : each);
  }
  return filed;
}

/** The heading of a sentence; undefined: a question, or nothing to note. */
function file(sentence: string, flow: FlowState, asked: CoachingStage, language: string): Filed | undefined {
  if (sentence.endsWith("?") && clausesIn(sentence, language).length < 2) return undefined;
  const whole = withoutFillers(sentence, language);
  if (whole === undefined) return undefined;
  const about = { note: shorten(whole, language), telling: contentWords(whole, language).length > 0 };
  if (isPromise(sentence, language)) return { matter: "action", ...about };
  const wishes = flow.goal === undefined && (asked === "topic" || asked === "goal");
  const named = goalOf(sentence, language, { wishes });
  if (named !== undefined) return { matter: "goal", ...about, goal: named };
  if (sentence.endsWith("?")) return undefined;
  const matter = matterOf(sentence, language);
  if (matter === "sure") return { matter, ...about };
  if (
    isIdea(sentence, language, { asked: asked === "options" && (matter === undefined || matter === "now") })
  )
    return { matter: "idea", ...about };
  return { matter: matter ?? "statement", ...about };
}

/** The first sentence that says something. */
function topicOf(noted: readonly Filed[]): Filed | undefined {
  const telling = noted.filter(isTelling);
  return telling.find(({ matter }) => matter !== "goal" && matter !== "sure") ?? telling[0];
}

function tellsReality(each: Filed, asked: CoachingStage): boolean {
  const { matter } = each;
  if (!isTelling(each)) return false;
  if (matter === "statement" || matter === "people") return asked === "reality";
  return matter === "now" || matter === "tried" || matter === "obstacle";
}

function isTelling({ note, telling }: Filed): boolean {
  return telling && plainWords(note).split(" ").length >= shortestNote;
}

/** The first answer of someone who was asked about an open action is about that. */
function isFollowUp(flow: FlowState): boolean {
  return flow.openActions.length > 0 && flow.round <= 1;
}

/** A time alone belongs to the action before it. */
function timeOfLast(flow: FlowState, late: boolean, text: string, language: string): Assessment["actions"] {
  const last = flow.actions.at(-1);
  const short = plainWords(text).split(" ").length <= longestTime;
  const when = last && last.when === undefined && late && short ? timeIn(text, language) : undefined;
  return last && when ? [{ text: last.text, when }] : [];
}

function intention({ text, when, said }: Commitment): Intention {
  return { text, ...(when && { when }), said };
}

/** What questions of the reality ask for; once most is known there is no need to ask on. */
const realityMatters: readonly Matter[] = ["now", "tried", "obstacle", "people"];
const enoughOfReality = 3;

interface Found {
  readonly known: readonly Matter[];
  readonly actions: Assessment["actions"];
  readonly goal?: string;
  readonly facts: readonly Filed[];
  readonly ideas: readonly Filed[];
}

/** [FL1] The stage that the words ask for; the flow allows it or not. */
function stageAfter(flow: FlowState, asked: CoachingStage, found: Found): CoachingStage {
  const { stage } = flow;
  const open = flow.goal !== undefined || found.goal !== undefined;
  const decided = found.actions.length > 0;
  // One stage beyond the round's own, at most.
  if (decided && stage === "reality") return asked === "reality" ? "way_forward" : "options";
  if (decided && stage === "options") return "way_forward";
  const seen = realityMatters.filter((matter) => found.known.includes(matter)).length >= enoughOfReality;
  if (stage === "reality" && asked === "reality" && (found.ideas.length > 0 || seen)) return "options";
  if (stage === "goal" && open && found.facts.length > 0) return "reality";
  return stage;
}

function toldIn(filed: readonly Filed[], taken: readonly Commitment[]): RuleAssessment["told"] {
  const promised = taken.at(-1);
  if (promised) return { matter: "action", quote: promised.said };
  const others = filed.filter(({ matter }) => matter !== "action");
  const first = weight
    .map((matter) => others.find((each) => each.matter === matter))
    .find((each) => each !== undefined);
  return first && { matter: first.matter, quote: first.note };
}

/** The first clauses of a sentence, as many whole ones as a note holds; at least one. */
function shorten(whole: Quote, language: string): Quote {
  if (whole.split(" ").length <= longestNote) return whole;
  const clauses = clausesIn(whole, language);
  const [first] = clauses;
  if (!first) return whole;
  let words = 0;
  const fitting = clauses.filter((clause) => {
    words += clause.tokens.length;
    return words <= longestNote;
  });
  return quoteClauses(whole, first, fitting.at(-1) ?? first);
}

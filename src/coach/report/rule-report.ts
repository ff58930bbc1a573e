import type { PromptItem } from "../../ports/prompt.ts";
import { signOfCrisis } from "../care/signs.ts";
import { type CoachState, isPractice } from "../coach.ts";
import { type DrillTally, pairScores, slippedWords } from "../drills/drill-tally.ts";
import { type FlowState, userTexts } from "../flow/flow-state.ts";
import { commitmentsIn } from "../nlu/commitments.ts";
import { plainWords } from "../nlu/patterns.ts";
import { patternsFor } from "../nlu/patterns-by-language.ts";
import { practiceReport } from "./practice-report.ts";
import { type Report, type ReportData, writeReport } from "./report.ts";
import { reportPhrases } from "./report-phrases.ts";

/** Lines of a kind; a report is to be read. */
const mostLines = 4;
const mostQuotes = 3;
const mostInsights = 5;
/** Words of a sentence worth quoting. */
const shortestQuote = 4;
const longestQuote = 30;
/** Words to work on that are named. */
const mostWords = 6;

/** Parts of a report beside the conversation. */
export interface ReportOptions {
  readonly delivery?: ReportData["delivery"];
}

/** The report of a conversation or a drill. Works at any point, also when nothing was said. */
export function reportByRules(
  state: CoachState,
  items: readonly PromptItem[],
  { delivery }: ReportOptions = {},
): Report {
  const measured = delivery === undefined ? {} : { delivery };
  if (state.flow === "drill") return drillReport(state.drill.tally, state.language, measured);
  if (isPractice(state)) return practiceReport(state.practice, state.language, measured);
  const { talk, language } = state;
  const { topic, goal, facts, options } = talk;
  const words = reportPhrases(language);
  const sentences = wordsOfUser(talk, items).flatMap(sentencesOf);
  const insights = sentences.filter((each) => patternsFor(language).insight.test(plainWords(each)));
  const actions = talk.actions.map(({ text, when }) => ({ text, when }));
  const unheard = unheardTurns(talk);
  const points = [
    ...(topic === undefined ? [] : [words.topic(topic)]),
    ...(goal === undefined ? [] : [words.goal(goal)]),
    ...facts.slice(0, mostLines).map(words.fact),
    ...options.slice(0, mostLines).map(words.option),
    ...(unheard === 0 ? [] : [words.unheard(unheard)]),
  ];
  const little = facts.length + options.length + actions.length + insights.length === 0;
  const note = actions.length > 0 ? words.note.actions : little ? words.note.short : words.note.open;
  const data: ReportData = {
    topic,
    goal,
    insights: insights.slice(0, mostInsights),
    actions,
    quotes: quotesFrom(sentences, insights, language),
    ...measured,
  };
  return writeReport(data, { points, note, language });
}

/** Turns of the user that were heard and not understood. */
function unheardTurns(talk: FlowState): number {
  const known = new Set(talk.said.map(({ round }) => round));
  return Math.max(0, talk.round - known.size);
}

/** The user's words as the flow took them, and those of items that it was not told of. */
export function wordsOfUser(talk: FlowState, items: readonly PromptItem[]): string[] {
  const told = userTexts(talk);
  const known = plainWords(told.join(" "));
  const others = items.flatMap((item) => (item.role === "user" ? [item.text] : []));
  // What was said in need is nobody's "breakthrough" to be quoted.
  const quotable = (text: string) => text.trim() !== "" && signOfCrisis(text) === undefined;
  return [...others.filter((text) => quotable(text) && !known.includes(plainWords(text))), ...told];
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?…])\s+|\n+/)
    .map((sentence) => sentence.replace(/\s+/g, " ").trim())
    .filter((sentence) => sentence !== "");
}

/** Selects quotes: new understandings first, then commitments, then the first words. */
function quotesFrom(sentences: readonly string[], insights: readonly string[], language: string): string[] {
  const promises = sentences.filter((sentence) => commitmentsIn(sentence, language).length > 0);
  const fitting = [...insights, ...promises, ...sentences].filter((sentence) => {
    const count = sentence.split(" ").length;
    return count >= shortestQuote && count <= longestQuote;
  });
  return [...new Set(fitting)].slice(0, mostQuotes);
}

function drillReport(tally: DrillTally, language: string, measured: Pick<ReportData, "delivery">): Report {
  const { drill } = reportPhrases(language);
  const open = slippedWords(tally, false);
  const mended = slippedWords(tally, true);
  const { paced } = tally;
  const pairs = pairScores(tally);
  const practised = [
    ...(tally.readings === 0 ? [] : [drill.read(tally.readings, tally.readWell)]),
    ...(tally.words === 0 ? [] : [drill.right(Math.floor((100 * tally.right) / tally.words))]),
    ...(paced === undefined ? [] : [drill.paced(paced.right, paced.said)]),
    ...pairs.slice(0, mostWords).map(({ pair, right, said }) => drill.pair(pair, right, said)),
    ...(open.length === 0 ? [] : [drill.workOn(open.slice(0, mostWords).join(", "))]),
  ];
  const points = practised.length === 0 ? [drill.nothingRead] : practised;
  const hardest = pairs.find(({ right, said }) => right < said)?.pair;
  const short = practised.length === 0 ? reportPhrases(language).note.short : drill.noteWell;
  const first = open[0] ?? hardest;
  const note = first === undefined ? short : drill.noteWork(first);
  const insights = mended.slice(0, mostInsights).map(drill.mended);
  const data: ReportData = { topic: drill.topic, insights, actions: [], quotes: [], ...measured };
  return writeReport(data, { points, note, language });
}

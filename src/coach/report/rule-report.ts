import type { PromptItem } from "../../ports/prompt.ts";
import { signOfCrisis } from "../care/signs.ts";
import { type CoachState, isPractice } from "../coach.ts";
import { type DrillTally, pairScores, slippedWords } from "../drills/drill-tally.ts";
import { type FlowState, userTexts } from "../flow/flow-state.ts";
import { sentencesIn } from "../nlu/clauses.ts";
import { commitmentsIn } from "../nlu/commitments.ts";
import { plainWords } from "../nlu/patterns.ts";
import { patternsFor } from "../nlu/patterns-by-language.ts";
import { evidenceFor, literalOf, type SaidText } from "./borne-out.ts";
import { practiceReport } from "./practice-report.ts";
import {
  type Claim,
  type EvidenceItem,
  type Report,
  type ReportData,
  writePracticeReport,
  writeReport,
} from "./report.ts";
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
  measured: ReportOptions = {},
): Report {
  if (state.flow === "drill") return drillReport(state.drill.tally, state.language, measured);
  if (isPractice(state)) return practiceReport(state.practice, state.language, measured);
  return coachingReport(state.talk, items, state.language, measured);
}

function coachingReport(
  talk: FlowState,
  items: readonly PromptItem[],
  language: string,
  measured: ReportOptions,
): Report {
  const words = reportPhrases(language);
  const turns = turnsOfUser(talk, items);
  const { topic, goal, facts, options } = talk;
  /** A line about something that the user said: in quotes where it is their words, whole. */
  const line =
    (phrase: (text: string) => string) =>
    (text: string): Claim => {
      const literal = literalOf(text, turns, language);
      const mention = literal ? words.quoted(literal.quote) : text;
      return { text: phrase(mention), evidence: literal?.evidence ?? evidenceFor(text, turns, language) };
    };
  const sentences = turns.flatMap(sentencesOf);
  const insights = sentences.filter(({ text }) => patternsFor(language).insight.test(plainWords(text)));
  const actions = talk.actions.map(({ text, when, itemId }) => ({ text, when, evidence: [{ itemId }] }));
  const unheard = unheardTurns(talk);
  const points = [
    ...(topic === undefined ? [] : [line(words.topic)(topic)]),
    ...(goal === undefined ? [] : [line(words.goal)(goal)]),
    ...facts.slice(0, mostLines).map(line(words.fact)),
    ...options.slice(0, mostLines).map(line(words.option)),
    ...(unheard.length === 0 ? [] : [{ text: words.unheard(unheard.length), evidence: unheard }]),
  ];
  const little = facts.length + options.length + actions.length + insights.length === 0;
  const note = actions.length > 0 ? words.note.actions : little ? words.note.short : words.note.open;
  const quotes = quotesFrom(sentences, insights, language);
  const parts = { topic, goal, points, insights: insights.slice(0, mostInsights), actions, quotes, note };
  return writeReport({ ...parts, ...measured }, language);
}

/** Turns of the user that were heard and not understood. */
function unheardTurns(talk: FlowState): EvidenceItem[] {
  const known = new Set(talk.said.map(({ round }) => round));
  const items = talk.unheard ?? [];
  const count = Math.max(0, talk.round - known.size);
  return Array.from({ length: count }, (_, at) => items[at] ?? {});
}

/** The user's turns as the flow took them, and those of items that it was not told of. */
export function turnsOfUser(talk: FlowState, items: readonly PromptItem[]): SaidText[] {
  const known = plainWords(userTexts(talk).join(" "));
  const others = items.flatMap((item) => (item.role === "user" ? [item.text] : []));
  // What was said in need is nobody's "breakthrough" to be quoted.
  const quotable = (text: string) => text.trim() !== "" && signOfCrisis(text) === undefined;
  // Words that may have been misheard are not told as the user's.
  const doubted = talk.doubted ?? [];
  const isDoubted = (plain: string) => doubted.some((turn) => turn.includes(plain) || plain.includes(turn));
  const untold = others.filter((text) => {
    const plain = plainWords(text);
    return quotable(text) && !known.includes(plain) && !isDoubted(plain);
  });
  return [...untold.map((text) => ({ text })), ...talk.said];
}

/** Sentences of a turn, each literal and with its evidence. */
function sentencesOf({ text, itemId }: SaidText): Claim[] {
  return sentencesIn(text).map((sentence) => ({
    text: sentence.replace(/\s+/g, " "),
    evidence: [{ itemId }],
  }));
}

/** Selects quotes: new understandings first, then commitments, then the first words. */
function quotesFrom(sentences: readonly Claim[], insights: readonly Claim[], language: string): Claim[] {
  const promises = sentences.filter(({ text }) => commitmentsIn(text, language).length > 0);
  const fitting = [...insights, ...promises, ...sentences].filter(({ text }) => {
    const count = text.split(" ").length;
    return count >= shortestQuote && count <= longestQuote;
  });
  const first = fitting.filter(({ text }, at) => fitting.findIndex((each) => each.text === text) === at);
  return first.slice(0, mostQuotes);
}

function drillReport(tally: DrillTally, language: string, measured: ReportOptions): Report {
  const { drill } = reportPhrases(language);
  const open = slippedWords(tally, false);
  const mended = slippedWords(tally, true);
  const { paced, prosody, places = [] } = tally;
  const pairs = pairScores(tally);
  const all: readonly EvidenceItem[] = places.length > 0 ? places.map((itemId) => ({ itemId })) : [{}];
  const whereSlipped = (word: string): EvidenceItem => tally.slips[word]?.place ?? {};
  const readings: Claim[] = [
    ...(tally.readings === 0 ? [] : [{ text: drill.read(tally.readings, tally.readWell), evidence: all }]),
    ...(tally.words === 0 ? [] : [{ text: drill.right(share(tally.right, tally.words)), evidence: all }]),
    ...(paced === undefined ? [] : [{ text: drill.paced(paced.right, paced.said), evidence: all }]),
    ...(prosody === undefined ? [] : [{ text: drill.prosody(prosody.right, prosody.said), evidence: all }]),
    ...pairs.slice(0, mostWords).map(({ pair, right, said, place }) => ({
      text: drill.pair(pair, right, said),
      evidence: [place ?? {}],
    })),
  ];
  const workOn = open.slice(0, mostWords).map((word) => ({
    text: drill.slipped(word, tally.slips[word]?.times ?? 1),
    evidence: [whereSlipped(word)],
  }));
  const hardest = pairs.find(({ right, said }) => right < said)?.pair;
  const short = readings.length === 0 ? reportPhrases(language).note.short : drill.noteWell;
  const first = open[0] ?? hardest;
  const claims = mended.slice(0, mostInsights).map((word) => ({
    text: drill.mended(word),
    evidence: [whereSlipped(word)],
  }));
  return writePracticeReport({
    topic: drill.topic,
    sections: [
      { heading: "readings", claims: readings },
      { heading: "mended", claims },
      { heading: "workOn", claims: workOn },
    ],
    empty: drill.nothingRead,
    note: first === undefined ? short : drill.noteWork(first),
    ...measured,
  });
}

const share = (part: number, whole: number) => Math.floor((100 * part) / whole);

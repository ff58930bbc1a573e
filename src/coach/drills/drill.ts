import { judgeWords } from "../../pipeline/text-normalization/judge-words.ts";
import type { Brief, Command } from "../../ports/brief.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { DrillTask, Reading, ReadWord, RoundProgress, Unjudgeable } from "../../ports/reading.ts";
import type { Expectation } from "../../ports/transcriber.ts";
import type { CoachTurn } from "../flow/coach-turn.ts";
import { findCommand } from "../flow/commands.ts";
import {
  type DrillPosition,
  drillExpectation,
  drillLanguage,
  drillSentence,
  drillTask,
  wordsPerPair,
} from "./drill-position.ts";
import { type DrillRequest, refuseDrill } from "./drill-requests.ts";
import { type DrillTally, emptyTally } from "./drill-tally.ts";
import { exemptWords } from "./exempt-words.ts";
import type { PairScore } from "./minimal-pairs.ts";
import { withMarks } from "./pacing.ts";
import { readWell } from "./reading-verdicts.ts";
import { judgeTurn } from "./turn-judgement.ts";

/** Plain JSON: stored with a passivated session and restored on activation. */
export interface DrillState extends DrillPosition {
  /** Score of the present pair. */
  readonly pairScore?: PairScore;
  /** Slips on the present sentence. */
  readonly tries: number;
  /** Turns in a row in which no reading was heard. */
  readonly missed: number;
  /** User turns so far. */
  readonly round: number;
  /** The user said stop; nothing is asked for until they go on. */
  readonly stopped: boolean;
  /** For the report. */
  readonly tally: DrillTally;
}

type DrillOutcome = Extract<Brief, { kind: "drill" }>["outcome"];

type TaskResults = Pick<Extract<Brief, { kind: "drill" }>, "pair" | "pace" | "prosody">;

/** A drill turn as a client is told of it; without `outcome`: the sentence that is asked for. */
export interface DrillResult extends TaskResults {
  readonly sentence: string;
  /** The task with the sentence; absent: to read it. */
  readonly task?: DrillTask;
  readonly outcome?: DrillOutcome;
  readonly command?: Command;
  /** Present when there are verdicts, also when too little was recognised to go by. */
  readonly reading?: Reading;
  /** With `not_heard`: the reason why the reading cannot be judged. */
  readonly unjudgeable?: Unjudgeable;
  /** The one word to work on. */
  readonly focus?: ReadWord;
  /** The sentence asked for now, and what is asked for with it; absent once stopped. */
  readonly next?: string;
  readonly nextTask?: DrillTask;
  /** Progress of a round: exercises left behind, and how many there are. */
  readonly progress?: RoundProgress;
}

export interface DrillStep {
  readonly state: DrillState;
  readonly brief: Extract<Brief, { kind: "drill" }>;
  readonly expectation: Expectation;
  readonly result: DrillResult;
}

/** Slips on one sentence before the drill moves on. */
export const maxTries = 3;
/** Turns in a row in which no reading of a sentence was heard before it is skipped. */
const maxMissed = 2;

/** Opens a drill at its first sentence. `text`: the user's own instead of the list ([DR1]); `seed`: an integer. */
export function openDrill(options: DrillRequest & { language: string; seed?: number }): DrillState {
  const { kind = "sentence", level, focus, round } = options;
  const text = options.text?.trim();
  const choice = { ...(level !== undefined && { level }), ...(focus !== undefined && { focus }) };
  return {
    language: options.language,
    ...(kind !== "sentence" && { kind }),
    ...(Object.keys(choice).length > 0 && { choice }),
    ...(round && round.length > 0 && { roundItems: round }),
    ...(text ? { ownText: kind === "pacing" ? withMarks(text) : text } : {}),
    seed: options.seed ?? 0,
    position: 0,
    tries: 0,
    missed: 0,
    round: 0,
    stopped: false,
    tally: emptyTally,
  };
}

/** Puts the user's own text in the list's place; an empty one brings the list back. Tries start over. */
function replaceText(state: DrillState, text: string): DrillState {
  const {
    ownText: _,
    kind: __,
    choice: ___,
    asked: ____,
    pairScore: _____,
    roundItems: ______,
    ...rest
  } = state;
  const own = text.trim();
  return { ...rest, ...(own ? { ownText: own } : {}), tries: 0, missed: 0, stopped: false };
}

/** [DR11] Another drill, from its beginning; what was practised so far still counts. For what `refuseDrill` lets through. */
export function changeDrill(state: DrillState, request: DrillRequest): DrillState {
  const { kind = "sentence", text, level, focus, round: items } = request;
  const plain = kind === "sentence" && items === undefined && level === undefined && focus === undefined;
  if (plain && text !== undefined) return replaceText(state, text);
  const { language, seed, round, tally } = state;
  return { ...openDrill({ ...request, language, seed }), round, tally };
}

/** Moves the drill to another language (BCP 47), from its beginning; a choice that nothing there fits is dropped. */
export function translateDrill(state: DrillState, language: string): DrillState {
  const { kind, choice, ownText: text, seed, round, tally } = state;
  const kindOf = kind === undefined ? {} : { kind };
  const known = choice !== undefined && refuseDrill(language, { ...kindOf, ...choice }) === undefined;
  const request = { ...kindOf, ...(known && choice), ...(text !== undefined && { text }) };
  return { ...openDrill({ ...request, language, seed }), round, tally };
}

/** Takes one turn of the user. */
export function advanceDrill(state: DrillState, turn: CoachTurn): DrillStep {
  const sentence = drillSentence(state);
  const reading = findReading(sentence, turn, drillLanguage(state));
  const command = findTurnCommand(state, turn);
  // A text may itself be a command word: read right, it is a reading.
  if (command && !(reading && readWell(reading)))
    return applyCommand(state, sentence, command, turn.delivery);
  const judged = reading && judgeTurn(state, reading, turn);
  if (!reading || !judged) return recordMiss(state, sentence, turn, reading);
  const { well, tally, pairScore, focus } = judged;
  const tries = well ? 0 : state.tries + 1;
  const here = { ...state, tally, ...(pairScore && { pairScore }) };
  const leaving = well || tries >= maxTries;
  const again = { ...here, round: state.round + 1, tries, missed: 0, stopped: false };
  const pair = judged.pair && { ...judged.pair, finished: leaving && lastOfPair(state) };
  const facts = {
    sentence,
    outcome: well ? "read_well" : "slipped",
    reading,
    focus,
    pair,
    pace: judged.pace,
    prosody: judged.prosody,
  } as const;
  return stepTo(state, leaving ? moveOn(here) : again, facts, turn.delivery, well ? undefined : tries);
}

/**
 * [DR5] No reading was heard. One that cannot be heard is not asked for for ever: the list goes on to its next item, and
 * an own text, which has no next, is set aside until it is asked for again. What was typed could not have been heard.
 */
function recordMiss(state: DrillState, sentence: string, turn: CoachTurn, reading?: Reading): DrillStep {
  const unjudgeable = turn.transcript?.unjudgeable;
  const facts = { sentence, outcome: "not_heard", reading, unjudgeable } as const;
  // [DR17] The reader can do nothing about the sentence: it is neither skipped nor counted.
  if (unjudgeable !== undefined)
    return stepTo(state, { ...state, round: state.round + 1 }, facts, turn.delivery);
  const counts = turn.transcript !== undefined && !state.stopped;
  const missed = counts ? state.missed + 1 : state.missed;
  const here = { ...state, missed, round: state.round + 1 };
  if (missed < maxMissed) return stepTo(state, here, facts, turn.delivery);
  const gone = { ...here, tries: 0, missed: 0 };
  const next = state.ownText === undefined ? nextItem(gone) : { ...gone, stopped: true };
  return stepTo(state, next, facts, turn.delivery, undefined, undefined, missed);
}

/** Verdicts from the transcriber, or from its words where it judges none ([DR10]); nothing for typed text ([DR8]). */
function findReading(sentence: string, turn: CoachTurn, language: string): Reading | undefined {
  const { transcript } = turn;
  if (!transcript?.understood) return undefined;
  const judged =
    transcript.reading ??
    (transcript.text.trim() === "" ? undefined : judgeWords(sentence, transcript.text, language));
  return judged && exemptWords(judged, { contour: turn.contour, language });
}

function findTurnCommand(state: DrillState, turn: CoachTurn): Command | undefined {
  const { text, transcript } = turn;
  if (transcript?.command) return transcript.command;
  const words = text ?? (transcript?.understood ? transcript.text : "");
  // A command among words that may have been misheard is none.
  if (text === undefined && transcript?.words?.some(({ doubtful }) => doubtful)) return undefined;
  return findCommand(words, state.language);
}

/** [DR13] Whether the word asked for is the last that is asked for of its pair. */
function lastOfPair({ asked = 0 }: DrillState): boolean {
  return asked + 1 >= wordsPerPair;
}

/** On to what comes after the present sentence: the next of the list, the pair's next word, or the user's own text anew. */
function moveOn(state: DrillState): DrillState {
  const here = { ...state, tries: 0, missed: 0, round: state.round + 1, stopped: false };
  if (state.kind === "minimal_pairs" && !lastOfPair(state)) return { ...here, asked: (state.asked ?? 0) + 1 };
  return nextItem(here);
}

/** On to the next of the list, or the next pair; [DR18] behind the last one of a round there is none. */
function nextItem(state: DrillState): DrillState {
  const { asked: _, pairScore: __, ...rest } = state;
  if (state.ownText !== undefined) return rest;
  const position = state.position + 1;
  const over = state.roundItems !== undefined && position % state.roundItems.length === 0;
  return { ...rest, position, ...(over && { stopped: true }) };
}

/** [DR18] Where the round stands; undefined without one. */
function roundProgress(before: DrillState, { roundItems, position }: DrillState): RoundProgress | undefined {
  if (roundItems === undefined) return undefined;
  const done = position % roundItems.length;
  const finished = done === 0 && position > before.position;
  return { done: finished ? roundItems.length : done, of: roundItems.length, finished };
}

/** [DR18] Whether the round has ended, so that going on begins it anew. */
function isRoundOver({ roundItems, position, stopped }: DrillState): boolean {
  return roundItems !== undefined && stopped && position > 0 && position % roundItems.length === 0;
}

/** Rules [DR6] and [DR7]. */
function applyCommand(
  state: DrillState,
  sentence: string,
  said: Command,
  delivery: Delivery | undefined,
): DrillStep {
  const command = drillCommandOf(state, said);
  const facts = { sentence, outcome: "command", command: said } as const;
  const here = { ...state, missed: 0, round: state.round + 1, stopped: command === "stop" };
  // A pair is skipped as a whole.
  const skips = command === "next" && !isRoundOver(state);
  const next = skips ? { ...nextItem(here), tries: 0 } : here;
  return stepTo(state, next, facts, delivery, undefined, command);
}

/** Returns the meaning of a command for the drill at this place. */
function drillCommandOf(state: DrillState, command: Command): "next" | "repeat" | "stop" {
  if (command === "next" || command === "repeat" || command === "stop") return command;
  if (command === "wrap_up") return "stop";
  if (command === "yes") return "repeat";
  return state.stopped || state.ownText !== undefined ? "stop" : "next";
}

function stepTo(
  before: DrillState,
  state: DrillState,
  facts: DrillResult & { readonly outcome: DrillOutcome },
  delivery?: Delivery,
  tries?: number,
  command?: "next" | "repeat" | "stop",
  missed = state.missed,
): DrillStep {
  const [task, nextTask] = [drillTask(before), drillTask(state)];
  const next = state.stopped ? {} : { next: drillSentence(state), nextTask };
  const { sentence, outcome, reading, unjudgeable, focus, pair, pace, prosody } = facts;
  const asked = task === undefined ? {} : { task };
  const progress = roundProgress(before, state);
  return {
    state,
    expectation: drillExpectation(state),
    result: { ...facts, ...asked, ...next, ...(progress && { progress }) },
    brief: {
      kind: "drill",
      sentence,
      outcome,
      round: state.round,
      ...(missed > 0 && { missed }),
      reading,
      unjudgeable,
      focus,
      pair,
      pace,
      prosody,
      delivery,
      command,
      tries,
      ...(state.ownText !== undefined && { ownText: true }),
      ...asked,
      ...next,
      ...(progress && { progress }),
    },
  };
}

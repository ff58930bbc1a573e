/** The read-aloud drill: a pure state machine from what was heard to what is asked for next. Rules [DR…] in SPEC.md. */
import type { Expectation } from "../pipeline/ports.ts";
import type { Brief, Command, Delivery, Reading, ReadWord } from "../pipeline/speech.ts";
import { findCommand } from "./commands.ts";
import { type DrillTally, emptyTally, tallyReading } from "./drill-tally.ts";
import { judgeWords, readSomethingElse, readWell, worstWord } from "./reading.ts";
import { findTexts, sentenceAt } from "./texts.ts";
import type { CoachTurn } from "./turn.ts";

/** Plain JSON; a session can be put away and taken up again with it. */
export interface DrillState {
  /** BCP 47, of the conversation. */
  readonly language: string;
  /** The user's own text, read again and again in place of the list. */
  readonly ownText?: string;
  /** 0: the list's own order; any other integer: another order. */
  readonly seed: number;
  /** Sentences of the list left behind. */
  readonly position: number;
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

export type DrillOutcome = Extract<Brief, { kind: "drill" }>["outcome"];

/** What a client is told about a drill turn; without `outcome`: the sentence that is asked for. */
export interface DrillResult {
  readonly sentence: string;
  readonly outcome?: DrillOutcome;
  readonly command?: Command;
  /** Present when there are verdicts, also when too little was recognised to go by. */
  readonly reading?: Reading;
  /** The one word to work on. */
  readonly focus?: ReadWord;
  /** The sentence asked for now; absent once stopped. */
  readonly next?: string;
}

export interface DrillStep {
  readonly state: DrillState;
  readonly brief: Extract<Brief, { kind: "drill" }>;
  readonly expectation: Expectation;
  readonly result: DrillResult;
}

/** Slips on one sentence before the drill moves on. */
export const maxTries = 3;

/** Opens a drill at its first sentence. `text`: the user's own instead of the list ([DR1]); `seed`: an integer. */
export function openDrill(options: { text?: string; language: string; seed?: number }): DrillState {
  const ownText = options.text?.trim();
  return {
    language: options.language,
    ...(ownText ? { ownText } : {}),
    seed: options.seed ?? 0,
    position: 0,
    tries: 0,
    missed: 0,
    round: 0,
    stopped: false,
    tally: emptyTally,
  };
}

/** The sentence to read now. */
export function drillSentence(state: DrillState): string {
  return state.ownText ?? sentenceAt(state.language, state.seed, state.position).text;
}

/** The language of the sentence to read: the list's own where there is none in the conversation's. */
export function drillLanguage(state: DrillState): string {
  return state.ownText === undefined ? findTexts(state.language).language : state.language;
}

/** Puts the user's own text in the list's place; an empty one brings the list back. Tries start over. */
export function replaceText(state: DrillState, text: string): DrillState {
  const { ownText: _, ...rest } = state;
  const own = text.trim();
  return { ...rest, ...(own ? { ownText: own } : {}), tries: 0, missed: 0, stopped: false };
}

/** What to listen for: the sentence, also while stopped, so that reading it takes the drill up again ([DR7]). */
export function drillExpectation(state: DrillState): Expectation {
  return { kind: "reading", text: drillSentence(state) };
}

/** Takes one turn of the user. */
export function advanceDrill(state: DrillState, turn: CoachTurn): DrillStep {
  const sentence = drillSentence(state);
  const reading = findReading(sentence, turn);
  const command = findTurnCommand(state, turn);
  // A text may itself be a command word: read right, it is a reading.
  if (command && !(reading && readWell(reading))) return obey(state, sentence, command, turn.delivery);
  if (!reading || readSomethingElse(reading)) {
    const next = { ...state, missed: state.missed + 1, round: state.round + 1 };
    return step(next, { sentence, outcome: "not_heard", ...(reading && { reading }) }, turn.delivery);
  }
  const well = readWell(reading);
  const judged = { ...state, tally: tallyReading(state.tally, reading, well) };
  if (well) {
    return step(leave(judged), { sentence, outcome: "read_well", reading }, turn.delivery);
  }
  const tries = state.tries + 1;
  const again = { ...judged, round: state.round + 1, tries, missed: 0, stopped: false };
  const focus = worstWord(reading);
  const facts = { sentence, outcome: "slipped", reading, ...(focus && { focus }) } as const;
  return step(tries >= maxTries ? leave(judged) : again, facts, turn.delivery, tries);
}

/** Verdicts from the transcriber, or from its words where it judges none ([DR10]); nothing for typed text ([DR8]). */
function findReading(sentence: string, turn: CoachTurn): Reading | undefined {
  const { transcript } = turn;
  if (!transcript?.understood) return undefined;
  if (transcript.reading) return transcript.reading;
  return transcript.text.trim() === "" ? undefined : judgeWords(sentence, transcript.text);
}

function findTurnCommand(state: DrillState, turn: CoachTurn): Command | undefined {
  const { text, transcript } = turn;
  if (transcript?.command) return transcript.command;
  const words = text ?? (transcript?.understood ? transcript.text : "");
  return findCommand(words, state.language);
}

/** On to what comes after the present sentence: the next of the list, or the user's own text anew. */
function leave(state: DrillState): DrillState {
  const position = state.ownText === undefined ? state.position + 1 : state.position;
  return { ...state, position, tries: 0, missed: 0, round: state.round + 1, stopped: false };
}

/** Rules [DR6] and [DR7]. */
function obey(state: DrillState, sentence: string, said: Command, delivery: Delivery | undefined): DrillStep {
  const command = meaning(state, said);
  const facts = { sentence, outcome: "command", command: said } as const;
  const here = { ...state, missed: 0, round: state.round + 1 };
  if (command === "stop") return step({ ...here, stopped: true }, facts, delivery, undefined, command);
  if (command === "next") return step(leave(state), facts, delivery, undefined, command);
  return step({ ...here, stopped: false }, facts, delivery, undefined, command);
}

/** What a command asks of the drill here. */
function meaning(state: DrillState, command: Command): "next" | "repeat" | "stop" {
  if (command === "next" || command === "repeat" || command === "stop") return command;
  if (command === "wrap_up") return "stop";
  if (command === "yes") return "repeat";
  return state.stopped || state.ownText !== undefined ? "stop" : "next";
}

function step(
  state: DrillState,
  facts: DrillResult & { readonly outcome: DrillOutcome },
  delivery?: Delivery,
  tries?: number,
  command?: "next" | "repeat" | "stop",
): DrillStep {
  const next = state.stopped ? {} : { next: drillSentence(state) };
  const { sentence, outcome, reading, focus } = facts;
  return {
    state,
    expectation: drillExpectation(state),
    result: { ...facts, ...next },
    brief: {
      kind: "drill",
      sentence,
      outcome,
      round: state.round,
      ...(state.missed > 0 && { missed: state.missed }),
      ...(reading && { reading }),
      ...(focus && { focus }),
      ...(delivery && { delivery }),
      ...(command && { command }),
      ...(tries !== undefined && { tries }),
      ...(state.ownText !== undefined && { ownText: true }),
      ...next,
    },
  };
}

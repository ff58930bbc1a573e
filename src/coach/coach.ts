import { primaryLanguage } from "../lib/language.ts";
import type { Brief, Intention } from "../ports/brief.ts";
import type { Expectation } from "../ports/transcriber.ts";
import { advanceCare, type CareStep, type CrisisFlag, raiseFlag } from "./care/care.ts";
import { type CareKind, careKinds } from "./care/kinds.ts";
import { signOfCrisis } from "./care/signs.ts";
import {
  advanceDrill,
  changeDrill,
  type DrillResult,
  type DrillState,
  openDrill,
  translateDrill,
} from "./drills/drill.ts";
import { drillExpectation, drillLanguage, drillSentence, drillTask } from "./drills/drill-position.ts";
import type { DrillRequest } from "./drills/drill-requests.ts";
import { type Assessment, checkAssessment, mergeAssessment } from "./flow/assessment.ts";
import type { CoachTurn } from "./flow/coach-turn.ts";
import { findCommand } from "./flow/commands.ts";
import { correctTurn } from "./flow/correct-turn.ts";
import { advanceFlow, type FlowTurn, resumeFlow } from "./flow/flow.ts";
import { type CoachingStage, type FlowState, openFlow } from "./flow/flow-state.ts";
import type { WrapUpChange } from "./flow/wrap-up.ts";
import { certaintyOf } from "./nlu/certain-words.ts";
import type { Persona } from "./personas/personas.ts";
import {
  advancePractice,
  closePractice,
  correctAnswer,
  greetPractice,
  openPractice,
  withdrawFeedback,
} from "./personas/practice.ts";
import type { PracticeKind, PracticeState } from "./personas/practice-state.ts";

/** Plain JSON: stored with a passivated session and restored on activation. */
export type CoachState = {
  readonly persona: string;
  readonly language: string;
  /** There was a sign of crisis. */
  readonly flagged?: CrisisFlag;
} & (
  | { readonly flow: "coaching"; readonly talk: FlowState }
  | { readonly flow: "drill"; readonly drill: DrillState }
  | { readonly flow: PracticeKind; readonly practice: PracticeState }
);

export interface CoachStep {
  readonly state: CoachState;
  /** Facts for the reply. */
  readonly brief: Brief;
  /** Present in a coaching conversation; sent as `coach.stage`. */
  readonly stage?: { readonly stage: CoachingStage; readonly round: number };
  /** Present in a drill; sent as `coach.drill`. */
  readonly drill?: DrillResult;
  /** The end of a coaching conversation was proposed or answered in this turn; for `coach.wrap_up`. */
  readonly wrapUp?: { readonly state: WrapUpChange };
  /** There was a sign of crisis in this turn; for `coach.care`. */
  readonly care?: CareKind;
  /** The user said yes to ending: once the reply to this turn was said, the conversation is over. */
  readonly ends?: true;
}

/** Options of `openCoach`. */
export interface CoachOptions {
  /** BCP 47. */
  readonly language: string;
  /** The user's own text, for a drill. */
  readonly text?: string;
  /** An integer; varies the order of a drill. */
  readonly seed?: number;
  /** Open actions of the user's last session; a coaching conversation asks about the first. */
  readonly memory?: { readonly openActions: readonly Intention[] };
  /** Wall clock, ms: when the conversation begins. Left out, it begins with the first turn that tells a time. */
  readonly now?: number;
}

/** Opens the persona's flow. */
export function openCoach(persona: Persona, options: CoachOptions): CoachState {
  const { language, memory, now } = options;
  if (persona.flow === "drill") {
    return { flow: "drill", persona: persona.id, language, drill: openDrill(options) };
  }
  if (persona.flow === "interview" || persona.flow === "rehearsal") {
    const practice = openPractice(persona.flow, questionsFor(persona, language));
    return { flow: persona.flow, persona: persona.id, language, practice };
  }
  const talk = openFlow({ ...memory, ...(now !== undefined && { startedAt: now }) });
  return { flow: "coaching", persona: persona.id, language, talk };
}

/** By the language as a whole, or its first part; English where there are none. */
function questionsFor({ questions = {} }: Persona, language: string): readonly string[] {
  const base = primaryLanguage(language);
  return questions[language] ?? questions[base] ?? questions.en ?? Object.values(questions)[0] ?? [];
}

/** Tells whether the flow is a mock interview or a rehearsal. */
export function isPractice(state: CoachState): state is Extract<CoachState, { practice: PracticeState }> {
  return state.flow === "interview" || state.flow === "rehearsal";
}

/** Returns the opening of the conversation; changes no state. `drill`: the sentence that is asked for. */
export function greet(state: CoachState): { readonly brief: Brief; readonly drill?: DrillResult } {
  if (isPractice(state)) return { brief: greetPractice(state.practice) };
  const { persona } = state;
  if (state.flow === "coaching") {
    const { openActions } = state.talk;
    return {
      brief: { kind: "greeting", persona, openActions: openActions.length > 0 ? openActions : undefined },
    };
  }
  const sentence = drillSentence(state.drill);
  const task = drillTask(state.drill);
  const asked = task === undefined ? {} : { task };
  return {
    brief: { kind: "greeting", persona, sentence, ...asked },
    drill: { sentence, ...asked, next: sentence },
  };
}

/** Takes one turn of the user. `now`: wall clock, ms; without it time has no part in when the end is proposed. */
export function advanceCoach(state: CoachState, turn: CoachTurn, { now }: { now?: number } = {}): CoachStep {
  if (turn.silent) return { state, brief: { ...briefOfSilence(state), silent: true } };
  const care = careFor(state, turn, now);
  if (care) return applyCareStep(state, turn, care);
  const { flagged } = state;
  // A user who simply talks on has answered the question whether to go on.
  const known =
    flagged?.step === "asked" ? { ...state, flagged: { ...flagged, step: "settled" } as const } : state;
  return advanceActiveFlow(known, turn, now);
}

/** [C10] A turn without a voice is none: the conversation stays where it is. */
function briefOfSilence(state: CoachState): Brief {
  const unheard = { transcript: { text: "", understood: false } };
  if (state.flow === "coaching") return resumeFlow(state.talk, flowTurn(state, unheard));
  return advanceActiveFlow(state, unheard).brief;
}

/** Advances the persona's flow by a turn. */
function advanceActiveFlow(state: CoachState, turn: CoachTurn, now?: number): CoachStep {
  if (state.flow === "drill") {
    const { state: drill, brief, result } = advanceDrill(state.drill, turn);
    return { state: { ...state, drill }, brief, drill: result };
  }
  if (isPractice(state)) {
    const { state: practice, ...step } = advancePractice(state.practice, flowTurn(state, turn, now));
    return { state: { ...state, practice }, ...step };
  }
  const { state: talk, ...step } = advanceFlow(state.talk, flowTurn(state, turn, now));
  return { state: { ...state, talk }, ...step, stage: { stage: talk.stage, round: talk.round } };
}

function flowTurn({ language }: CoachState, turn: CoachTurn, now?: number): FlowTurn {
  const understood = turn.text !== undefined || turn.transcript?.understood === true;
  const words = turn.text ?? turn.transcript?.text ?? "";
  const certain = turn.text ?? certaintyOf({ ...turn.transcript, text: words }, language).certain;
  const plain = understood && certain === words;
  const command = turn.transcript?.command ?? (plain ? findCommand(words, language) : undefined);
  return {
    understood: understood || command !== undefined,
    words,
    certain,
    language,
    delivery: turn.delivery,
    timedWords: turn.text === undefined ? turn.transcript?.words : undefined,
    command,
    itemId: turn.itemId,
    now,
  };
}

/** Returns the step for a sign of crisis, or for the answer to what was said to one; undefined: none. */
function careFor(state: CoachState, turn: CoachTurn, now?: number): CareStep | undefined {
  const language = coachLanguage(state);
  // [CA7] What may have been said counts as well: a needless answer is better than none.
  const words = turn.text ?? turn.transcript?.text ?? "";
  const { understood = true, ...heard } = turn.transcript ?? {};
  const certain = turn.text ?? (understood ? certaintyOf({ ...heard, text: words }, language).certain : "");
  return advanceCare(state.flagged, {
    words,
    certain,
    language,
    given: state.flow === "drill" ? drillSentence(state.drill) : undefined,
    now,
  });
}

/** [CA1] The flow stays where it is. */
function applyCareStep(state: CoachState, turn: CoachTurn, care: CareStep): CoachStep {
  const flagged: CoachState = { ...state, flagged: care.flag };
  switch (care.do) {
    case "answer":
      return {
        state: flagged,
        brief: { kind: "care", says: care.says },
        care: care.news,
      };
    case "stop":
      return { ...stopFlow(flagged), brief: { kind: "care", says: care.says } };
    case "go_on":
      if (flagged.flow !== "coaching") return advanceActiveFlow(flagged, { transcript: repeatCommand });
      return { state: flagged, brief: resumeFlow(flagged.talk, flowTurn(flagged, turn)) };
  }
}

const repeatCommand = { text: "", understood: true, command: "repeat" } as const;

/** [CA3] A drill is only stopped; a conversation is over once that was said. */
function stopFlow(state: CoachState): Omit<CoachStep, "brief"> {
  if (state.flow === "drill") {
    const { drill, ...step } = advanceActiveFlow(state, {
      transcript: { ...repeatCommand, command: "stop" },
    });
    return { state: step.state, drill };
  }
  const over = { wrapUp: { state: "confirmed" }, ends: true } as const;
  if (isPractice(state)) return { state: { ...state, practice: closePractice(state.practice) }, ...over };
  const talk: FlowState = { ...state.talk, wrapUp: { state: "confirmed", atRound: state.talk.round } };
  return { state: { ...state, talk }, ...over };
}

/**
 * Takes what a model made of the conversation up to `round`. One that comes late (another round has begun), a second
 * one of the same round, and one of a drill change nothing, but for a sign of crisis: the next turn is answered by it, if
 * none was seen before. No assessment takes a flag away ([CA5]). `now`: wall clock, ms.
 */
export function applyAssessment(
  before: CoachState,
  assessment: Assessment,
  { round, now }: { round: number; now?: number },
): CoachState {
  const state = raiseConcern(before, assessment.care ?? undefined, now);
  if (state.flow !== "coaching" || round !== state.talk.round) return state;
  if (round === 0 || round === state.talk.assessedRound) return state;
  const itemId = state.talk.said.findLast((turn) => turn.round === round)?.itemId;
  const options = { language: state.language, itemId };
  const checked = checkAssessment(state.talk, assessment, state.language);
  const talk = mergeAssessment(state.talk, checked, options);
  return { ...state, talk: { ...talk, assessedRound: round } };
}

/** A model reads what was said before again and again: only what it sees first, or sees as more urgent, counts. */
function raiseConcern(state: CoachState, kind: CareKind | undefined, now?: number): CoachState {
  if (kind === undefined) return state;
  const { flagged } = state;
  if (flagged && careKinds.indexOf(kind) >= careKinds.indexOf(flagged.kind)) return state;
  return { ...state, flagged: raiseFlag(flagged, kind, now) };
}

/**
 * Puts what the user typed in the place of what was heard of an item: notes that came of the old words go, those of the new
 * ones come. A reading of a drill is judged by its sound and stays. A sign of crisis in the new words is answered by the
 * next reply. `now`: wall clock, ms.
 */
export function correctWords(before: CoachState, itemId: string, text: string, now?: number): CoachState {
  const state = raiseConcern(before, signOfCrisis(text), now);
  if (state.flow === "drill") return state;
  if (isPractice(state)) return { ...state, practice: correctAnswer(state.practice, itemId, text) };
  return { ...state, talk: correctTurn(state.talk, { itemId, text, language: state.language }) };
}

/** Tells whether the coach has proposed to end and waits for the answer. */
export function awaitsWrapUp(state: CoachState): boolean {
  if (isPractice(state)) return state.practice.phase.name === "proposed";
  return state.flow === "coaching" && state.talk.wrapUp.state === "proposed";
}

/**
 * Takes a proposal to end back whose question nobody heard, because its reply failed or was cut before it: the next
 * turn is no answer to it, and the proposal is made again. Without a proposal nothing changes.
 */
export function withdrawProposal(state: CoachState): CoachState {
  if (!awaitsWrapUp(state) || state.flow === "drill") return state;
  if (isPractice(state)) return { ...state, practice: withdrawFeedback(state.practice) };
  return { ...state, talk: { ...state.talk, wrapUp: { state: "none" } } };
}

/** The expected utterance, for the transcriber; undefined where anything may be said. */
export function expectation(state: CoachState): Expectation | undefined {
  return state.flow === "drill" ? drillExpectation(state.drill) : undefined;
}

/** The language to listen for and answer in: a drill without sentences in the asked language falls back to English. */
export function coachLanguage(state: CoachState): string {
  return state.flow === "drill" ? drillLanguage(state.drill) : state.language;
}

/**
 * Changes the drill, or the user's own text in it ([DR11]). The caller has refused what is not available
 * (`refuseDrill`). A coaching conversation has no drill: it comes back as it is, to be refused by `state.flow`.
 */
export function setDrill(state: CoachState, request: DrillRequest): CoachState {
  return state.flow === "drill" ? { ...state, drill: changeDrill(state.drill, request) } : state;
}

/** Changes the language of the conversation; a drill from the list starts at the first sentence of that language. */
export function setLanguage(state: CoachState, language: string): CoachState {
  if (language === state.language) return state;
  if (state.flow !== "drill") return { ...state, language };
  return { ...state, language, drill: translateDrill(state.drill, language) };
}

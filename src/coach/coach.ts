/** The coach as a session sees it, whatever the persona: a turn of the user goes in, what to answer comes out. Pure. */
import type { Expectation } from "../pipeline/ports.ts";
import type { Brief } from "../pipeline/speech.ts";
import { findCommand } from "./commands.ts";
import type { DrillResult, DrillState } from "./drill.ts";
import {
  advanceDrill,
  drillExpectation,
  drillLanguage,
  drillSentence,
  openDrill,
  replaceText,
} from "./drill.ts";
import type { CoachingStage, FlowState } from "./flow.ts";
import { advanceFlow, openFlow } from "./flow.ts";
import type { Persona } from "./personas.ts";
import type { CoachTurn } from "./turn.ts";

/** Plain JSON; a session can be put away and taken up again with it. */
export type CoachState =
  | {
      readonly flow: "coaching";
      readonly persona: string;
      readonly language: string;
      readonly talk: FlowState;
    }
  | {
      readonly flow: "drill";
      readonly persona: string;
      readonly language: string;
      readonly drill: DrillState;
    };

export interface CoachStep {
  readonly state: CoachState;
  /** What the reply answers. */
  readonly brief: Brief;
  /** Of a coaching conversation; for `coach.stage`. */
  readonly stage?: { readonly stage: CoachingStage; readonly round: number };
  /** Of a drill; for `coach.drill`. */
  readonly drill?: DrillResult;
}

/** Opens the persona's flow. `language` is BCP 47; `text` is the user's own text for a drill; `seed` varies its order. */
export function openCoach(
  persona: Persona,
  options: { language: string; text?: string; seed?: number },
): CoachState {
  const { language } = options;
  if (persona.flow === "drill") {
    return { flow: "drill", persona: persona.id, language, drill: openDrill(options) };
  }
  return { flow: "coaching", persona: persona.id, language, talk: openFlow() };
}

/** What to open the conversation with; changes no state. `drill`: the sentence that is asked for. */
export function greet(state: CoachState): { readonly brief: Brief; readonly drill?: DrillResult } {
  const { persona } = state;
  if (state.flow === "coaching") return { brief: { kind: "greeting", persona } };
  const sentence = drillSentence(state.drill);
  return { brief: { kind: "greeting", persona, sentence }, drill: { sentence, next: sentence } };
}

/** Takes one turn of the user. */
export function hear(state: CoachState, turn: CoachTurn): CoachStep {
  if (state.flow === "drill") {
    const { state: drill, brief, result } = advanceDrill(state.drill, turn);
    return { state: { ...state, drill }, brief, drill: result };
  }
  const understood = turn.text !== undefined || turn.transcript?.understood === true;
  const words = turn.text ?? turn.transcript?.text ?? "";
  const command = turn.transcript?.command ?? (understood ? findCommand(words, state.language) : undefined);
  const { state: talk, brief } = advanceFlow(state.talk, {
    understood: understood || command !== undefined,
    ...(turn.delivery && { delivery: turn.delivery }),
    ...(command && { command }),
  });
  return { state: { ...state, talk }, brief, stage: { stage: talk.stage, round: talk.round } };
}

/** What the transcriber is to listen for now; undefined where anything may be said. */
export function expectation(state: CoachState): Expectation | undefined {
  return state.flow === "drill" ? drillExpectation(state.drill) : undefined;
}

/** The language to listen for and answer in: a drill without sentences in the asked language falls back to English. */
export function coachLanguage(state: CoachState): string {
  return state.flow === "drill" ? drillLanguage(state.drill) : state.language;
}

/**
 * Puts the user's own text into a drill, from now on; an empty one brings the list back. A coaching conversation has
 * no text: it comes back as it is, and whoever was asked refuses by `state.flow`.
 */
export function setDrillText(state: CoachState, text: string): CoachState {
  return state.flow === "drill" ? { ...state, drill: replaceText(state.drill, text) } : state;
}

/** Changes the language of the conversation; a drill from the list starts at the first sentence of that language. */
export function setLanguage(state: CoachState, language: string): CoachState {
  if (language === state.language) return state;
  if (state.flow === "coaching") return { ...state, language };
  const { ownText, seed, round } = state.drill;
  const drill = openDrill({ language, seed, ...(ownText !== undefined && { text: ownText }) });
  return { ...state, language, drill: { ...drill, round } };
}

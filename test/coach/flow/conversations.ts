/** Conversations for tests: a coach that is told things in turn. */
import {
  advanceCoach,
  type CoachOptions,
  type CoachState,
  type CoachStep,
  openCoach,
} from "../../../src/coach/coach.ts";
import type { CoachTurn } from "../../../src/coach/flow/coach-turn.ts";
import type { FlowState } from "../../../src/coach/flow/flow-state.ts";
import { findPersona, type Persona } from "../../../src/coach/personas/personas.ts";
import type { Brief } from "../../../src/ports/brief.ts";

export const kuku = findPersona("kuku") as Persona;
export const reader = findPersona("reader") as Persona;

/** Speech that was heard and not understood. */
export const voice: CoachTurn = { transcript: { text: "", understood: false } };

/** A conversation before its first turn. */
export function talkWith(options: Partial<CoachOptions> = {}): CoachState {
  return openCoach(kuku, { language: "en-US", ...options });
}

/** Takes the turns one after the other; texts are typed. */
export function tell(state: CoachState, ...turns: readonly (string | CoachTurn)[]): CoachStep {
  let step: CoachStep | undefined;
  for (const turn of turns) {
    step = advanceCoach(step?.state ?? state, typeof turn === "string" ? { text: turn } : turn);
  }
  return step as CoachStep;
}

/** The conversation after so many turns that were not understood. */
export function afterRounds(rounds: number, state = talkWith()): CoachState {
  return rounds === 0 ? state : tell(state, ...Array.from({ length: rounds }, () => voice)).state;
}

export function talkOf(state: CoachState): FlowState {
  if (state.flow !== "coaching") throw new Error("no conversation");
  return state.talk;
}

export function coachingBrief({ brief }: CoachStep): Extract<Brief, { kind: "coaching" }> {
  if (brief.kind !== "coaching") throw new Error("no coaching brief");
  return brief;
}

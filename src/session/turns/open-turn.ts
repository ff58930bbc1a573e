/** The user's turn while it may still go on: what the flow makes of all its parts together. Pure. */
import { advanceCoach, type CoachStep } from "../../coach/coach.ts";
import { type CoachTurn, joinTurns, shortenTurns } from "../../coach/flow/coach-turn.ts";
import type { SessionState } from "./state.ts";

/** The turn with one more part. */
export interface ContinuedTurn {
  readonly openTurn: NonNullable<SessionState["openTurn"]>;
  /** Step of the whole turn, from where it began. */
  readonly step: CoachStep;
}

/** [TT12] The flow goes back to where the turn began and hears it whole, so that no part counts as a turn of its own. */
export function continueTurn(state: SessionState, part: CoachTurn, wallTime: number): ContinuedTurn {
  const { coach, heard } = state.openTurn ?? { coach: state.coach, heard: [] };
  const parts = [...heard, part];
  const step = advanceCoach(coach, joinTurns(parts), { now: wallTime });
  const openTurn = { coach, heard: shortenTurns(parts) };
  // [CA4] What was a sign stays one, however the turn goes on.
  const { flagged } = state.coach;
  if (!flagged || step.state.flagged) return { openTurn, step };
  return { openTurn, step: { ...step, state: { ...step.state, flagged } } };
}

/** When the conversation moves from stage to stage: by what is known, with rounds as the fall-back. Pure; rules [FL…]. */
import type { CoachingStage, FlowState } from "./flow-state.ts";

const order: readonly CoachingStage[] = ["topic", "goal", "reality", "options", "way_forward"];

/** Rounds of a stage, where rounds are all there is to go by; reality takes most of the time ([FL1]). */
const usualRounds: Readonly<Record<CoachingStage, number>> = {
  topic: 1,
  goal: 2,
  reality: 5,
  options: 3,
  way_forward: Number.POSITIVE_INFINITY,
};
/** An assessment that came in time may hold a stage for so many times its usual rounds ([FL5]). */
const heldAtMost = 2;
/** Reality is left no earlier, unless something was committed to ([FL5]). */
const leastOfReality = 3;

/** The conversation at its next turn: one more round of its stage, or the first of the next. */
export function moveByRounds(talk: FlowState): FlowState {
  const limit =
    usualRounds[talk.stage] * (talk.assessedRound === talk.round && talk.round > 0 ? heldAtMost : 1);
  // The first answer of someone who was asked about an open action is not yet about a topic.
  const asked = talk.stage === "topic" && talk.openActions.length > 0 ? 1 : 0;
  const round = talk.round + 1;
  if (talk.stageRounds < limit + asked) return { ...talk, round, stageRounds: talk.stageRounds + 1 };
  const next = order[order.indexOf(talk.stage) + 1] ?? talk.stage;
  return { ...talk, round, stage: next, stageRounds: 1 };
}

/**
 * The conversation in the proposed stage where that is allowed, otherwise as it is: back by one stage at most, forward
 * by one, or over one stage whose matter is known already ([FL5]).
 */
export function moveTo(talk: FlowState, proposed: CoachingStage): FlowState {
  const steps = order.indexOf(proposed) - order.indexOf(talk.stage);
  const allowed =
    steps === -1 || steps === 1 || (steps === 2 && isKnown(talk, order.indexOf(talk.stage) + 1));
  if (!allowed) return talk;
  const early = talk.stage === "reality" && steps > 0 && talk.stageRounds < leastOfReality;
  if (early && talk.actions.length === 0) return talk;
  return { ...talk, stage: proposed, stageRounds: 0 };
}

/** Whether the matter of the stage at this place is there. */
function isKnown(talk: FlowState, at: number): boolean {
  switch (order[at]) {
    case "topic":
      return talk.topic !== undefined;
    case "goal":
      return talk.goal !== undefined;
    case "reality":
      return talk.facts.length > 0;
    case "options":
      return talk.options.length > 0 || talk.actions.length > 0;
    default:
      return talk.actions.length > 0;
  }
}

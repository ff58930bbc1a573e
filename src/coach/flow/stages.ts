/** Moves the conversation from stage to stage: by what is known, with rounds as the fall-back. Pure; rules [FL…]. */
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
const mostUsualRounds = 2;
/** Reality is left no earlier, unless something was committed to ([FL5]). */
const leastOfReality = 3;

/** The conversation at its next turn: one more round of its stage, or the first of the next. */
export function moveByRounds(flow: FlowState): FlowState {
  const limit =
    usualRounds[flow.stage] * (flow.assessedRound === flow.round && flow.round > 0 ? mostUsualRounds : 1);
  // The first answer of someone who was asked about an open action is not yet about a topic.
  const asked = flow.stage === "topic" && flow.openActions.length > 0 ? 1 : 0;
  const round = flow.round + 1;
  if (flow.stageRounds < limit + asked) return { ...flow, round, stageRounds: flow.stageRounds + 1 };
  const next = order[order.indexOf(flow.stage) + 1] ?? flow.stage;
  return { ...flow, round, stage: next, stageRounds: 1 };
}

/**
 * The conversation in the proposed stage where that is allowed, otherwise as it is: back by one stage at most, forward
 * by one, or over one stage whose matter is known already ([FL5]).
 */
export function moveTo(flow: FlowState, proposed: CoachingStage): FlowState {
  const steps = order.indexOf(proposed) - order.indexOf(flow.stage);
  const allowed =
    steps === -1 || steps === 1 || (steps === 2 && isKnown(flow, order.indexOf(flow.stage) + 1));
  if (!allowed) return flow;
  const early = flow.stage === "reality" && steps > 0 && flow.stageRounds < leastOfReality;
  if (early && flow.actions.length === 0) return flow;
  return { ...flow, stage: proposed, stageRounds: 0 };
}

/** Whether the matter of the stage at this place is there. */
function isKnown(flow: FlowState, at: number): boolean {
  switch (order[at]) {
    case "topic":
      return flow.topic !== undefined;
    case "goal":
      return flow.goal !== undefined;
    case "reality":
      return flow.facts.length > 0;
    case "options":
      return flow.options.length > 0 || flow.actions.length > 0;
    default:
      return flow.actions.length > 0;
  }
}

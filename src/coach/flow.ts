/** The coaching conversation: which stage of T-GROW a turn belongs to, and what the reply is to answer. Rules [FL…] in SPEC.md. */
import type { Brief, Command, Delivery } from "../pipeline/speech.ts";

type CoachingBrief = Extract<Brief, { kind: "coaching" }>;

/** Topic → goal → reality → options → way forward. */
export type CoachingStage = CoachingBrief["stage"];

/** Plain JSON; a session can be put away and taken up again with it. */
export interface FlowState {
  readonly stage: CoachingStage;
  /** User turns so far. */
  readonly round: number;
}

/** What the flow is told about a turn of the user. */
export interface FlowTurn {
  /** Whether the words are known. */
  readonly understood: boolean;
  readonly delivery?: Delivery;
  readonly command?: Command;
}

export interface FlowStep {
  readonly state: FlowState;
  readonly brief: CoachingBrief;
}

/** The last round of each stage, where rounds are all there is to go by; reality takes most of the time ([FL1]). */
const lastRound: ReadonlyArray<readonly [CoachingStage, number]> = [
  ["topic", 1],
  ["goal", 3],
  ["reality", 8],
  ["options", 11],
  ["way_forward", Number.POSITIVE_INFINITY],
];

/** Opens a conversation before anything was said. */
export function openFlow(): FlowState {
  return { stage: "topic", round: 0 };
}

/** Takes one turn of the user. */
export function advanceFlow(state: FlowState, turn: FlowTurn): FlowStep {
  // Asking for the question again moves nothing ([FL2]).
  const round = turn.command === "repeat" && state.round > 0 ? state.round : state.round + 1;
  const stage = stageAt(round);
  const { understood, delivery, command } = turn;
  return {
    state: { ...state, stage, round },
    brief: {
      kind: "coaching",
      stage,
      round,
      understood,
      ...(delivery && { delivery }),
      ...(command && { command }),
    },
  };
}

function stageAt(round: number): CoachingStage {
  const [stage] = lastRound.find(([, last]) => round <= last) ?? ["way_forward" as const];
  return stage;
}

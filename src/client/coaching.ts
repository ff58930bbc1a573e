/** Beside the turns: where a coaching conversation stands, what it asks about its end, and what is kept of it. Pure. */
import type { CoachCare, CoachReport, CoachStage } from "../protocol/kuku-events.ts";
import type { ServerEvent } from "../protocol/server-events.ts";

export interface Coaching {
  readonly stage?: CoachStage["stage"];
  /** User turns that the coach has counted. */
  readonly round?: number;
  /** `proposed`: the coach asks whether to end, and waits for the answer; `confirmed`: it says goodbye. */
  readonly wrapUp?: "proposed" | "confirmed";
  /** There was a sign of crisis; it stays, with the last lines that were told. */
  readonly care?: CoachCare;
  readonly report?: CoachReport;
}

/** Takes in one event of the coach's; others change nothing. */
export function followCoaching(state: Coaching, event: ServerEvent): Coaching {
  switch (event.type) {
    case "coach.stage":
      return { ...state, stage: event.stage, round: event.round };
    case "coach.wrap_up":
      return event.state === "proposed" || event.state === "confirmed"
        ? { ...state, wrapUp: event.state }
        : withoutProposal(state);
    case "coach.care":
      return { ...state, care: event };
    case "coach.report":
      return { ...state, report: event };
    default:
      return state;
  }
}

/** [CE1] A proposal whose reply was cut or failed was not heard: the coach takes it back. */
export function takeBack(state: Coaching, status: string | undefined): Coaching {
  return state.wrapUp === "proposed" && status !== "completed" ? withoutProposal(state) : state;
}

function withoutProposal({ wrapUp: _, ...rest }: Coaching): Coaching {
  return rest;
}

import type { PromptTool } from "../../ports/prompt.ts";
import type { CoachState } from "../coach.ts";
import { advanceDrill, type DrillResult } from "../drills/drill.ts";
import { drillSentence } from "../drills/drill-position.ts";
import { advanceWrapUp, type WrapUpChange } from "./wrap-up.ts";

export type CoachToolName = "end_session" | "next_sentence";

/** The result of a tool call. */
export interface ToolStep {
  readonly state: CoachState;
  /** For the model: plain JSON as text. */
  readonly result: string;
  readonly wrapUp?: { readonly state: WrapUpChange };
  readonly drill?: DrillResult;
  readonly ends?: true;
}

const noArguments = { type: "object", properties: {}, additionalProperties: false };

const endSession: PromptTool = {
  name: "end_session",
  description:
    "Ends the session, when the user has said that they want to end. The first call only lets you ask them whether to end here; call it again when they have said yes.",
  parameters: noArguments,
};
const nextSentence: PromptTool = {
  name: "next_sentence",
  description: "Goes on to the next sentence of the drill and returns it; say it word for word.",
  parameters: noArguments,
};

/** The tools that a persona's flow has. */
export function coachTools(state: CoachState): readonly PromptTool[] {
  if (state.flow === "drill") return [nextSentence, endSession];
  // A practice ends behind its feedback, on the user's own yes.
  return state.flow === "coaching" ? [endSession] : [];
}

/**
 * A model's call. [CT2] A conversation ends only on a yes to a question that was asked in an earlier turn; a drill, which
 * has nothing to lose, ends at once. `now`: wall clock, ms.
 */
export function runCoachTool(state: CoachState, name: CoachToolName, now?: number): ToolStep {
  if (state.flow === "drill") return name === "end_session" ? endDrill(state) : skipSentence(state);
  if (name !== "end_session" || state.flow !== "coaching")
    return { state, result: refusal("There is no such function here.") };
  const { talk } = state;
  const { wrapUp } = talk;
  if (wrapUp.state === "proposed" && wrapUp.atRound >= talk.round)
    return {
      state,
      result: JSON.stringify({ ended: false, do: "Ask whether to end here; wait for the yes." }),
    };
  const step = advanceWrapUp(talk, { asks: true, answer: "yes", now });
  return {
    state: { ...state, talk: step.state },
    result: step.ends
      ? JSON.stringify({ ended: true, do: "Say a short goodbye; ask nothing." })
      : JSON.stringify({ ended: false, do: "Ask whether to end here; wait for the yes." }),
    ...(step.change && { wrapUp: { state: step.change } }),
    ...(step.ends && { ends: true as const }),
  };
}

type Drill = Extract<CoachState, { flow: "drill" }>;

function endDrill(state: Drill): ToolStep {
  return { state, result: JSON.stringify({ ended: true, do: "Say a short goodbye." }), ends: true };
}

function skipSentence(state: Drill): ToolStep {
  const { state: drill, result } = advanceDrill(state.drill, {
    transcript: { text: "", understood: true, command: "next" },
  });
  return {
    state: { ...state, drill },
    result: JSON.stringify({ sentence: drillSentence(drill) }),
    drill: result,
  };
}

function refusal(message: string): string {
  return JSON.stringify({ error: message });
}

/** Tells whether a tool is one of the coach's. */
export function isCoachTool(name: string): name is CoachToolName {
  return name === "end_session" || name === "next_sentence";
}

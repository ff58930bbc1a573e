import type { WrapUpBrief } from "../../ports/brief.ts";
import type { EndingAnswer } from "../nlu/ending.ts";
import type { FlowState, WrapUp } from "./flow-state.ts";

/** User turns after which the end is proposed. */
const roundLimit = 25;
/** Time after which the end is proposed, ms. */
const timeLimitMs = 30 * 60_000;
/** Time added by a no, minutes. */
const minutesAfterNo = 5;
/** Rounds without another proposal: after a no, and at least after "five more minutes". */
const silentAfterNo = 5;
const leastSilent = 3;
const minuteMs = 60_000;

/** A change of the proposal to end, as sent to the client. */
export type WrapUpChange = "proposed" | "declined" | "extended" | "confirmed";

/** Signals about ending in a turn of the user. */
export interface EndingSignals {
  /** The user asks for the end. */
  readonly asks: boolean;
  /** The answer, should the end have been proposed; undefined where it is not plain. */
  readonly answer?: EndingAnswer;
  /** Wall clock, ms; absent: rounds alone count. */
  readonly now?: number;
}

export interface WrapUpStep {
  readonly state: FlowState;
  readonly brief?: WrapUpBrief;
  readonly change?: WrapUpChange;
  /** The conversation is over once the closing words were said. */
  readonly ends?: true;
}

/** Takes a turn whose round is counted already. */
export function advanceWrapUp(state: FlowState, heard: EndingSignals): WrapUpStep {
  switch (state.wrapUp.state) {
    case "proposed":
      return applyAnswer(state, state.wrapUp, heard);
    case "confirmed":
      return applyAfterthought(state, heard);
    default:
      return propose(state, heard);
  }
}

function propose(state: FlowState, { asks, now }: EndingSignals): WrapUpStep {
  const because = asks ? "asked" : reasonToEnd(state, now);
  if (because === undefined) return { state };
  const wrapUp: WrapUp = { state: "proposed", atRound: state.round, asked: 1 };
  return { state: { ...state, wrapUp }, brief: { do: "propose", because }, change: "proposed" };
}

function reasonToEnd(state: FlowState, now: number | undefined) {
  if (state.wrapUp.state === "declined" && state.round < state.wrapUp.silentUntilRound) return undefined;
  // The coach has asked for the way forward at least once before a commitment ends the state.
  if (state.stage === "way_forward" && state.stageRounds > 1 && state.actions.length > 0) return "committed";
  if (state.round >= roundLimit) return "rounds";
  return now !== undefined && now >= timeLimit(state) ? "time" : undefined;
}

function timeLimit({ startedAt, extendedMs }: FlowState): number {
  return startedAt === undefined ? Number.POSITIVE_INFINITY : startedAt + timeLimitMs + extendedMs;
}

function applyAnswer(
  state: FlowState,
  proposed: Extract<WrapUp, { state: "proposed" }>,
  heard: EndingSignals,
): WrapUpStep {
  const { answer, now } = heard;
  if (answer === "yes") return close(state, "confirmed");
  if (answer !== undefined) return postponeEnd(state, answer, now);
  if (proposed.asked === 1) {
    return { state: { ...state, wrapUp: { ...proposed, asked: 2 } }, brief: { do: "ask_again" } };
  }
  // Asked twice without a plain answer: a user who wants to end will say so.
  const wrapUp: WrapUp = { state: "declined", silentUntilRound: state.round + silentAfterNo };
  return { state: { ...state, wrapUp }, brief: { do: "go_on", unclear: true }, change: "declined" };
}

/** "No, wait" while the closing words are said takes the yes back; anything else is answered by them. */
function applyAfterthought(state: FlowState, { answer, now }: EndingSignals): WrapUpStep {
  return answer === undefined || answer === "yes" ? close(state) : postponeEnd(state, answer, now);
}

function close(state: FlowState, news?: "confirmed"): WrapUpStep {
  const wrapUp: WrapUp = news ? { state: "confirmed", atRound: state.round } : state.wrapUp;
  return { state: { ...state, wrapUp }, brief: { do: "close" }, change: news, ends: true };
}

function postponeEnd(
  state: FlowState,
  answer: Exclude<EndingAnswer, "yes">,
  now: number | undefined,
): WrapUpStep {
  const minutes = answer === "no" ? minutesAfterNo : answer.extend;
  // A round takes about a minute.
  const silent = answer === "no" ? silentAfterNo : Math.max(minutes, leastSilent);
  const next: FlowState = {
    ...state,
    wrapUp: { state: "declined", silentUntilRound: state.round + silent },
    extensions: state.extensions + 1,
    extendedMs: extensionAfter(state, minutes * minuteMs, now),
  };
  return answer === "no"
    ? { state: next, brief: { do: "go_on" }, change: "declined" }
    : { state: next, brief: { do: "extend", minutes }, change: "extended" };
}

/** From the limit where it is not reached yet, from now on where it is. */
function extensionAfter(state: FlowState, ms: number, now: number | undefined): number {
  const limit = timeLimit(state);
  const late = now !== undefined && Number.isFinite(limit) ? Math.max(0, now - limit) : 0;
  return state.extendedMs + late + ms;
}

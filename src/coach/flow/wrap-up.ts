import type { WrapUpBrief } from "../../ports/brief.ts";
import type { EndingAnswer } from "../nlu/ending.ts";
import type { FlowState, WrapUp } from "./flow-state.ts";

/** User turns after which the end is proposed. */
const roundLimit = 25;
/** Time after which the end is proposed, ms. */
const timeLimitMs = 30 * 60_000;
/** What a no adds to the time, minutes. */
const minutesOfANo = 5;
/** Rounds without another proposal: after a no, and at least after "five more minutes". */
const silentAfterNo = 5;
const leastSilent = 3;
const minuteMs = 60_000;

/** What a client is told of it. */
export type WrapUpNews = "proposed" | "declined" | "extended" | "confirmed";

/** What was heard in this turn of the user, as far as ending goes. */
export interface EndingHeard {
  /** The user asks for the end. */
  readonly asks: boolean;
  /** The answer, should the end have been proposed; undefined where it is not plain. */
  readonly answer?: EndingAnswer;
  /** Wall clock, ms; absent: rounds alone count. */
  readonly now?: number;
}

export interface WrapUpStep {
  readonly talk: FlowState;
  readonly brief?: WrapUpBrief;
  readonly news?: WrapUpNews;
  /** The conversation is over once the closing words were said. */
  readonly ends?: true;
}

/** Takes a turn whose round is counted already. */
export function advanceWrapUp(talk: FlowState, heard: EndingHeard): WrapUpStep {
  switch (talk.wrapUp.state) {
    case "proposed":
      return takeAnswer(talk, talk.wrapUp, heard);
    case "confirmed":
      return takeAfterthought(talk, heard);
    default:
      return propose(talk, heard);
  }
}

function propose(talk: FlowState, { asks, now }: EndingHeard): WrapUpStep {
  const because = asks ? "asked" : reasonToEnd(talk, now);
  if (because === undefined) return { talk };
  const wrapUp: WrapUp = { state: "proposed", atRound: talk.round, asked: 1 };
  return { talk: { ...talk, wrapUp }, brief: { do: "propose", because }, news: "proposed" };
}

function reasonToEnd(talk: FlowState, now: number | undefined) {
  if (talk.wrapUp.state === "declined" && talk.round < talk.wrapUp.silentUntilRound) return undefined;
  // The coach has asked for the way forward at least once before a commitment ends the talk.
  if (talk.stage === "way_forward" && talk.stageRounds > 1 && talk.actions.length > 0) return "committed";
  if (talk.round >= roundLimit) return "rounds";
  return now !== undefined && now >= timeLimit(talk) ? "time" : undefined;
}

function timeLimit({ startedAt, extendedMs }: FlowState): number {
  return startedAt === undefined ? Number.POSITIVE_INFINITY : startedAt + timeLimitMs + extendedMs;
}

function takeAnswer(
  talk: FlowState,
  proposed: Extract<WrapUp, { state: "proposed" }>,
  heard: EndingHeard,
): WrapUpStep {
  const { answer, now } = heard;
  if (answer === "yes") return close(talk, "confirmed");
  if (answer !== undefined) return putOff(talk, answer, now);
  if (proposed.asked === 1) {
    return { talk: { ...talk, wrapUp: { ...proposed, asked: 2 } }, brief: { do: "ask_again" } };
  }
  // Asked twice without a plain answer: whoever wants to end will say so.
  const wrapUp: WrapUp = { state: "declined", silentUntilRound: talk.round + silentAfterNo };
  return { talk: { ...talk, wrapUp }, brief: { do: "go_on", unclear: true }, news: "declined" };
}

/** "No, wait" while the closing words are said takes the yes back; anything else is answered by them. */
function takeAfterthought(talk: FlowState, { answer, now }: EndingHeard): WrapUpStep {
  return answer === undefined || answer === "yes" ? close(talk) : putOff(talk, answer, now);
}

function close(talk: FlowState, news?: "confirmed"): WrapUpStep {
  const wrapUp: WrapUp = news ? { state: "confirmed", atRound: talk.round } : talk.wrapUp;
  return { talk: { ...talk, wrapUp }, brief: { do: "close" }, ...(news && { news }), ends: true };
}

function putOff(talk: FlowState, answer: Exclude<EndingAnswer, "yes">, now: number | undefined): WrapUpStep {
  const minutes = answer === "no" ? minutesOfANo : answer.extend;
  // A round takes about a minute.
  const silent = answer === "no" ? silentAfterNo : Math.max(minutes, leastSilent);
  const next: FlowState = {
    ...talk,
    wrapUp: { state: "declined", silentUntilRound: talk.round + silent },
    extensions: talk.extensions + 1,
    extendedMs: extended(talk, minutes * minuteMs, now),
  };
  return answer === "no"
    ? { talk: next, brief: { do: "go_on" }, news: "declined" }
    : { talk: next, brief: { do: "extend", minutes }, news: "extended" };
}

/** From the limit where it is not reached yet, from now on where it is. */
function extended(talk: FlowState, ms: number, now: number | undefined): number {
  const limit = timeLimit(talk);
  const late = now !== undefined && Number.isFinite(limit) ? Math.max(0, now - limit) : 0;
  return talk.extendedMs + late + ms;
}

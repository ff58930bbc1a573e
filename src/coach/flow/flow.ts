import type { Brief, Command } from "../../ports/brief.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { TranscribedWord } from "../../ports/transcriber.ts";
import { commitmentsIn } from "../nlu/commitments.ts";
import { asksToEnd, readEndingAnswer } from "../nlu/ending.ts";
import { retracts } from "../nlu/evidence.ts";
import { mergeAssessment } from "./assessment.ts";
import { assessByRules } from "./assessment-rules.ts";
import { longestTurn } from "./coach-turn.ts";
import { type CoachingStage, type FlowState, recordDoubt, recordUnheard, recordWords } from "./flow-state.ts";
import { knownMatters } from "./matters.ts";
import { moveByRounds } from "./stages.ts";
import { advanceWrapUp, type EndingSignals, type WrapUpChange, type WrapUpStep } from "./wrap-up.ts";

type CoachingBrief = Extract<Brief, { kind: "coaching" }>;

/** A turn of the user, as the flow takes it. */
export interface FlowTurn {
  /** Whether the words are known. */
  readonly understood: boolean;
  /** The user's words, as far as they are known. */
  readonly words: string;
  /** The part of them that was surely heard so; left out: all of them. */
  readonly certain?: string;
  /** BCP 47, of the conversation. */
  readonly language: string;
  readonly delivery?: Delivery;
  /** The words with their times in the turn's audio, where they are known. */
  readonly timedWords?: readonly TranscribedWord[];
  readonly command?: Command;
  readonly itemId?: string;
  /** Wall clock, ms; absent: rounds alone count. */
  readonly now?: number;
}

export interface FlowStep {
  readonly state: FlowState;
  readonly brief: CoachingBrief;
  readonly wrapUp?: { readonly state: WrapUpChange };
  /** The user said yes to ending: once the closing words were said, the conversation is over. */
  readonly ends?: true;
}

/** Takes one turn of the user. */
export function advanceFlow(state: FlowState, whole: FlowTurn): FlowStep {
  const words = whole.words.slice(0, longestTurn);
  const turn = { ...whole, words, certain: (whole.certain ?? words).slice(0, longestTurn) };
  // Asking for the question again moves nothing ([FL2]).
  if (turn.command === "repeat" && state.round > 0) return { state, brief: briefOf(state, turn) };
  const { now } = turn;
  const started = state.startedAt === undefined && now !== undefined ? { ...state, startedAt: now } : state;
  const moved = moveByRounds(started);
  const applied: AppliedWords = turn.understood
    ? applyTurn(moved, turn, state.stage)
    : { flow: recordUnheard(moved, turn.itemId) };
  const signals = endingSignals(turn);
  // A doubt about words is cleared up before the coach proposes to end of its own accord.
  const asksBack = applied.confirm && applied.flow.wrapUp.state !== "proposed" && !signals.asks;
  const step: WrapUpStep = asksBack ? { state: applied.flow } : advanceWrapUp(applied.flow, signals);
  // A question about ending comes alone.
  const after = step.brief ? withoutUnconfirmed(step.state) : step.state;
  return {
    state: after,
    brief: briefOf(after, turn, step, step.brief ? { told: applied.told } : applied),
    ...(step.change && { wrapUp: { state: step.change } }),
    ...(step.ends && { ends: true as const }),
  };
}

/** Coaching again after something else was talked about: a question of the stage, and nothing has moved. */
export function resumeFlow(flow: FlowState, turn: FlowTurn): CoachingBrief {
  return { ...briefOf(flow, turn), wrapUp: { do: "go_on" } };
}

/** What a turn made of the conversation. */
interface AppliedWords extends Pick<CoachingBrief, "told" | "confirm"> {
  readonly flow: FlowState;
}

/** [FL16] Takes the answer to what may have been misheard, or else the turn's own words. */
function applyTurn(flow: FlowState, turn: CertainTurn, asked: CoachingStage): AppliedWords {
  const { unconfirmed } = flow;
  const { words, certain, command, language } = turn;
  const open = withoutUnconfirmed(flow);
  if (!unconfirmed)
    return certain === words ? applyWords(flow, turn, asked) : applyDoubtful(flow, turn, asked);
  const answer = command ?? readEndingAnswer(certain, language);
  if (answer === "no") return { flow: open, confirm: { do: "say_again" } };
  if (answer !== "yes") return applyTurn(open, turn, asked);
  const { said, itemId } = unconfirmed;
  const confirmed = { ...turn, words: said, certain: said, itemId, command: undefined };
  return applyWords(open, confirmed, "way_forward");
}

type CertainTurn = FlowTurn & { readonly certain: string };

/** [FL16] Takes what is certain of a turn; no commitment of it is one before it was asked about. */
function applyDoubtful(flow: FlowState, turn: CertainTurn, asked: CoachingStage): AppliedWords {
  const { words, certain, language, itemId } = turn;
  const late = asked === "options" || asked === "way_forward";
  const doubted = commitmentsIn(words, language).find(({ when }) => late || when !== undefined);
  const ending = asksToEnd(words, language) || flow.wrapUp.state === "proposed";
  const applied = applyWords(recordDoubt(flow, words), { ...turn, words: certain }, asked);
  // A turn in which something was misheard may have been misheard where nobody noticed, too.
  const before = { ...applied.flow, actions: flow.actions, stage: flow.stage, stageRounds: flow.stageRounds };
  if (!doubted || ending) return doubted ? { flow: before } : applied;
  const { said } = doubted;
  return { flow: { ...before, unconfirmed: { said, itemId } }, confirm: { do: "ask", words: said } };
}

function withoutUnconfirmed({ unconfirmed: _, ...flow }: FlowState): FlowState {
  return flow;
}

/** The user's words, and what rules take from them, beside any model's assessment. `asked`: the stage of the question. */
function applyWords(
  flow: FlowState,
  { words, command, language, itemId }: FlowTurn,
  asked: CoachingStage,
): AppliedWords {
  if (words.trim() === "") return { flow };
  const kept = recordWords(flow, { round: flow.round, stage: asked, text: words, itemId });
  // Commands and what is said about ending are no matter of the talk.
  if (command !== undefined) return { flow: kept };
  const actions = kept.actions.filter((action) => !retracts(words, action, language));
  const meant = actions.length === kept.actions.length ? kept : { ...kept, actions };
  const { told, ...assessment } = assessByRules(meant, { words, asked, language });
  const aboutEnding = asksToEnd(words, language) || flow.wrapUp.state === "proposed";
  const taken = aboutEnding
    ? { ...assessment, topic: undefined, goal: undefined, facts: [], options: [] }
    : assessment;
  const next = mergeAssessment(meant, taken, { language, itemId });
  const moved = next.stage === meant.stage ? next : { ...next, stageRounds: 1 };
  if (aboutEnding) return { flow: moved };
  return { flow: moved, told: meant === kept || told?.matter === "action" ? told : { matter: "taken_back" } };
}

function endingSignals({ understood, words, certain, command, language, now }: CertainTurn): EndingSignals {
  const asks = command === "wrap_up" || command === "stop";
  if (asks) return { asks, answer: "yes", now };
  // "Yes?" is a question back.
  if (command === "yes" && words.includes("?")) return { asks: false, now };
  if (command === "yes" || command === "no") return { asks: false, answer: command, now };
  if (command === "next") return { asks: false, answer: "no", now };
  if (!understood) return { asks: false, now };
  // A yes among words that may have been misheard ends nothing.
  const answer = certain === words ? readEndingAnswer(words, language) : undefined;
  return { asks: asksToEnd(words, language), answer, now };
}

/** Builds the reply's brief; what is not known is absent. */
function briefOf(
  flow: FlowState,
  turn: FlowTurn,
  step?: WrapUpStep,
  { told, confirm }: Pick<CoachingBrief, "told" | "confirm"> = {},
): CoachingBrief {
  const { stage, round, topic, goal, facts, options, actions, openActions } = flow;
  const { understood, delivery, command, language } = turn;
  const known = knownMatters(flow, language);
  const askedAbout = round === 1 ? openActions[0] : undefined;
  return {
    kind: "coaching",
    stage,
    round,
    understood,
    delivery,
    command,
    askedAbout,
    topic,
    goal,
    ...(facts.length > 0 && { facts }),
    ...(options.length > 0 && { options }),
    ...(actions.length > 0 && {
      actions: actions.map(({ text, when, said }) => ({ text, when, said })),
    }),
    ...(told && { told }),
    ...(confirm && { confirm }),
    ...(understood && turn.certain?.trim() === "" && turn.words.trim() !== "" && { doubtful: true as const }),
    ...(known.length > 0 && { known }),
    ...(step?.brief && { wrapUp: step.brief }),
  };
}

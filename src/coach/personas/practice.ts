import type { Brief } from "../../ports/brief.ts";
import type { Delivery } from "../../ports/delivery.ts";
import { joinDelivery } from "../delivery/join-delivery.ts";
import type { FlowTurn } from "../flow/flow.ts";
import type { WrapUpChange } from "../flow/wrap-up.ts";
import { asksToEnd, readEndingAnswer } from "../nlu/ending.ts";
import { plainWords } from "../nlu/patterns.ts";
import { judgePractice } from "./practice-feedback.ts";
import { answerParts } from "./practice-moments.ts";
import type { PracticeAnswer, PracticeKind, PracticeState } from "./practice-state.ts";

type PracticeBrief = Extract<Brief, { kind: "practice" }>;

export interface PracticeStep {
  readonly state: PracticeState;
  readonly brief: PracticeBrief;
  readonly wrapUp?: { readonly state: WrapUpChange };
  readonly ends?: true;
}

/** Kept of the words: characters of an answer, and answers. */
const longestAnswer = 2000;
const mostAnswers = 200;
/** Hesitations of an answer whose places are kept. */
const mostHesitations = 12;
/** Words behind the feedback on a rehearsal that are the next take, and no answer. */
const longestReply = 8;

/** Asks, in a rehearsal, how it was. */
const feedbackRequest =
  /\b(?:feedback|how (?:was|did) (?:that|it|i)|what did you think|how did that (?:go|sound)|(?:that|this) (?:was|is) (?:it|my talk|the end)|the end$|i'm done|comment (?:c'était|était-ce)|qu'en penses?(?:-tu|ez-vous| tu| vous)|c'est (?:fini|tout)|un retour|votre avis)/;

/** Opens one before anything was said. */
export function openPractice(kind: PracticeKind, questions: readonly string[] = []): PracticeState {
  return { kind, questions, at: 0, round: 0, phase: { name: "under_way" }, answers: [] };
}

/** Returns the opening brief; changes no state. */
export function greetPractice(state: PracticeState): PracticeBrief {
  return briefOf(state, "open", { understood: true });
}

/** Takes one turn of the user. */
export function advancePractice(before: PracticeState, turn: FlowTurn): PracticeStep {
  const state = { ...before, round: before.round + 1 };
  switch (state.phase.name) {
    case "under_way":
      return advanceAnswers(state, turn);
    case "proposed":
      return advanceProposal(state, state.phase.asked, turn);
    case "closed":
      return readAnswer(turn) === "no" ? restart(state, turn) : close(state, turn);
  }
}

/** Ends it, whatever was asked. */
export function closePractice(state: PracticeState): PracticeState {
  return { ...state, phase: { name: "closed" } };
}

/** [PR3] A question about ending that nobody heard was not asked. */
export function withdrawFeedback(state: PracticeState): PracticeState {
  return state.phase.name === "proposed" ? { ...state, phase: { name: "under_way" } } : state;
}

/** The words of an answer as the user typed them afterwards. */
export function correctAnswer(state: PracticeState, itemId: string, text: string): PracticeState {
  const words = text.trim().slice(0, longestAnswer);
  const answers = state.answers.map((answer) => (answer.itemId === itemId ? { ...answer, words } : answer));
  return { ...state, answers };
}

function advanceAnswers(state: PracticeState, turn: FlowTurn): PracticeStep {
  const { command, words, certain = words, language, understood } = turn;
  if (command === "repeat") return step(state, "repeat", turn);
  const ends = command === "stop" || command === "wrap_up" || (understood && asksToEnd(certain, language));
  if (ends || asksForFeedback(state, turn)) return giveFeedback(state, turn);
  if (state.kind === "rehearsal") return step(recordAnswer(state, turn), "listen", turn);
  const next = command === "next" ? state : recordAnswer(state, turn);
  const moved = { ...next, at: next.at + 1 };
  return moved.at >= moved.questions.length ? giveFeedback(moved, turn) : step(moved, "ask", turn);
}

function asksForFeedback({ kind }: PracticeState, turn: FlowTurn): boolean {
  const { words, certain = words, understood, command } = turn;
  if (kind !== "rehearsal") return false;
  return (
    command === "next" ||
    (understood && plainWords(words).length < 80 && feedbackRequest.test(plainWords(certain)))
  );
}

function recordAnswer(state: PracticeState, turn: FlowTurn): PracticeState {
  const { words: all, certain: words = all, understood, delivery, itemId } = turn;
  const question = state.questions[state.at];
  const answer: PracticeAnswer = {
    question,
    words: understood ? words.trim().slice(0, longestAnswer) : "",
    ...(itemId !== undefined && { itemId }),
    parts: answerParts(turn),
    hesitations: delivery?.hesitations?.slice(0, mostHesitations),
  };
  const joined = joinDelivery([state.delivery, delivery].flatMap((each) => each ?? []));
  return {
    ...state,
    answers: [...state.answers, answer].slice(-mostAnswers),
    ...(joined && { delivery: joined }),
  };
}

function giveFeedback(state: PracticeState, turn: FlowTurn): PracticeStep {
  const proposed: PracticeState = { ...state, phase: { name: "proposed", asked: 1 } };
  const feedback = judgePractice(proposed, turn.language);
  return { ...step(proposed, "feedback", turn, { feedback }), wrapUp: { state: "proposed" } };
}

function advanceProposal(state: PracticeState, asked: 1 | 2, turn: FlowTurn): PracticeStep {
  const answer = readAnswer(turn);
  if (answer === "yes") return { ...close(state, turn), wrapUp: { state: "confirmed" } };
  if (answer === "no") return { ...restart(state, turn), wrapUp: { state: "declined" } };
  const speaks = !turn.understood || turn.words.trim().split(/\s+/).length > longestReply;
  // In a rehearsal the user simply begins again.
  if (state.kind === "rehearsal" && speaks)
    return { ...step(recordAnswer(newTake(state), turn), "listen", turn), wrapUp: { state: "declined" } };
  if (asked === 2) return { ...restart(state, turn), wrapUp: { state: "declined" } };
  return step({ ...state, phase: { name: "proposed", asked: 2 } }, "ask_again", turn);
}

function readAnswer({
  command,
  words,
  certain = words,
  understood,
  language,
}: FlowTurn): "yes" | "no" | undefined {
  if (command === "yes" || command === "stop" || command === "wrap_up") return "yes";
  if (command === "no" || command === "next" || command === "repeat") return "no";
  if (!understood || certain !== words) return undefined;
  const answer = readEndingAnswer(words, language);
  return typeof answer === "object" ? "no" : answer;
}

function close(state: PracticeState, turn: FlowTurn): PracticeStep {
  return { ...step(closePractice(state), "close", turn), ends: true };
}

function restart(state: PracticeState, turn: FlowTurn): PracticeStep {
  return step(newTake(state), "again", turn);
}

function newTake({ delivery: _, ...state }: PracticeState): PracticeState {
  return { ...state, at: 0, answers: [], phase: { name: "under_way" } };
}

function step(
  state: PracticeState,
  what: PracticeBrief["do"],
  turn: FlowTurn,
  more: Pick<PracticeBrief, "feedback"> = {},
): PracticeStep {
  return { state, brief: { ...briefOf(state, what, turn), ...more } };
}

function briefOf(
  { kind, questions, at, round, phase }: PracticeState,
  what: PracticeBrief["do"],
  { understood, delivery }: { understood: boolean; delivery?: Delivery },
): PracticeBrief {
  const question = phase.name === "under_way" ? questions[at] : undefined;
  return {
    kind: "practice",
    practice: kind,
    do: what,
    round,
    understood,
    delivery,
    ...(question !== undefined && { question, number: at + 1, of: questions.length }),
  };
}

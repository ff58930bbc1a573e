import type { Brief, Intention } from "../../ports/brief.ts";
import { plainWords } from "../nlu/patterns.ts";

/** The stages in order: topic → goal → reality → options → way forward. */
export type CoachingStage = Extract<Brief, { kind: "coaching" }>["stage"];

/** A turn of the user whose words are known. */
export interface SaidTurn {
  readonly round: number;
  /** Stage of the question that the turn answers. */
  readonly stage: CoachingStage;
  readonly text: string;
  /** The conversation's item, where the session told it. */
  readonly itemId?: string;
}

/** An action that the user committed to, and the item in which they did. */
export interface CommittedAction extends Intention {
  readonly itemId?: string;
}

/** Whether the end was proposed, and what came of it. */
export type WrapUp =
  | { readonly state: "none" }
  /** `asked`: how often. */
  | { readonly state: "proposed"; readonly atRound: number; readonly asked: 1 | 2 }
  /** Not proposed again before that round, unless the user asks. */
  | { readonly state: "declined"; readonly silentUntilRound: number }
  | { readonly state: "confirmed"; readonly atRound: number };

/** Plain JSON: stored with a passivated session and restored on activation. */
export interface FlowState {
  readonly stage: CoachingStage;
  /** User turns so far. */
  readonly round: number;
  /** User turns in the present stage. */
  readonly stageRounds: number;
  /** Wall clock, ms since 1970; absent until a time was given. */
  readonly startedAt?: number;
  /** The user's words, the oldest first. */
  readonly said: readonly SaidTurn[];
  /** Items of turns that were heard and not understood, the oldest first. */
  readonly unheard?: ReadonlyArray<{ readonly itemId: string }>;
  /** Turns with doubtful words, in the form of `plainWords`: what of them is not in `said` is not the user's word. */
  readonly doubted?: readonly string[];
  /** A commitment that may have been misheard, and that the user was asked about. */
  readonly unconfirmed?: { readonly said: string; readonly itemId?: string };
  readonly topic?: string;
  readonly goal?: string;
  readonly facts: readonly string[];
  readonly options: readonly string[];
  readonly actions: readonly CommittedAction[];
  /** Left open by the user's last session. */
  readonly openActions: readonly Intention[];
  /** The round that was assessed last; 0: none. */
  readonly assessedRound: number;
  readonly wrapUp: WrapUp;
  /** Number of times the end was put off. */
  readonly extensions: number;
  /** Time added to the limit by that, ms. */
  readonly extendedMs: number;
}

/** Kept of the user's words: turns, and characters of each. A conversation of 25 rounds is far below. */
const mostTurns = 200;
const longestTurn = 2000;
/** Kept of what a stage brought; more is no summary any more. */
const mostOfAKind = 12;

/** Opens a conversation before anything was said. */
export function openFlow(
  options: { startedAt?: number; openActions?: readonly Intention[] } = {},
): FlowState {
  const { startedAt, openActions = [] } = options;
  return {
    stage: "topic",
    round: 0,
    stageRounds: 0,
    startedAt,
    said: [],
    facts: [],
    options: [],
    actions: [],
    openActions,
    assessedRound: 0,
    wrapUp: { state: "none" },
    extensions: 0,
    extendedMs: 0,
  };
}

/** The conversation with one more turn of known words; beyond the limit the oldest go. */
export function recordWords(flow: FlowState, turn: SaidTurn): FlowState {
  const said = [...flow.said, { ...turn, text: turn.text.slice(0, longestTurn) }];
  return { ...flow, said: said.slice(-mostTurns) };
}

/** The conversation with one more turn that has doubtful words; `words`: all of them. */
export function recordDoubt(flow: FlowState, words: string): FlowState {
  const doubted = [...(flow.doubted ?? []), plainWords(words).slice(0, longestTurn)];
  return { ...flow, doubted: doubted.slice(-mostTurns) };
}

/** The conversation with one more turn whose words are not known; without an item it is counted by its round alone. */
export function recordUnheard(flow: FlowState, itemId: string | undefined): FlowState {
  if (itemId === undefined) return flow;
  return { ...flow, unheard: [...(flow.unheard ?? []), { itemId }].slice(-mostTurns) };
}

/** The list with what is new in it, in order and without doubles; beyond the limit nothing is added. */
export function addNew(known: readonly string[], more: readonly string[]): readonly string[] {
  const all = [...known];
  for (const text of more) {
    const double = all.some((each) => each.toLowerCase() === text.toLowerCase());
    if (!double && all.length < mostOfAKind) all.push(text);
  }
  return all.length === known.length ? known : all;
}

/** Returns the user's texts, turn by turn. */
export function userTexts(flow: FlowState): string[] {
  return flow.said.map(({ text }) => text);
}

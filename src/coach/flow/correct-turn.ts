/** [TT16] A turn of the user's in other words than were heard: typed by them afterwards. Pure. */
import { quoteFrom } from "../nlu/quotes.ts";
import { mergeAssessment } from "./assessment.ts";
import { assessByRules } from "./assessment-rules.ts";
import type { FlowState, SaidTurn } from "./flow-state.ts";

interface Correction {
  readonly itemId: string;
  readonly text: string;
  /** BCP 47. */
  readonly language: string;
}

/** The conversation with what was noted of the old words gone and of the new ones taken; its stage and round stay. */
export function correctTurn(flow: FlowState, { itemId, text, language }: Correction): FlowState {
  const old = flow.said.find((turn) => turn.itemId === itemId);
  const turn: SaidTurn = { round: flow.round, stage: flow.stage, ...old, itemId, text };
  const said = old
    ? flow.said.map((each) => (each === old ? turn : each))
    : [...flow.said, turn].sort((a, b) => a.round - b.round);
  const words = { words: text, asked: turn.stage, language };
  const open = { ...withoutNotes(flow, old, language, itemId), said };
  const { told: _, ...assessment } = assessByRules(open, words);
  const merged = mergeAssessment(open, { ...assessment, stage: flow.stage }, { language, itemId });
  return { ...merged, stage: flow.stage, stageRounds: flow.stageRounds };
}

/** What was noted of other turns alone. */
function withoutNotes(
  { unconfirmed, topic, goal, ...flow }: FlowState,
  old: SaidTurn | undefined,
  language: string,
  itemId: string,
): FlowState {
  const stays = (note: string) => old === undefined || quoteFrom(note, old.text, language) === undefined;
  return {
    ...flow,
    ...(unconfirmed && unconfirmed.itemId !== itemId && { unconfirmed }),
    ...(topic !== undefined && stays(topic) && { topic }),
    ...(goal !== undefined && stays(goal) && { goal }),
    facts: flow.facts.filter(stays),
    options: flow.options.filter(stays),
    actions: flow.actions.filter((action) => action.itemId !== itemId),
    unheard: flow.unheard?.filter((turn) => turn.itemId !== itemId),
  };
}

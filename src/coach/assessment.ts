/** What somebody who listens in – a model, or rules – takes from a turn: proposals, which the flow weighs. Pure. */
import { z } from "zod";
import type { Intention } from "../pipeline/speech.ts";
import { provenIntention, sameIntention, spokenOf } from "./listening/evidence.ts";
import { modelJson } from "./model-json.ts";
import { moveTo } from "./stages.ts";
import { addNew, type CommittedAction, type FlowState, userTexts } from "./talk.ts";

const line = z.string().trim().min(1).max(300);
/** Models write null for what they do not know. */
const maybe = line.nullish().transform((text) => text ?? undefined);

/** An intention as a model writes it. */
export const intentionSchema = z
  .object({ text: line, when: z.string().trim().max(100).nullish() })
  .transform(({ text, when }): Intention => ({ text, ...(when && { when }) }));

const assessmentSchema = z.object({
  /** Where the conversation should be after this turn. */
  stage: z.enum(["topic", "goal", "reality", "options", "way_forward"]),
  topic: maybe,
  goal: maybe,
  facts: z.array(line).max(20).default([]),
  options: z.array(line).max(20).default([]),
  actions: z.array(intentionSchema).max(20).default([]),
});

export type Assessment = Readonly<z.infer<typeof assessmentSchema>>;

/** The assessment in a model's answer: JSON of the asked form, in code fences or not; undefined for anything else. */
export function readAssessment(text: string): Assessment | undefined {
  return modelJson(text, assessmentSchema);
}

/**
 * The conversation with what an assessment brings, each claim checked against the user's words, and then in the
 * proposed stage if that move is allowed. `itemId`: of the turn that was assessed.
 */
export function takeAssessment(
  talk: FlowState,
  assessment: Assessment,
  { language, itemId }: { language: string; itemId?: string },
): FlowState {
  const turns = userTexts(talk);
  const spoken = (text: string | undefined) => text !== undefined && spokenOf(text, turns, language);
  const actions = assessment.actions.flatMap((action) => provenIntention(action, turns, language) ?? []);
  const known: FlowState = {
    ...talk,
    ...(spoken(assessment.topic) && { topic: assessment.topic as string }),
    ...(spoken(assessment.goal) && { goal: assessment.goal as string }),
    facts: addNew(talk.facts, assessment.facts.filter(spoken)),
    options: addNew(talk.options, assessment.options.filter(spoken)),
    actions: addActions(talk.actions, actions, { language, ...(itemId !== undefined && { itemId }) }),
  };
  return moveTo(known, assessment.stage);
}

/** One entry a deed: said again, it keeps its first words and takes the time that was named since. */
export function addActions(
  known: readonly CommittedAction[],
  more: readonly Intention[],
  { language, itemId }: { language: string; itemId?: string },
): readonly CommittedAction[] {
  const all = [...known];
  for (const action of more) {
    const at = all.findIndex((each) => sameIntention(each, action, language));
    const before = all[at];
    if (before) all[at] = { ...before, ...(action.when !== undefined && { when: action.when }) };
    else if (all.length < mostActions) all.push({ ...action, ...(itemId !== undefined && { itemId }) });
  }
  return all;
}

const mostActions = 12;

/** Assessments of a turn by a model or by rules: proposals that the flow checks before it takes them. Pure. */
import { z } from "zod";
import type { Intention } from "../../ports/brief.ts";
import { careKinds } from "../care/kinds.ts";
import { evidenceOf, sameIntention } from "../nlu/evidence.ts";
import { addNew, type CommittedAction, type FlowState, userTexts } from "./flow-state.ts";
import { answerForm, modelJson } from "./model-json.ts";
import { moveTo } from "./stages.ts";

const line = z.string().trim().min(1).max(300);
/** Models write null for what they do not know. */
const maybe = line.nullish().transform((text) => text ?? undefined);

/** An intention as a model writes it. */
export const intentionSchema = z
  .object({ text: line, when: z.string().trim().max(100).nullish() })
  .transform(({ text, when }): Intention => ({ text, ...(when && { when }) }));

const assessmentSchema = z.object({
  /** Stage of the conversation after this turn. */
  stage: z.enum(["topic", "goal", "reality", "options", "way_forward"]),
  topic: maybe,
  goal: maybe,
  facts: z.array(line).max(20).default([]),
  options: z.array(line).max(20).default([]),
  actions: z.array(intentionSchema).max(20).default([]),
  /** A sign of crisis; whatever else is written there is none. */
  care: z.enum(careKinds).nullish().catch(undefined),
});

/** The form that a model is asked for. */
export const assessmentForm = answerForm("assessment", assessmentSchema);

export type Assessment = Readonly<z.infer<typeof assessmentSchema>>;

/** The assessment in a model's answer: JSON of the asked form, in code fences or not; undefined for anything else. */
export function readAssessment(text: string): Assessment | undefined {
  return modelJson(text, assessmentSchema);
}

/** The turn that was assessed. */
export interface AssessedTurn {
  /** BCP 47. */
  readonly language: string;
  readonly itemId?: string;
}

/** The assessment without the claims that the user's words do not bear out. */
export function checkAssessment(flow: FlowState, assessment: Assessment, language: string): Assessment {
  const evidence = evidenceOf(userTexts(flow), language);
  const spoken = (claim: string | undefined) => evidence.mentions(claim);
  const { topic, goal, facts, options, actions } = assessment;
  return {
    ...assessment,
    topic: spoken(topic) ? topic : undefined,
    goal: spoken(goal) ? goal : undefined,
    facts: facts.filter(spoken),
    options: options.filter(spoken),
    actions: actions.flatMap((action) => evidence.confirm(action) ?? []),
  };
}

/** The conversation with what an assessment brings, and then in the proposed stage if that move is allowed. */
export function mergeAssessment(flow: FlowState, assessment: Assessment, turn: AssessedTurn): FlowState {
  const { stage, topic, goal, facts, options, actions } = assessment;
  const known: FlowState = {
    ...flow,
    ...(topic !== undefined && { topic }),
    ...(goal !== undefined && { goal }),
    facts: addNew(flow.facts, facts),
    options: addNew(flow.options, options),
    actions: addActions(flow.actions, actions, turn),
  };
  return moveTo(known, stage);
}

/** One entry a deed: said again, it keeps its first words and takes the time that was named since. */
export function addActions(
  known: readonly CommittedAction[],
  more: readonly Intention[],
  { language, itemId }: AssessedTurn,
): readonly CommittedAction[] {
  const all = [...known];
  for (const action of more) {
    const at = all.findIndex((each) => sameIntention(each, action, language));
    const before = all[at];
    if (before) {
      const { when = before.when, said = before.said } = action;
      all[at] = { ...before, ...(when !== undefined && { when }), ...(said !== undefined && { said }) };
    } else if (all.length < mostActions) all.push({ ...action, itemId });
  }
  return all;
}

const mostActions = 12;

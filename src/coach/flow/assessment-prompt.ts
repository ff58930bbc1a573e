import type { Prompt, PromptItem } from "../../ports/prompt.ts";
import type { CoachState } from "../coach.ts";
import { readPrompt } from "../personas/prompts.ts";
import { assessmentForm } from "./assessment.ts";
import { jsonPrompt, transcriptOf } from "./model-transcript.ts";

/** Entries of the conversation that a model reads for one turn; what came before is in what is known. */
const lastEntries = 16;

const instructions = readPrompt("assessment");

/** The prompt for the assessment of the turn just taken; the answer is for `readAssessment`. */
export function assessmentPrompt(state: CoachState, items: readonly PromptItem[]): Prompt {
  const transcript = transcriptOf(items, lastEntries);
  if (state.flow !== "coaching")
    return jsonPrompt(instructions, { transcript }, state.language, assessmentForm);
  const { stage, topic, goal, facts, options, actions } = state.talk;
  const known = { topic, goal, facts, options, actions: actions.map(({ text, when }) => ({ text, when })) };
  return jsonPrompt(instructions, { stage, known, transcript }, state.language, assessmentForm);
}

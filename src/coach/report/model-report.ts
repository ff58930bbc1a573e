/** The report by a model: what to ask it, and what of its answer the user's own words bear out. Pure. */
import { z } from "zod";
import type { Prompt, PromptItem } from "../../ports/prompt.ts";
import type { CoachState } from "../coach.ts";
import { addActions, intentionSchema } from "../flow/assessment.ts";
import { answerForm, modelJson } from "../flow/model-json.ts";
import { jsonPrompt, transcriptOf } from "../flow/model-transcript.ts";
import { evidenceOf } from "../nlu/evidence.ts";
import { readPrompt } from "../personas/prompts.ts";
import { evidenceFor } from "./borne-out.ts";
import { type Claim, type Report, type ReportParts, writeReport } from "./report.ts";
import { type ReportOptions, reportByRules, turnsOfUser } from "./rule-report.ts";

const line = z.string().trim().min(1).max(500);
const maybe = line.nullish().transform((text) => text ?? undefined);
const answerSchema = z.object({
  topic: maybe,
  goal: maybe,
  points: z.array(line).max(20),
  insights: z.array(line).max(20).default([]),
  actions: z.array(intentionSchema).max(20).default([]),
  quotes: z.array(line).max(20).default([]),
  note: line,
});

const reportForm = answerForm("report", answerSchema);

const template = readPrompt("report");
const instructions = (language: string) => template.replaceAll("{language}", language);

/** The prompt for the report of a conversation; the answer is for `readReport`. A drill's report needs no model. */
export function reportPrompt(state: CoachState, items: readonly PromptItem[]): Prompt {
  const transcript = transcriptOf(items);
  const noted =
    state.flow !== "coaching"
      ? undefined
      : {
          topic: state.talk.topic,
          goal: state.talk.goal,
          actions: state.talk.actions.map(({ text, when }) => ({ text, when })),
        };
  return jsonPrompt(instructions(state.language), { noted, transcript }, state.language, reportForm);
}

/**
 * The report in a model's answer, or undefined where it is not of the asked form. Actions are those of the flow and
 * those of the answer that the user's words bear out; quotes are the user's words; claims about other things are gone.
 */
export function readReport(
  text: string,
  state: CoachState,
  items: readonly PromptItem[],
  { delivery }: ReportOptions = {},
): Report | undefined {
  const answer = modelJson(text, answerSchema);
  if (!answer || state.flow !== "coaching") return undefined;
  const { talk, language } = state;
  const turns = turnsOfUser(talk, items);
  const evidence = evidenceOf(
    turns.map((turn) => turn.text),
    language,
  );
  const spoken = (claim: string | undefined) => evidence.mentions(claim);
  const claims = (texts: readonly string[]) =>
    texts.filter(spoken).map((each): Claim => ({ text: each, evidence: evidenceFor(each, turns, language) }));
  const points = claims(answer.points);
  if (points.length === 0) return reportByRules(state, items, { delivery });
  const proven = answer.actions.flatMap((action) => evidence.confirm(action) ?? []);
  const actions = addActions(talk.actions, proven, { language }).map(({ text: deed, when, itemId }) => ({
    text: deed,
    when,
    evidence: itemId === undefined ? evidenceFor(deed, turns, language) : [{ itemId }],
  }));
  const parts: ReportParts = {
    topic: spoken(answer.topic) ? answer.topic : talk.topic,
    goal: spoken(answer.goal) ? answer.goal : talk.goal,
    points,
    insights: claims(answer.insights),
    actions,
    quotes: claims(answer.quotes).filter(({ text: quote }) => evidence.quotes(quote)),
    note: answer.note,
    delivery,
  };
  return writeReport(parts, language);
}

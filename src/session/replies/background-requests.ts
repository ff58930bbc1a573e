/** Beside the conversation: a model's assessment of a turn, and the report at the end. Neither may hold up a reply. */

import type { CoachState } from "../../coach/coach.ts";
import { type Assessment, readAssessment } from "../../coach/flow/assessment.ts";
import { assessmentPrompt } from "../../coach/flow/assessment-prompt.ts";
import { readReport, reportPrompt } from "../../coach/report/model-report.ts";
import type { Report } from "../../coach/report/report.ts";
import { reportByRules } from "../../coach/report/rule-report.ts";
import type { Clock } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import { withTimeout } from "../../lib/timeout.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Prompt, PromptItem } from "../../ports/prompt.ts";
import type { ReplyModel } from "../../ports/reply-model.ts";
import type { OnUsage } from "../../ports/usage.ts";

/** Longest text that is read from a model, characters. */
const maxAnswerLength = 20_000;

interface ModelRequest {
  readonly model: ReplyModel;
  readonly signal: AbortSignal;
  readonly onUsage?: OnUsage;
}

/**
 * Has a model assess the turn just taken; undefined where its answer is no assessment, or it failed.
 * @throws the signal's reason once aborted
 */
export async function requestAssessment(
  coach: CoachState,
  items: readonly PromptItem[],
  asking: ModelRequest,
): Promise<Assessment | undefined> {
  const text = await requestText(assessmentPrompt(coach, items), asking);
  return text === undefined ? undefined : readAssessment(text);
}

/**
 * The report of a conversation: by the model where it can write one that the user's own words bear out, by rules
 * otherwise.
 * @throws the signal's reason once aborted
 */
async function makeReport(
  coach: CoachState,
  items: readonly PromptItem[],
  asking: ModelRequest,
): Promise<Report> {
  if (coach.flow === "coaching" && asking.model.answersJson) {
    const text = await requestText(reportPrompt(coach, items), asking);
    const report = text === undefined ? undefined : readReport(text, coach, items);
    if (report) return report;
  }
  return reportByRules(coach, items);
}

/**
 * Makes the report; a model that takes longer than `ms` leaves it to the rules.
 * @throws the reason of `signal` once that is aborted
 */
export async function reportWithin(
  coach: CoachState,
  items: readonly PromptItem[],
  {
    signal: ended,
    clock,
    ms,
    ...asking
  }: Omit<ModelRequest, "signal"> & {
    readonly signal?: AbortSignal;
    readonly clock: Clock;
    readonly ms: number;
  },
): Promise<Report> {
  const late = new Error("no report in time");
  const limits = { clock, ms, signal: ended, error: () => late };
  try {
    return await withTimeout(limits, (signal) => makeReport(coach, items, { ...asking, signal }));
  } catch (error) {
    if (error !== late) throw error;
    return reportByRules(coach, items);
  }
}

/** The whole of a model's answer; undefined where it failed. */
async function requestText(
  prompt: Prompt,
  { model, signal, onUsage }: ModelRequest,
): Promise<string | undefined> {
  let text = "";
  try {
    const answer = model.reply(prompt, { signal, onUsage });
    for await (const delta of untilAborted(answer, signal)) {
      if (delta.type === "text") text += delta.delta;
      if (text.length > maxAnswerLength) return undefined;
    }
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    return undefined;
  }
  return text;
}

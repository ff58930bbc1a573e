/** Text for the coach's own events in `kuku talk`: the drill's task and result, wrap-up, help lines, report. Pure. */
import type { ServerEvent } from "../../protocol/server-events.ts";
import { careLines } from "../care-words.ts";
import { drillText, taskText } from "../drill-words.ts";
import type { TalkResult } from "./outcome.ts";
import { type Paint, plain } from "./terminal.ts";

const wrapUps = {
  proposed: "the coach asks whether to end: yes, no, or five more minutes",
  confirmed: "the conversation ends",
  declined: "the conversation goes on",
  extended: "the conversation goes on for a while",
} as const;

/** A line of the running account, or undefined for what is not worth one. */
export function coachingNews(event: ServerEvent): string | undefined {
  switch (event.type) {
    case "coach.drill":
      return event.outcome === undefined
        ? `${taskText(event.sentence, event.task)}: ${plain(event.sentence)}`
        : undefined;
    case "coach.stage":
      return `stage: ${event.stage.replace("_", " ")}`;
    case "coach.wrap_up":
      return wrapUps[event.state];
    case "coach.care":
      return "the coach leaves its coaching: this needs a person";
    default:
      return undefined;
  }
}

/** The result of a minimal pair or a pacing task, and why a reading was not judged; empty for a plain sentence that was. */
export function drawDrill(result: TalkResult): string[] {
  const { sentence, task } = result;
  const text = drillText(result);
  if (sentence === undefined) return [];
  if (task === undefined) return text === undefined ? [] : [`  ${text}`];
  return [`  ${taskText(sentence, task)}: ${plain(sentence)}`, ...(text === undefined ? [] : [`  ${text}`])];
}

/** Wrap-up, help lines and report as far as present, each followed by a blank line. */
export function drawCoaching(
  { wrap_up, care, report }: TalkResult,
  language: string,
  colour: Paint,
): string[] {
  const lines: string[] = [];
  if (care) {
    lines.push(
      colour("bold", "Someone to talk to"),
      ...careLines(care, language).map((line) => `  ${line}`),
      "",
    );
  }
  if (wrap_up && !report) lines.push(wrapUps[wrap_up], "");
  if (report) lines.push(colour("bold", "Report"), plain(report.text), "");
  return lines;
}

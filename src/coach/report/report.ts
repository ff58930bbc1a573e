import type { Intention } from "../../ports/brief.ts";
import { reportPhrases } from "./report-phrases.ts";

export interface ReportData {
  readonly topic?: string;
  readonly goal?: string;
  /** Insights of the user, in words near their own. */
  readonly insights: readonly string[];
  /** Actions that the user committed to, and nothing else. */
  readonly actions: readonly Intention[];
  /** The user's words as they said them. */
  readonly quotes: readonly string[];
  /** Figures of the whole session by name, where they were measured. */
  readonly delivery?: Readonly<Record<string, number>>;
}

export interface Report extends ReportData {
  /** For people; front ends find its parts by the headings. */
  readonly text: string;
}

/** Front ends look for these, in every language. */
const headings = {
  points: "KEY DISCUSSION POINTS:",
  breakthroughs: "MAIN BREAKTHROUGHS:",
  plan: "ACTION PLAN:",
  note: "Final Note:",
} as const;

/** The report with its text. `points` and `note`: what stands under the first and the last heading. */
export function writeReport(
  data: ReportData,
  { points, note, language }: { points: readonly string[]; note: string; language: string },
): Report {
  const words = reportPhrases(language);
  const bullets = (lines: readonly string[], none: string) =>
    lines.length === 0 ? none : lines.map((line) => `- ${clean(line)}`).join("\n");
  const plan = data.actions.map(
    ({ text, when }, index) => `${index + 1}. ${clean(capital(text))}${when ? ` (${clean(when)})` : ""}`,
  );
  const text = [
    `${headings.points}\n${bullets(points, words.nothingSaid)}`,
    `${headings.breakthroughs}\n${bullets(data.insights, words.noInsight)}`,
    `${headings.plan}\n${plan.length === 0 ? words.noAction : plan.join("\n")}`,
    `${headings.note}\n${clean(note)}`,
  ].join("\n\n");
  return { text, ...data };
}

/** One line, in which no words can pass for a heading. */
function clean(line: string): string {
  return line
    .replace(/\s+/g, " ")
    .replace(/(key discussion points|main breakthroughs|action plan|final note)\s*:/gi, "$1 –")
    .trim();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

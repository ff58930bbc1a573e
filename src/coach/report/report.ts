import type { Intention } from "../../ports/brief.ts";
import { reportPhrases } from "./report-phrases.ts";

/** A place in the conversation that bears a claim out. */
export interface EvidenceItem {
  /** The conversation's item; absent where the session told none. */
  readonly itemId?: string;
  /** Place in the item's audio, where it is not the whole. */
  readonly startMs?: number;
  readonly endMs?: number;
}

/** Something that a report says, and what bears it out. */
export interface Claim {
  readonly text: string;
  readonly evidence: readonly EvidenceItem[];
}

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
  /** Every line of the report that claims something, action, insight and quote, with what bears it out. */
  readonly evidence?: readonly Claim[];
}

export interface Report extends ReportData {
  /** For people; front ends find its parts by the headings. */
  readonly text: string;
}

/** The parts that a report is written from. A claim without evidence is left out. */
export interface ReportParts extends Pick<ReportData, "topic" | "goal" | "delivery"> {
  readonly points: readonly Claim[];
  readonly insights?: readonly Claim[];
  readonly actions?: ReadonlyArray<Intention & Pick<Claim, "evidence">>;
  readonly quotes?: readonly Claim[];
  readonly note: string;
  /** Stands in the place of points where there are none; default: that nothing was said. */
  readonly empty?: string;
}

/** Front ends look for these, in every language. */
const headings = {
  points: "KEY DISCUSSION POINTS:",
  breakthroughs: "MAIN BREAKTHROUGHS:",
  plan: "ACTION PLAN:",
  note: "Final Note:",
} as const;

/** Places named for one claim. */
const mostPlaces = 12;

/** Writes a report in a BCP 47 language. */
export function writeReport(parts: ReportParts, language: string): Report {
  const words = reportPhrases(language);
  const borneOut = <T extends Pick<Claim, "evidence">>(all: readonly T[] = []) =>
    all.filter(({ evidence }) => evidence.length > 0);
  const points = borneOut(parts.points);
  const insights = borneOut(parts.insights);
  const actions = borneOut(parts.actions);
  const quotes = borneOut(parts.quotes);
  const plan = actions.map((action, at) => `${at + 1}. ${actionLine(action)}`);
  const text = [
    `${headings.points}\n${bullets(points, parts.empty ?? words.nothingSaid)}`,
    `${headings.breakthroughs}\n${bullets(insights, words.noInsight)}`,
    `${headings.plan}\n${plan.length === 0 ? words.noAction : plan.join("\n")}`,
    `${headings.note}\n${clean(parts.note)}`,
  ].join("\n\n");
  return {
    text,
    topic: parts.topic,
    goal: parts.goal,
    insights: insights.map((claim) => claim.text),
    actions: actions.map(({ text: deed, when }) => ({ text: deed, when })),
    quotes: quotes.map((claim) => claim.text),
    ...(parts.delivery && { delivery: parts.delivery }),
    evidence: [...points, ...insights, ...actions, ...quotes].map((claim) => ({
      text: claim.text,
      evidence: claim.evidence.slice(0, mostPlaces),
    })),
  };
}

function bullets(claims: readonly Claim[], none: string): string {
  return claims.length === 0 ? none : claims.map(({ text }) => `- ${clean(text)}`).join("\n");
}

/** The deed, and its time in parentheses where the deed does not name it. */
function actionLine({ text, when }: Intention): string {
  const named = when === undefined || text.toLowerCase().includes(when.toLowerCase());
  return `${clean(capital(text))}${named ? "" : ` (${clean(when)})`}`;
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

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

/** Headings of a report, by what stands below them. Front ends find its parts by them, in every language. */
const headings = {
  points: "KEY DISCUSSION POINTS:",
  breakthroughs: "MAIN BREAKTHROUGHS:",
  plan: "ACTION PLAN:",
  readings: "WHAT YOU READ:",
  mended: "RIGHT IN THE END:",
  workOn: "TO WORK ON:",
  answers: "QUESTIONS YOU ANSWERED:",
  speech: "HOW YOU SPOKE:",
  moments: "MOMENTS TO HEAR AGAIN:",
  note: "Final Note:",
} as const;

/** A part of a report of what was practised. A claim without evidence is left out, and so is a part without claims. */
interface ReportSection {
  readonly heading: "readings" | "mended" | "workOn" | "answers" | "speech" | "moments";
  readonly claims: readonly Claim[];
}

/** The parts that a conversation's report is written from. A claim without evidence is left out. */
export interface ReportParts extends Pick<ReportData, "topic" | "goal" | "delivery"> {
  readonly points: readonly Claim[];
  readonly insights?: readonly Claim[];
  readonly actions?: ReadonlyArray<Intention & Pick<Claim, "evidence">>;
  readonly quotes?: readonly Claim[];
  readonly note: string;
}

/** The parts that the report of a drill, an interview or a rehearsal is written from. */
export interface PracticeReportParts extends Pick<ReportData, "topic" | "delivery"> {
  readonly sections: readonly ReportSection[];
  /** Stands in the place of sections where there are none, below the heading of the first. */
  readonly empty: string;
  readonly note: string;
}

/** Places named for one claim. */
const mostPlaces = 12;

/** Writes a conversation's report in a BCP 47 language. */
export function writeReport(parts: ReportParts, language: string): Report {
  const words = reportPhrases(language);
  const points = borneOut(parts.points);
  const insights = borneOut(parts.insights);
  const actions = borneOut(parts.actions);
  const quotes = borneOut(parts.quotes);
  const plan = actions.map((action, at) => `${at + 1}. ${actionLine(action)}`);
  const text = [
    `${headings.points}\n${bullets(points, words.nothingSaid)}`,
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
    evidence: [...points, ...insights, ...actions, ...quotes].map(withFewPlaces),
  };
}

/** Writes the report of what was practised. */
export function writePracticeReport({ topic, sections, empty, note, delivery }: PracticeReportParts): Report {
  const told = sections
    .map(({ heading, claims }) => ({ heading, claims: borneOut(claims) }))
    .filter(({ claims }) => claims.length > 0);
  const [first] = sections;
  const parts =
    told.length > 0 || !first
      ? told.map(({ heading, claims }) => `${headings[heading]}\n${bullets(claims, "")}`)
      : [`${headings[first.heading]}\n- ${clean(empty)}`];
  const mended = told.find(({ heading }) => heading === "mended")?.claims ?? [];
  return {
    text: [...parts, `${headings.note}\n${clean(note)}`].join("\n\n"),
    topic,
    insights: mended.map((claim) => claim.text),
    actions: [],
    quotes: [],
    ...(delivery && { delivery }),
    evidence: told.flatMap(({ claims }) => claims).map(withFewPlaces),
  };
}

function borneOut<T extends Pick<Claim, "evidence">>(claims: readonly T[] = []): T[] {
  return claims.filter(({ evidence }) => evidence.length > 0);
}

function withFewPlaces({ text, evidence }: Claim): Claim {
  return { text, evidence: evidence.slice(0, mostPlaces) };
}

function bullets(claims: readonly Claim[], none: string): string {
  return claims.length === 0 ? none : claims.map(({ text }) => `- ${clean(text)}`).join("\n");
}

/** The deed, and its time in parentheses where the deed does not name it. */
function actionLine({ text, when }: Intention): string {
  const named = when === undefined || text.toLowerCase().includes(when.toLowerCase());
  return `${clean(capital(text))}${named ? "" : ` (${clean(when)})`}`;
}

const names = Object.values(headings).map((heading) => heading.slice(0, -1));
const anyHeading = new RegExp(`(${names.join("|")})\\s*:`, "gi");

/** One line, in which no words can pass for a heading. */
function clean(line: string): string {
  return line.replace(/\s+/g, " ").replace(anyHeading, "$1 –").trim();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

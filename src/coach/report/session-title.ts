/** A session's title: what it was about, in the user's words or those that were read. Pure. */

import { type CoachState, isPractice } from "../coach.ts";
import type { DrillKind } from "../drills/texts.ts";
import type { ReportData } from "./report.ts";

/** Characters of a title. */
const longest = 80;
/** Words of a talk that it is named by. */
const openingWords = 9;
/** Pairs of words that are named. */
const namedPairs = 3;

interface ReadText {
  readonly kind: DrillKind;
  readonly text: string;
}

/**
 * Returns the goal or topic of a conversation, how a talk or an interview was begun, or the texts that were read; undefined
 * where nothing of it is known.
 */
export function sessionTitle(
  state: CoachState,
  { topic, goal }: Pick<ReportData, "topic" | "goal">,
  readings: readonly ReadText[],
): string | undefined {
  if (state.flow === "drill") return drillTitle(readings);
  if (!isPractice(state)) return shortened(goal ?? topic);
  const first = state.practice.answers.find(({ words }) => words !== "")?.words.split(/\s+/) ?? [];
  const opening = first.slice(0, openingWords).join(" ");
  return shortened(first.length > openingWords ? `${opening} …` : opening);
}

/** The first text, and how many others; of pairs of words the first few. */
function drillTitle(readings: readonly ReadText[]): string | undefined {
  const texts = [...new Set(readings.map(({ text }) => text))];
  const named = readings[0]?.kind === "minimal_pairs" ? namedPairs : 1;
  const others = texts.length - named;
  const title = shortened(texts.slice(0, named).join(", "));
  return title !== undefined && others > 0 ? `${title} (+ ${others})` : title;
}

function shortened(text = ""): string | undefined {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line === "") return undefined;
  const title = line.charAt(0).toUpperCase() + line.slice(1);
  if (title.length <= longest) return title;
  return `${title.slice(0, longest).replace(/\s+\S*$/, "")} …`;
}

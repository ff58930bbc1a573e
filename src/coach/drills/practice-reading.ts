/** The record of a drill's turn that is kept, so that what was missed comes back in later sessions. Pure. */
import { isSlip } from "../../ports/reading.ts";
import type { CoachState } from "../coach.ts";
import type { PracticeReading } from "../curriculum/review-log.ts";
import type { DrillResult } from "./drill.ts";
import { drillLanguage } from "./drill-position.ts";

/** A judged reading, without its place and time. */
export type JudgedReading = Omit<PracticeReading, "sessionId" | "itemId" | "at">;

/** Words of one reading that are kept. */
const mostSlips = 40;

/** The reading that a turn of a drill was judged as; undefined where it was none. `before`: as it stood when it was asked for. */
export function practiceReading(before: CoachState, result: DrillResult): JudgedReading | undefined {
  if (before.flow !== "drill") return undefined;
  if (result.outcome !== "read_well" && result.outcome !== "slipped") return undefined;
  const language = drillLanguage(before.drill);
  const { pair, reading, prosody, sentence } = result;
  if (pair) {
    const right = pair.heard === pair.asked;
    const slips = right ? [] : [pair.asked.toLowerCase()];
    return { language, kind: "minimal_pairs", text: pair.words.join(" / "), score: right ? 1 : 0, slips };
  }
  if (!reading) return undefined;
  if (prosody) {
    // [DR20] What could not be told says nothing about the reader.
    if (prosody.verdict === "unclear") return undefined;
    const score = prosody.verdict === "as_asked" ? 1 : 0;
    return { language, kind: "prosody", text: sentence, score, slips: [] };
  }
  const wrong = reading.words.flatMap((word) =>
    word.expected !== undefined && isSlip(word) ? [word.expected.normalize("NFC").toLowerCase()] : [],
  );
  const slips = [...new Set(wrong)].slice(0, mostSlips);
  const kind = before.drill.kind ?? "sentence";
  return { language, kind, text: sentence, score: reading.accuracy, slips };
}

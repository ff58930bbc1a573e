/** Pacing: a sentence at a rate, or with a pause at its mark; judged by how it was delivered. Pure. */

import { isReadable, spokenLanguage, spokenTokens } from "../../pipeline/text-normalization/spoken-words.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { PaceResult, PaceTarget, Reading } from "../../ports/reading.ts";

/** Mark of a pause. */
const mark = "…";
/** Target of a text of the user's own: a usual pace of speech, or a pause that no turn ends at. */
const usualRate: PaceTarget = { unit: "words_per_minute", value: 130, tolerance: 20 };
const usualPause: PaceTarget = { unit: "pause_seconds", value: 0.6, tolerance: 0.2 };
/** Share of the words that must be right: with fewer, another sentence was paced. */
const leastRead = 0.75;

/** A text of the user's own, its marks (`|`, `...`) as they are shown and spoken. */
export function withMarks(text: string): string {
  return text.replace(/\s*(?:\||\.{3,}|…)\s*/gu, ` ${mark} `).trim();
}

/** The target of a text of the user's own: a pause where it has a mark inside, else a rate. */
export function ownPace(text: string): PaceTarget {
  return beforeMark(text) === undefined ? usualRate : usualPause;
}

/** Whether enough of the words were right for its pace to be judged. */
export function readForPace(reading: Reading): boolean {
  return reading.accuracy >= leastRead;
}

/** [DR14] Undefined where the figure could not be had. `language` (BCP 47): the text's. */
export function judgePace(
  { text, language }: PacedText,
  target: PaceTarget,
  reading: Reading,
  delivery: Delivery | undefined,
): PaceResult | undefined {
  const measured = measurePace({ text, language }, target, reading, delivery);
  if (measured === undefined) return undefined;
  const off = measured - target.value;
  const within = Math.abs(off) <= target.tolerance + 1e-9;
  return { target, measured, verdict: within ? "on_target" : off < 0 ? "below" : "above" };
}

interface PacedText {
  readonly text: string;
  /** BCP 47. */
  readonly language: string;
}

function measurePace(
  text: PacedText,
  { unit }: PaceTarget,
  reading: Reading,
  delivery: Delivery | undefined,
): number | undefined {
  if (unit === "words_per_minute") return rounded(delivery?.wordsPerMinute, 0);
  if (unit === "syllables_per_second") return rounded(delivery?.syllablesPerSecond, 1);
  // A delivery without a pause has no longest one: that pause was not held.
  const unheld = delivery?.pauseCount === 0 ? 0 : undefined;
  const gapMs = gapAtMark(text, reading) ?? delivery?.longestPauseMs ?? unheld;
  return gapMs === undefined ? undefined : rounded(gapMs / 1000, 1);
}

/** To so many digits after the point, as it is told. */
function rounded(figure: number | undefined, digits: number): number | undefined {
  return figure === undefined ? undefined : Math.round(figure * 10 ** digits) / 10 ** digits;
}

/** Returns the text before the mark; undefined: there is no mark inside the text. */
function beforeMark(text: string): string | undefined {
  const [before = "", after = ""] = text.split(mark);
  return isReadable(before) && isReadable(after) ? before : undefined;
}

/** Silence between the words on both sides of the mark, ms; undefined where the times of either are not known. */
function gapAtMark({ text, language }: PacedText, reading: Reading): number | undefined {
  const before = beforeMark(text);
  if (before === undefined) return undefined;
  const place = spokenTokens(before, spokenLanguage(language)).length;
  const asked = reading.words.filter((word) => word.verdict !== "inserted");
  const end = asked[place - 1]?.endMs;
  const start = asked[place]?.startMs;
  return end === undefined || start === undefined ? undefined : Math.max(0, start - end);
}

/** Pacing: a sentence at a rate, or with a pause at its mark; judged by how it was delivered. Pure. */
import type { Delivery, PaceResult, PaceTarget, Reading } from "../../pipeline/speech.ts";

/** Where to pause. */
const mark = "…";
/** What a text of the user's own is read at: a usual pace of speech, or a pause that no turn ends at. */
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
  return markPlace(text) === undefined ? usualRate : usualPause;
}

/** Whether enough of the words were right for its pace to be judged. */
export function readForPace(reading: Reading): boolean {
  return reading.accuracy >= leastRead;
}

/** [DR14] Undefined where the figure could not be had. */
export function judgePace(
  text: string,
  target: PaceTarget,
  reading: Reading,
  delivery: Delivery | undefined,
): PaceResult | undefined {
  const measured = measurePace(text, target, reading, delivery);
  if (measured === undefined) return undefined;
  const off = measured - target.value;
  const within = Math.abs(off) <= target.tolerance + 1e-9;
  return { target, measured, verdict: within ? "on_target" : off < 0 ? "below" : "above" };
}

function measurePace(
  text: string,
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

/** How many words stand before the mark; undefined: none inside the text. */
function markPlace(text: string): number | undefined {
  const [before = "", after] = text.split(mark);
  const count = wordsIn(before);
  return after === undefined || count === 0 || wordsIn(after) === 0 ? undefined : count;
}

const wordsIn = (text: string): number =>
  text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** Silence between the words on both sides of the mark, ms; undefined where the times of either are not known. */
function gapAtMark(text: string, reading: Reading): number | undefined {
  const place = markPlace(text);
  if (place === undefined) return undefined;
  const asked = reading.words.filter((word) => word.verdict !== "inserted");
  const end = asked[place - 1]?.endMs;
  const start = asked[place]?.startMs;
  return end === undefined || start === undefined ? undefined : Math.max(0, start - end);
}

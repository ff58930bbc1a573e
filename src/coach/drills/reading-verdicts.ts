/** Judging what was read: whether it was read well, and which word to work on. */
import { endedAfter, isSlip, type Reading, type ReadWord } from "../../ports/reading.ts";

/** Whether every word was right and none was added, ums and words said again apart. */
export function readWell(reading: Reading): boolean {
  return reading.words.length > 0 && !reading.words.some(isSlip) && !endedAfter(reading);
}

/** A text this long of which less than a quarter was recognised was not read: something else was said. */
const shortestJudged = 4;
const leastRecognised = 0.25;

/** Whether the words heard are too few to call it a reading of the text. */
export function isOtherSpeech(reading: Reading): boolean {
  const expected = reading.words.filter((word) => word.verdict !== "inserted").length;
  const correct = reading.words.filter((word) => word.verdict === "correct").length;
  if (reading.words.every((word) => word.verdict === "omitted")) return true;
  return expected >= shortestJudged && correct < expected * leastRecognised;
}

const severity = { substituted: 0, omitted: 1, inserted: 2, correct: 3 } as const;

/**
 * The one word to work on: a word said as another before one left out before one added, the lowest score first,
 * then the earliest. Undefined when all were right.
 */
export function worstWord(reading: Reading): ReadWord | undefined {
  let worst: ReadWord | undefined;
  for (const word of reading.words) {
    if (!isSlip(word)) continue;
    if (!worst || isWorse(word, worst)) worst = word;
  }
  return worst;
}

function isWorse(word: ReadWord, than: ReadWord): boolean {
  const difference = severity[word.verdict] - severity[than.verdict];
  if (difference !== 0) return difference < 0;
  return (word.score ?? 0.5) < (than.score ?? 0.5);
}

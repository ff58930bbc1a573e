/** Judging what was read: from words alone where the transcriber gives no verdicts, and which word to work on. */
import type { Reading, ReadWord } from "../pipeline/speech.ts";

/** Words as written, without the punctuation around them: `The quick, "brown" fox.` → The quick brown fox. */
export function readableWords(text: string): string[] {
  return text
    .split(/[\s\u2013\u2014]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""))
    .filter((word) => word !== "");
}

/** A word as compared: case, typographic apostrophes and composed accents do not matter. */
function comparable(word: string): string {
  return word.normalize("NFC").toLowerCase().replaceAll("’", "'");
}

/**
 * Verdicts from words alone, for transcribers that give text but judge nothing: the alignment with the fewest edits
 * (Levenshtein over words, where a word costs a little less to replace by one spelt alike, so that "box" stands for
 * "fox" and not for "brown"). No scores, no times. `accuracy` is 0 when the text has no words.
 */
export function judgeWords(text: string, heardText: string): Reading {
  const expected = readableWords(text);
  const heard = readableWords(heardText);
  const words = align(expected, heard);
  const correct = words.filter((word) => word.verdict === "correct").length;
  return { text, words, accuracy: expected.length === 0 ? 0 : correct / expected.length };
}

function align(expected: readonly string[], heard: readonly string[]): ReadWord[] {
  const texts = expected.map(comparable);
  const sounds = heard.map(comparable);
  const swap = (i: number, j: number) => replacementCost(texts[i] as string, sounds[j] as string);
  const cost = alignmentCosts(texts.length, sounds.length, swap);
  const words: ReadWord[] = [];
  let i = 0;
  let j = 0;
  while (i < expected.length || j < heard.length) {
    const here = cost(i, j);
    const both = i < expected.length && j < heard.length;
    if (both && here === cost(i + 1, j + 1) + swap(i, j)) {
      const verdict = texts[i] === sounds[j] ? "correct" : "substituted";
      words.push({ verdict, expected: expected[i++] as string, heard: heard[j++] as string });
    } else if (i < expected.length && here === cost(i + 1, j) + 1) {
      words.push({ verdict: "omitted", expected: expected[i++] as string });
    } else words.push({ verdict: "inserted", heard: heard[j++] as string });
  }
  return words;
}

/** The least cost between what is left of `rows` from i and of `columns` from j, for every i and j; leaving out or adding costs 1. */
function alignmentCosts(
  rows: number,
  columns: number,
  swap: (i: number, j: number) => number,
): (i: number, j: number) => number {
  const width = columns + 1;
  const costs = new Float64Array((rows + 1) * width);
  const at = (i: number, j: number) => costs[i * width + j] as number;
  for (let i = rows; i >= 0; i--) {
    for (let j = columns; j >= 0; j--) {
      if (i === rows) costs[i * width + j] = columns - j;
      else if (j === columns) costs[i * width + j] = rows - i;
      else {
        costs[i * width + j] = Math.min(at(i + 1, j + 1) + swap(i, j), at(i + 1, j) + 1, at(i, j + 1) + 1);
      }
    }
  }
  return at;
}

/** 0 for the same word, else 1 to 1.25 by how many letters differ. */
function replacementCost(a: string, b: string): number {
  if (a === b) return 0;
  const letters = alignmentCosts(a.length, b.length, (i, j) => (a[i] === b[j] ? 0 : 1))(0, 0);
  return 1 + (0.25 * letters) / Math.max(a.length, b.length);
}

/** Whether every word was right and none was added. */
export function readWell(reading: Reading): boolean {
  return reading.words.length > 0 && reading.words.every((word) => word.verdict === "correct");
}

/** A text this long of which less than a quarter was recognised was not read: something else was said. */
const shortestJudged = 4;
const leastRecognised = 0.25;

/** Whether the words heard are too few to call it a reading of the text. */
export function readSomethingElse(reading: Reading): boolean {
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
    if (word.verdict === "correct") continue;
    if (!worst || isWorse(word, worst)) worst = word;
  }
  return worst;
}

function isWorse(word: ReadWord, than: ReadWord): boolean {
  const difference = severity[word.verdict] - severity[than.verdict];
  if (difference !== 0) return difference < 0;
  return (word.score ?? 0.5) < (than.score ?? 0.5);
}

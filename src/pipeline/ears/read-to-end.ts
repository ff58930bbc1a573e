/** Tells whether an expected text was read to its end, so that the reader needs no time to think. Part of endpointing; pure. */
import type { Expectation, Transcript } from "../../ports/transcriber.ts";

/** Words of a text's end that must have been read right: fewer may be another word that the last one was taken for. */
const LAST_WORDS = 3;

/**
 * Returns true where the transcript's reading is of the expected text and its last words were read right, with nothing after them. A
 * slip there may yet be corrected, so that it is no end; nor is a transcript without verdicts.
 */
export function readToEnd(
  expectation: Expectation | undefined,
  { understood, reading }: Transcript,
): boolean {
  if (!expectation || !understood || reading?.text !== expectation.text) return false;
  const last = reading.words.slice(-LAST_WORDS);
  return last.length > 0 && last.every(({ verdict }) => verdict === "correct");
}

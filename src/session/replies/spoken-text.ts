import type { TimedWord } from "../../ports/audio.ts";

/** A stretch of reply text and the audio that speaks it; times in ms from the start of the reply's audio. */
export interface SpokenPiece {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Words as the voice timed them; empty where it gives none. */
  readonly words: readonly TimedWord[];
}

/** Pace of speech that is assumed of what was not said, ms a character. */
const MS_PER_CHARACTER = 65;

/** A piece whose audio was cut, or is not whole yet, with the end that it would have had: behind all that was sent of it. */
export function withEstimatedEnd(piece: SpokenPiece): SpokenPiece {
  const estimated = piece.startMs + piece.text.length * MS_PER_CHARACTER;
  return { ...piece, endMs: Math.max(estimated, piece.endMs + 1) };
}

/**
 * The text heard within the first `heardMs` milliseconds of audio: whole words only, a word counting once it has
 * ended. Inside a piece the voice's word times decide; without them its words are taken as equally long.
 */
export function heardText(pieces: readonly SpokenPiece[], heardMs: number): string {
  let heard = "";
  for (const piece of pieces) {
    if (piece.endMs <= heardMs) heard += piece.text;
    else {
      if (piece.startMs < heardMs) heard += heardPart(piece, heardMs);
      break;
    }
  }
  return heard.trimEnd();
}

function heardPart(piece: SpokenPiece, heardMs: number): string {
  const written = [...piece.text.matchAll(/\S+/gu)];
  const { words } = piece;
  const ended = words.filter((word) => word.endMs <= heardMs).length;
  const share =
    words.length > 0 ? ended / words.length : (heardMs - piece.startMs) / (piece.endMs - piece.startMs);
  // The voice may count words otherwise than the page does ("21" is two to it): then shares decide, as if all were timed.
  const asWritten = words.length > 0 && words.every((word, at) => isSame(word.text, written[at]?.[0]));
  const count = asWritten ? ended : Math.floor(written.length * share + 1e-9);
  const last = count > 0 ? written[count - 1] : undefined;
  return last ? piece.text.slice(0, last.index + last[0].length) : "";
}

/** Whether a word that the voice timed is this one of the page, punctuation aside. */
function isSame(timed: string, written: string | undefined): boolean {
  return written !== undefined && lettersOf(timed) === lettersOf(written);
}

const lettersOf = (word: string) => word.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();

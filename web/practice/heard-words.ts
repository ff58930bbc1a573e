/** A transcript in pieces, for its doubtful words to be shown as such. Pure. */
import type { HeardWord } from "../../src/client/turns.ts";

export interface TranscriptPiece {
  readonly text: string;
  readonly doubtful: boolean;
}

/** All of the text in order; a word that does not stand in it is passed over. */
export function transcriptPieces(text: string, words: readonly HeardWord[] = []): TranscriptPiece[] {
  const pieces: TranscriptPiece[] = [];
  const lower = text.toLowerCase();
  let told = 0;
  let at = 0;
  for (const { text: word, doubtful } of words) {
    const found = lower.indexOf(word.toLowerCase(), at);
    if (word === "" || found < 0) continue;
    at = found + word.length;
    if (!doubtful) continue;
    if (found > told) pieces.push({ text: text.slice(told, found), doubtful: false });
    pieces.push({ text: text.slice(found, at), doubtful: true });
    told = at;
  }
  if (told < text.length) pieces.push({ text: text.slice(told), doubtful: false });
  return pieces;
}

/** Free speech: the transcript that is told. */
import type { Transcript } from "../../../../ports/transcriber.ts";
import type { FreeSpeechWord } from "./word-confidence.ts";

/** Words, all doubtful, that are told nevertheless: the reader can correct them. Fewer come of a murmur as well. */
const SOME_WORDS = 4;
/** Mean confidence of such words, 0..1, below which too much is wrong to be of use. */
const FAIR = 0.5;

/** Where all words are doubtful, and few or mostly wrong, nothing was understood. */
export function transcriptOf(words: readonly FreeSpeechWord[]): Transcript {
  const certain = words.some(({ doubtful }) => !doubtful);
  const sum = words.reduce((total, { confidence }) => total + confidence, 0);
  const fair = words.length >= SOME_WORDS && sum >= FAIR * words.length;
  if (!certain && !fair) return { text: "", understood: false };
  return { text: words.map(({ text }) => text).join(" "), understood: true, words };
}

/** Free speech: the transcript that is told. */
import type { Transcript } from "../../../../ports/transcriber.ts";
import type { FreeSpeechWord } from "./word-confidence.ts";

/** Where all words are doubtful, nothing was understood. */
export function transcriptOf(words: readonly FreeSpeechWord[]): Transcript {
  if (!words.some(({ doubtful }) => !doubtful)) return { text: "", understood: false };
  return { text: words.map(({ text }) => text).join(" "), understood: true, words };
}

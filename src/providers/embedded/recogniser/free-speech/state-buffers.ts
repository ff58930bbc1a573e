/** Free speech: the memory of an utterance's state, which threads hand to each other without a copy. */
import type { FreeSpeechState } from "./free-speech.ts";

/** All buffers of a state. */
export function buffersOf({ cepstra, search }: FreeSpeechState): ArrayBufferLike[] {
  const { node, context, score, back, records } = search;
  const columns = [records.word, records.back, records.frame, records.score];
  return [cepstra, node, context, score, back, ...columns].map(({ buffer }) => buffer);
}

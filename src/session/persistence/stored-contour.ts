/** Stored course of an utterance: its contour, and along it the words and how they were read. Pure. */
import { exemptWords } from "../../coach/drills/exempt-words.ts";
import type { Contour } from "../../pipeline/delivery/contour.ts";
import type { TimedWord } from "../../ports/audio.ts";
import type { Reading, ReadWord } from "../../ports/reading.ts";
import type { Transcript } from "../../ports/transcriber.ts";

/** Plain JSON. All times are ms from the start of the utterance's audio. */
export interface StoredContour extends Contour {
  /** Words with their times, where the transcriber tells them. */
  readonly words?: readonly TimedWord[];
  /** Reading of a drill; times where they are known. */
  readonly reading?: {
    readonly text: string;
    /** 0–1. */
    readonly accuracy: number;
    readonly words: ReadonlyArray<Omit<ReadWord, "phones">>;
  };
}

/** More than anybody says in a minute. */
const maxWords = 500;

/** Puts it together. `judged`: how the coach took the turn, for transcribers that judge no reading themselves. */
export function storedContour(
  contour: Contour,
  transcript: Transcript,
  judged: Reading | undefined,
): StoredContour {
  const { words } = transcript;
  // A turn said in pieces is judged as a whole, its times those of several recordings: this one's own come first.
  const own = transcript.reading && exemptWords(transcript.reading, { contour });
  const reading = own ?? judged;
  return {
    ...contour,
    ...(words && words.length > 0 && { words: words.slice(0, maxWords).map(toWord) }),
    ...(reading && {
      reading: {
        text: reading.text,
        accuracy: reading.accuracy,
        words: reading.words.slice(0, maxWords).map(({ phones: _, ...word }) => word),
      },
    }),
  };
}

function toWord({ text, startMs, endMs }: TimedWord): TimedWord {
  return { text, startMs: Math.round(startMs), endMs: Math.round(endMs) };
}

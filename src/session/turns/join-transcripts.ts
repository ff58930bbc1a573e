/** Transcripts of the utterances that one recording was cut into, as one transcript. Pure. */
import { joinTurns } from "../../coach/flow/coach-turn.ts";
import type { Transcript } from "../../ports/transcriber.ts";

export interface PlacedTranscript {
  readonly transcript: Transcript;
  /** Start of its audio within the recording, ms. */
  readonly startMs: number;
}

/** Joins them in order; `parts` holds at least one. A command is one only where it is all that was said. */
export function joinTranscripts(parts: readonly PlacedTranscript[]): Transcript {
  if (parts.length === 1) return parts[0]!.transcript;
  const transcripts = parts.map(({ transcript }) => transcript);
  const {
    text = "",
    understood = false,
    reading,
    unjudgeable,
  } = joinTurns(transcripts.map((transcript) => ({ transcript }))).transcript ?? {};
  if (unjudgeable !== undefined) return { text, understood, unjudgeable };
  const spoken = transcripts.filter((transcript) => transcript.text !== "");
  // Words of one utterance without times would leave a hole in those of the others.
  const timed = spoken.length > 0 && spoken.every(({ words }) => words);
  const words = parts.flatMap(({ startMs, transcript }) =>
    (transcript.words ?? []).map((word) => ({
      ...word,
      startMs: word.startMs + startMs,
      endMs: word.endMs + startMs,
    })),
  );
  return {
    text,
    understood,
    ...(timed && { words }),
    ...(spoken.length > 0 && spoken.every(({ verbatim }) => verbatim) && { verbatim: true }),
    ...(reading && { reading }),
  };
}

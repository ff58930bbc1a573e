/** The words of a reading, with their places in the text and in one's own recording. Pure. */
import type { CoachDrill, DrillWord } from "../../src/protocol/kuku-events.ts";

export interface ReadWord {
  readonly text: string;
  /** Among the text's words, from 0; of one that was added that of the next. */
  readonly number: number;
  /** Place in one's own recording, ms; absent: it was left out, or it is not known. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

export function readWords({ words = [] }: CoachDrill): { judged: DrillWord; word: ReadWord }[] {
  let number = 0;
  return words.map((judged) => {
    const { expected, heard, verdict, start_ms: startMs, end_ms: endMs } = judged;
    const word = { text: expected ?? heard ?? "…", number, startMs, endMs };
    if (verdict !== "inserted") number++;
    return { judged, word };
  });
}

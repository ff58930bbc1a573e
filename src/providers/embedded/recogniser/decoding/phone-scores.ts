import type { ReadPhone } from "../../../../ports/reading.ts";
import { STATES } from "../acoustic/acoustic-model.ts";
import { FRAME_MS } from "../acoustic/front-end.ts";
import type { Emissions } from "./emissions.ts";
import type { Step } from "./viterbi.ts";

/** Converts frames, counted from frame `offset` of the utterance, to ms from its start. */
export const stepTimes = (step: Pick<Step, "start" | "end">, offset = 0) => ({
  startMs: (offset + step.start) * FRAME_MS,
  endMs: (offset + step.end) * FRAME_MS,
});
/** A score to three digits. */
export const roundScore = (score: number) => Math.round(score * 1000) / 1000;

/** Goodness of pronunciation (Witt & Young 2000): mean log likelihood ratio to the best phone, made 0–1. */
export function phoneScores(
  phones: readonly string[],
  step: Step,
  emissions: Emissions,
  offset = 0,
): ReadPhone[] {
  return phones.map((phone, i) => {
    const start = step.states[i * STATES] as number;
    const end = step.states[(i + 1) * STATES] ?? step.end;
    const rows = step.emissions;
    let ratio = 0;
    for (let t = start; t < end; t++) {
      let s = i * STATES;
      while (s + 1 < (i + 1) * STATES && (step.states[s + 1] as number) <= t) s++;
      ratio += (rows[s]![t] as number) - (emissions.bestPhone[t] as number);
    }
    const mean = ratio / Math.max(1, end - start);
    return {
      phone,
      score: roundScore(1 / (1 + Math.exp(-(mean + 6) / 1.6))),
      ...stepTimes({ start, end }, offset),
    };
  });
}

import type { Delivery, DeliveryFigure } from "../../ports/delivery.ts";
import { median } from "./median.ts";

type Figure = DeliveryFigure;

/** The latest values of each figure, oldest first. */
export type Baseline = Readonly<Partial<Record<Figure, readonly number[]>>>;

/** A value beside the speaker's own. */
export interface Calibration {
  /** Median of the earlier values. */
  readonly usual: number;
  /** Spread as a standard deviation: 1.4826 × the median absolute deviation from the median. */
  readonly spread: number;
  /** `lower` and `higher`: more than two spreads from the usual. */
  readonly band: "lower" | "usual" | "higher";
}

/** Utterances remembered: enough to be steady, few enough to follow a speaker who improves. */
const remembered = 50;
/** Fewer earlier utterances tell nothing of what is usual. */
const fewest = 5;
/** Shorter speech is no measure of a speaker, ms. */
const shortestMs = 2000;
/** Spreads from which a value stands out. */
const outstanding = 2;
/** A spread is taken for at least this share of the median: nobody is the same to a hair. */
const leastSpread = 0.05;
/** Figures of an utterance's place and length, which are not the speaker's manner. */
const incidental: ReadonlySet<Figure> = new Set([
  "onsetMs",
  "speechMs",
  "pauseCount",
  "filledPauseCount",
  "prolongationCount",
  "wordCount",
  "fillerCount",
  "hedgeCount",
  "repetitionCount",
]);

/** The baseline with one more utterance in it; what is too short changes nothing. */
export function updateBaseline(baseline: Baseline, delivery: Delivery): Baseline {
  if (delivery.speechMs < shortestMs) return baseline;
  const next: Partial<Record<Figure, readonly number[]>> = { ...baseline };
  for (const [figure, value] of figuresIn(delivery))
    if (!incidental.has(figure)) next[figure] = [...(baseline[figure] ?? []), value].slice(-remembered);
  return next;
}

/** A value beside the speaker's earlier ones; undefined of fewer than five. */
export function calibrate(earlier: readonly number[], value: number): Calibration | undefined {
  if (earlier.length < fewest) return undefined;
  const usual = median(earlier);
  const deviations = earlier.map((each) => Math.abs(each - usual));
  const spread = Math.max(1.4826 * median(deviations), leastSpread * Math.abs(usual));
  const off = value - usual;
  const band = Math.abs(off) <= outstanding * spread ? "usual" : off < 0 ? "lower" : "higher";
  return { usual, spread, band };
}

/** Every figure of an utterance that has enough earlier values, beside them. */
export function compareToBaseline(
  baseline: Baseline,
  delivery: Delivery,
): Partial<Record<Figure, Calibration>> {
  const compared: Partial<Record<Figure, Calibration>> = {};
  for (const [figure, value] of figuresIn(delivery)) {
    const calibration = calibrate(baseline[figure] ?? [], value);
    if (calibration) compared[figure] = calibration;
  }
  return compared;
}

function figuresIn({ hesitations: _, ...figures }: Delivery): Array<[Figure, number]> {
  return Object.entries(figures) as Array<[Figure, number]>;
}

import type { Delivery } from "../../ports/delivery.ts";
import type { DeliveryCue } from "./phrases.ts";

/** Silence inside an utterance that a listener notices as thinking, ms. */
const longPauseMs = 1200;
/** Read and spoken English lies around 4 to 5 syllables a second of phonation; these are clearly outside it. */
const quickSyllables = 5.5;
const slowSyllables = 3;
/** Speech from first to last voiced moment, ms. */
const briefMs = 1500;
const lengthyMs = 12_000;

/** The most striking thing first: a long pause, then length, then pace. */
export function deliveryCue(delivery: Delivery | undefined): DeliveryCue {
  if (!delivery) return "unmeasured";
  const { speechMs, longestPauseMs = 0, syllablesPerSecond } = delivery;
  if (longestPauseMs >= longPauseMs) return "long_pause";
  if (speechMs >= lengthyMs) return "lengthy";
  if (speechMs < briefMs) return "brief";
  if (syllablesPerSecond === undefined) return "steady";
  if (syllablesPerSecond >= quickSyllables) return "quick";
  return syllablesPerSecond <= slowSyllables ? "slow" : "steady";
}

/** Finds the cue of a sentence read aloud, whose length is given: pauses weigh earlier, length not at all. */
export function readingCue(delivery: Delivery | undefined): DeliveryCue {
  if (!delivery) return "unmeasured";
  if ((delivery.longestPauseMs ?? 0) >= longPauseMs / 1.5) return "long_pause";
  return deliveryCue({ ...delivery, speechMs: briefMs, longestPauseMs: 0 });
}

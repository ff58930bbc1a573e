import type { DeliveryFigure } from "../../ports/delivery.ts";
import type { ConversationDelivery } from "./conversation-delivery.ts";

/** The figures of an utterance, and those of a conversation. */
export type Metric = DeliveryFigure | Exclude<keyof ConversationDelivery, "delivery">;

export interface MetricText {
  readonly unit: string;
  readonly definition: string;
}

export const metrics: Readonly<Record<Metric, MetricText>> = {
  onsetMs: { unit: "ms", definition: "start of the audio to the first voiced moment" },
  speechMs: { unit: "ms", definition: "first to last voiced moment" },
  pauseCount: { unit: "count", definition: "silences of at least 250 ms inside the utterance" },
  pausesPerMinute: { unit: "1/min", definition: "pauses by the time from first to last voiced moment" },
  meanPauseMs: { unit: "ms", definition: "mean length of the pauses" },
  longestPauseMs: { unit: "ms", definition: "length of the longest pause" },
  phonationRatio: {
    unit: "0–1",
    definition: "share of the time from first to last voiced moment that is no pause",
  },
  syllablesPerSecond: {
    unit: "syllables/s",
    definition: "syllable nuclei by phonation time (articulation rate)",
  },
  pitchHz: { unit: "Hz", definition: "median pitch of the voiced frames" },
  pitchRangeSemitones: { unit: "semitones", definition: "pitch from the 5th to the 95th percentile" },
  pitchSdSemitones: { unit: "semitones", definition: "standard deviation of the pitch" },
  loudnessDbfs: { unit: "dBFS", definition: "RMS level of the speech frames" },
  loudnessSdDb: { unit: "dB", definition: "standard deviation of the speech frames' levels" },
  filledPauseCount: { unit: "count", definition: "ums and uhs, by their sound alone" },
  prolongationCount: { unit: "count", definition: "sounds drawn out, by their sound alone" },
  wordCount: { unit: "count", definition: "words of the transcript" },
  wordsPerMinute: { unit: "words/min", definition: "words by the time from first to last word" },
  fillerCount: { unit: "count", definition: "fillers in a verbatim transcript" },
  fillersPerMinute: { unit: "1/min", definition: "fillers by the time from first to last word" },
  fillerPercent: { unit: "%", definition: "fillers per 100 words" },
  hedgeCount: { unit: "count", definition: "hedging words and phrases" },
  hedgesPer100Words: { unit: "1/100 words", definition: "hedges per 100 words" },
  repetitionCount: {
    unit: "count",
    definition: "words and phrases said twice in a row, in a verbatim transcript",
  },
  repetitionsPer100Words: { unit: "1/100 words", definition: "repetitions per 100 words" },
  talkSharePercent: { unit: "%", definition: "the user's speech by all speech" },
  responseGapMs: { unit: "ms", definition: "median time from the coach's stopping to the user's starting" },
};

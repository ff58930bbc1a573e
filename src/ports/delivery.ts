/** Delivery figures of an utterance: pace, pauses, pitch, loudness, words. */

/** An utterance's delivery. A figure that cannot be computed is absent, never zero. docs/delivery.md has them all. */
export interface Delivery extends VoiceDelivery, WordDelivery {}

/** A delivery's numbers: all but the places of hesitations. */
export type DeliveryFigure = Exclude<keyof Delivery, "hesitations">;

/** A hesitation that was heard, ms from the start of the audio. */
export interface Hesitation {
  /** `filled_pause`: an um by itself; `prolongation`: a sound that is drawn out within a word, or at its end. */
  readonly kind: "filled_pause" | "prolongation";
  readonly startMs: number;
  readonly endMs: number;
}

/** Figures from the audio. */
export interface VoiceDelivery {
  /** From the start of the audio to the first voiced moment, ms. */
  readonly onsetMs?: number;
  /** First to last voiced moment, ms. */
  readonly speechMs: number;
  /** Silences of at least 250 ms inside the utterance. */
  readonly pauseCount: number;
  /** `pauseCount` by `speechMs`. */
  readonly pausesPerMinute?: number;
  readonly meanPauseMs?: number;
  readonly longestPauseMs?: number;
  /** Share of `speechMs` that is no pause, 0–1. */
  readonly phonationRatio?: number;
  /** Syllable nuclei per second of phonation (de Jong & Wempe 2009, intensity peaks). */
  readonly syllablesPerSecond?: number;
  /** Median pitch of the voiced frames, Hz. */
  readonly pitchHz?: number;
  /** Pitch from the 5th to the 95th percentile, semitones. */
  readonly pitchRangeSemitones?: number;
  /** Standard deviation of pitch, semitones. */
  readonly pitchSdSemitones?: number;
  /** RMS level of the speech frames, dBFS (a sine at full scale is −3). */
  readonly loudnessDbfs?: number;
  /** Standard deviation of the speech frames' levels, dB. */
  readonly loudnessSdDb?: number;
  /** Ums, by their sound alone. */
  readonly filledPauseCount?: number;
  /** Sounds that were drawn out. */
  readonly prolongationCount?: number;
  /** Both, in order; the last hundred at most. Of one recording: several that are joined have none. */
  readonly hesitations?: readonly Hesitation[];
}

/** Figures from the words. */
export interface WordDelivery {
  /** Words of the transcript, fillers among them. */
  readonly wordCount?: number;
  /** Words per minute from the first word to the last. */
  readonly wordsPerMinute?: number;
  /** Um, uh, you know…; only of a verbatim transcript. */
  readonly fillerCount?: number;
  readonly fillersPerMinute?: number;
  /** Fillers per 100 words. */
  readonly fillerPercent?: number;
  /** Maybe, I think, sort of… */
  readonly hedgeCount?: number;
  readonly hedgesPer100Words?: number;
  /** Words and phrases said twice in a row; only of a verbatim transcript. */
  readonly repetitionCount?: number;
  readonly repetitionsPer100Words?: number;
}
